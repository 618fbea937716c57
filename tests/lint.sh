#!/usr/bin/env bash
# The slow lints: formatting, clang-tidy, luacheck, manual pages, shell and Python syntax. tests/lint.sh [--fast]
# Each prints what is wrong; exits 1 when any did.
set -u
cd "$(dirname "$0")/.."
status=0
step() { # step NAME COMMAND...
    local name=$1 out
    shift
    if out=$("$@" 2>&1); then
        echo "lint $name: ok"
    else
        echo "$out" | head -60
        echo "lint $name: FAILED"
        status=1
    fi
}
sources() { git ls-files -- 'sensor/*.[ch]' 'capture/*.[ch]' 'engine/*.[ch]' 'tests/*.[ch]'; }

format() { sources | xargs clang-format --dry-run --Werror; }
tidy() {
    CMAKE_C_COMPILER_LAUNCHER='' cmake --preset tidy >/dev/null || return 1
    cmake --build build/tidy --target generated >/dev/null 2>&1
    git ls-files -- 'sensor/*.c' 'capture/*.c' 'engine/*.c' |
        xargs -P "$(nproc)" -n 4 clang-tidy -p build/tidy --quiet 2>/dev/null
}
lua() {
    local files
    files=$(git ls-files -- '*.lua' '*.nse')
    [ -z "$files" ] || echo "$files" | xargs luacheck --quiet
}
man_pages() {
    local files
    files=$(git ls-files -- 'docs/man/*')
    [ -z "$files" ] || echo "$files" | xargs mandoc -T lint -W warning
}
shells() { git ls-files -- '*.sh' .ci/run | xargs -n 1 bash -n; }
python() { git ls-files -- '*.py' | xargs -n 1 python3 -m py_compile; }

step format format
[ "${1:-}" = --fast ] || step tidy tidy
step lua lua
step man man_pages
step shell shells
step python python
for lint in layers tables style selftest scriptdb; do
    step "$lint" python3 "tests/lint/$lint.py"
done
step headers tests/lint/headers.sh
exit $status

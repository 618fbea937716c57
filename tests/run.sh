#!/usr/bin/env bash
# Build one preset and run every test of it: tests/run.sh [PRESET [CTEST-ARGS...]]
# Ends with the line "N passed, N failed" (", N skipped" where there are any) and its exit code.
set -u
cd "$(dirname "$0")/.."
preset=${1:-dev}
[ $# -gt 0 ] && shift
if [ -z "${CMAKE_C_COMPILER_LAUNCHER:-}" ] && command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache
fi
mkdir -p build
cmake --preset "$preset" >build/configure.log 2>&1 || { cat build/configure.log; echo "0 passed, 1 failed"; exit 1; }
cmake --build "build/$preset" >build/build.log 2>&1 || { grep -E -A5 'error|FAILED' build/build.log | head -60; echo "0 passed, 1 failed"; exit 1; }
log=build/$preset/test.log
ctest --test-dir "build/$preset" --output-on-failure "$@" 2>&1 | tee "$log"
passed=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.* Passed ' "$log")
skipped=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#.*\*\*\*(Skipped|Not Run)' "$log")
ran=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#' "$log")
failed=$((ran - passed - skipped))
if [ "$skipped" -gt 0 ]; then
    echo "skipped, with the reason each test printed:"
    grep -hE '^(skip|SKIP)[: ]' "build/$preset/Testing/Temporary/LastTest.log" | sort | uniq -c
fi
tail=""
[ "$skipped" -gt 0 ] && tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]

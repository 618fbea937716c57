#!/usr/bin/env bash
# Run every fuzz target for some seconds on a copy of its corpus: smoke.sh [SECONDS]
# A crash, a leak, a hang of more than a second or 512 MiB fail it; what was found is kept in build/fuzz/found.
set -u
cd "$(dirname "$0")/../.."
seconds=${1:-5}
[ -n "${CMAKE_C_COMPILER_LAUNCHER:-}" ] || { command -v ccache >/dev/null && export CMAKE_C_COMPILER_LAUNCHER=ccache; }
mkdir -p build
cmake --preset fuzz >build/fuzz.log 2>&1 && cmake --build build/fuzz --target fuzzers >>build/fuzz.log 2>&1 ||
    { tail -30 build/fuzz.log; echo "fuzz-smoke: the targets do not build"; exit 1; }
found=build/fuzz/found
mkdir -p "$found"
one() { # one PROGRAM SECONDS FOUND
    name=$(basename "$1")
    work=$(mktemp -d)
    corpus=tests/fuzz/corpus/${name#fuzz_}
    dict=tests/fuzz/${name#fuzz_}.dict
    # shellcheck disable=SC2046
    if "$1" -max_total_time="$2" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$3/$name-" \
        $([ -f "$dict" ] && echo "-dict=$dict") "$work" $([ -d "$corpus" ] && echo "$corpus") >"$work.log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work.log") runs, nothing found"
    else
        tail -40 "$work.log"
        echo "fuzz $name: FAILED, input in $3"
        touch "$3/failed"
    fi
    rm -rf "$work" "$work.log"
}
export -f one
rm -f "$found/failed"
find build/fuzz/tests/fuzz -maxdepth 1 -type f -name 'fuzz_*' -perm -u+x | sort |
    xargs -P "$(nproc)" -I{} bash -c "one {} $seconds $found"
[ ! -e "$found/failed" ]

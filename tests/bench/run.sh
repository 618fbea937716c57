#!/bin/sh
# All measurements of the release binary, as JSON lines: run.sh [bench.py options]
cd "$(dirname "$0")/../.." || exit 1
exec python3 tests/bench/bench.py build/earshot "$@"

#!/bin/sh
# Every header compiles alone.
cd "$(dirname "$0")/../.." || exit 1
flags=$(pkg-config --cflags lua5.4 libuv hiredis)
status=0
for h in $(find sensor capture engine tests -name '*.h'); do
    # shellcheck disable=SC2086
    printf '#include "%s"\nextern int nothing;\n' "$h" |
        ${CC:-gcc} -std=c11 -D_GNU_SOURCE -DES_VERSION='"x"' -I. $flags -Wall -Wextra -fsyntax-only -x c - || {
        echo "$h does not compile alone"
        status=1
    }
done
exit $status

#!/bin/sh
# Install the packages of config/packages.txt that are missing: install-packages.sh build|test...
# Does nothing, and needs no root, when all are there.
set -eu
here=$(dirname "$0")
want=""
for kind in "$@"; do
    want="$want $(sed -n "s/^$kind //p" "$here/packages.txt")"
done
missing=""
for p in $want; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "earshot: these packages are missing, and only root can install them:" >&2
    echo "  apt-get install$missing" >&2
    exit 1
fi
echo "installing:$missing"
# No package may start its service here: the tests run their own servers on their own ports.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q >/dev/null
# shellcheck disable=SC2086
apt-get install -y -q --no-install-recommends $missing >/tmp/earshot-apt.log 2>&1 || {
    tail -5 /tmp/earshot-apt.log >&2
    exit 1
}

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the checks of one C module inside the engine: modules.py RUNNER REPOSITORY NAME

NAME.nse beside this file is a prerule script that returns "N checks passed" or raises. It runs in a network namespace
of its own with a veth pair, va (10.9.8.7/24, fd00::7/64, 02:00:5e:00:00:01) and vb (02:00:5e:00:00:02), and the server
that the module talks to. Exit 77 = skipped: not root, or the server is not installed.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
HERE = pathlib.Path(__file__).resolve().parent
SETUP = """
link set lo up
link add va type veth peer name vb
link set va address 02:00:5e:00:00:01
link set vb address 02:00:5e:00:00:02
addr add 10.9.8.7/24 brd + dev va
-6 addr add fd00::7/64 dev va nodad
link set va up
link set vb up
neigh add 10.9.8.9 lladdr 02:00:5e:00:00:09 dev va
"""
SSHD = """
Port 2222
ListenAddress 127.0.0.1
HostKey {0}/host
PidFile none
AuthorizedKeysFile {0}/good.pub
UsePAM no
StrictModes no
PermitRootLogin yes
KbdInteractiveAuthentication no
PubkeyAcceptedAlgorithms +ssh-rsa
"""


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def start_sshd(folder):
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    if not os.path.exists(sshd):
        skip("no sshd")
    # libssh2 1.10 knows no RSA host keys that a current server offers, and RSA keys of users only in PEM.
    for name, kind in (("host", "ed25519"), ("good", "rsa"), ("other", "rsa")):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-m", "PEM", "-N", "", "-f", f"{folder}/{name}"], check=True)
    config = pathlib.Path(folder, "sshd_config")
    config.write_text(SSHD.format(folder))
    os.makedirs("/run/sshd", exist_ok=True)
    log = pathlib.Path(folder, "log")
    log.touch()
    server = subprocess.Popen([sshd, "-D", "-f", str(config), "-E", str(log)])
    for _ in range(100):
        if "listening" in log.read_text():
            return server
        time.sleep(0.05)
    server.kill()
    raise SystemExit("sshd does not start: " + log.read_text())


def run(runner, repository, name, folder):
    server = start_sshd(folder) if name == "libssh2" else None
    try:
        return subprocess.run(
            [runner, "-R", "-d", "-D", repository, "-s", str(HERE / f"{name}.nse"), "-a", f"folder={folder}",
             "127.0.0.1"], capture_output=True, text=True, timeout=60)
    finally:
        if server:
            server.terminate()
            server.wait()


def main():
    runner, repository, name = sys.argv[1:4]
    if os.geteuid() != 0:
        skip("needs root for a namespace")
    if "IN_NAMESPACE" not in os.environ:
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", sys.executable] + sys.argv)
    for line in SETUP.strip().splitlines():
        subprocess.run(["ip"] + line.split(), check=True)
    with tempfile.TemporaryDirectory() as folder:
        result = run(runner, repository, name, folder)
    print(result.stdout, result.stderr)
    passed = re.search(rf"\|_{name}: (\d+) checks passed", result.stdout)
    return 0 if passed and result.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())

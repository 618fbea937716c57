#!/usr/bin/env python3
"""Bad input gives one clear line that names the thing and the remedy, the documented exit code, and loses nothing:
bad_input.py EARSHOT
"""
import os
import pathlib
import pwd
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bench"))
import loads  # noqa: E402

EARSHOT = str(pathlib.Path(sys.argv[1]).resolve())
RUNTIME, USAGE, CONFIG, PARTIAL = 1, 2, 3, 5
failures = []


def run(*args, user=None, cwd=None, stdin=subprocess.DEVNULL, timeout=60):
    drop = None
    if user:
        ids = pwd.getpwnam(user)
        drop = lambda: (os.setgroups([]), os.setgid(ids.pw_gid), os.setuid(ids.pw_uid))  # noqa: E731
    return subprocess.run([EARSHOT, *map(str, args)], capture_output=True, text=True, errors="replace", preexec_fn=drop,
                          cwd=cwd, stdin=stdin, timeout=timeout)


def expect(name, result, code, *words, lines=3):
    """The exit code, every word in standard error, and no more lines than a person reads."""
    said = result.stderr
    wrong = []
    if result.returncode != code:
        wrong.append(f"exit {result.returncode}, expected {code}")
    wrong += [f"does not say {w!r}" for w in words if w.lower() not in said.lower()]
    if len(said.strip().splitlines()) > lines:
        wrong.append(f"{len(said.splitlines())} lines")
    if "runtime error" in said or "AddressSanitizer" in said or "bug:" in said:
        wrong.append("a bug was hit")
    if wrong:
        failures.append(name)
        print(f"FAILED {name}: {'; '.join(wrong)}\n{said[:1500]}")
    else:
        print(f"ok     {name}: {said.strip().splitlines()[-1][:150] if said.strip() else '(silent)'}")


def captures(tmp):
    good = tmp / "good.pcap"
    loads.write(good, 10)
    data = good.read_bytes()
    facts = run("replay", "--facts", "--single", good).stdout

    cut = tmp / "cut.pcap"
    cut.write_bytes(data[:-20])
    result = run("replay", "--facts", "--single", cut)
    expect("capture cut mid-packet", result, PARTIAL, "cut.pcap", "cut")
    if len(result.stdout.splitlines()) < len(facts.splitlines()) - 2:
        failures.append("cut capture lost facts")
        print(f"FAILED a cut capture must report what was heard: {len(result.stdout.splitlines())} of {len(facts.splitlines())}")

    (tmp / "garbage.pcap").write_bytes(b"this is no capture at all" * 40)
    expect("garbage", run("replay", "--facts", tmp / "garbage.pcap"), RUNTIME, "garbage.pcap", "pcap")
    (tmp / "empty.pcap").write_bytes(b"")
    expect("empty file", run("replay", "--facts", tmp / "empty.pcap"), RUNTIME, "empty.pcap")
    expect("absent file", run("replay", "--facts", tmp / "none.pcap"), RUNTIME, "none.pcap", "no such file")
    (tmp / "link.pcap").write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 250) + data[24:])
    expect("unknown link type", run("replay", "--facts", tmp / "link.pcap"), RUNTIME, "link.pcap", "250")
    expect("wrong filter", run("replay", "--facts", good, "-c", config(tmp, 'capture: {filter: "not a filter ("}')), CONFIG, "filter")
    with open(cut, "rb") as stdin:
        expect("cut capture on standard input", run("replay", "--facts", "--single", "-", stdin=stdin), PARTIAL, "cut")


def config(tmp, text):
    path = tmp / "test.yaml"
    path.write_text(f"state_dir: {tmp}/state\n{text}\n")
    return path


def configurations(tmp):
    for name, text, words in (
            ("unknown key", "probing:\n  scoope: [10.0.0.0/8]", ["test.yaml:3", "scoope", "scope"]),
            ("wrong type", "probing:\n  enabled: perhaps", ["test.yaml:3", "enabled", "true"]),
            ("wrong prefix", "probing:\n  scope: [10.0.0.0/99]", ["test.yaml:3", "10.0.0.0/99"]),
            ("wrong yaml", "probing: [", ["test.yaml:"]),
            ("unknown publisher", "publish:\n  - type: carrier-pigeon\n    url: x", ["test.yaml:3", "carrier-pigeon", "redis-stream"]),
            ("wrong url", "publish:\n  - type: redis-stream\n    url: http://x", ["test.yaml:", "redis://"]),
            ("wrong time", "probing:\n  settle: soon", ["test.yaml:3", "settle", "10s"])):
        path = config(tmp, text)
        expect(f"configuration: {name}", run("check", "-c", path), CONFIG, *words)
        expect(f"run with it: {name}", run("run", "-c", path), CONFIG, *words)
    expect("absent configuration", run("check", "-c", tmp / "none.yaml"), CONFIG, "none.yaml")


def commands(tmp):
    expect("unknown command", run("rnu"), USAGE, "rnu", "run")
    expect("unknown option", run("replay", "--fatcs", "x"), USAGE, "--fatcs")
    expect("no operand", run("replay"), USAGE, "replay")
    expect("no targets", run("scan"), USAGE, "target")
    expect("wrong port list", run("scan", "-p", "99999", "127.0.0.1"), USAGE, "99999")
    expect("unknown script", run("scan", "--script", "no-such-script-here", "-Pn", "-p", "1", "127.0.0.1"), USAGE,
           "no-such-script-here", lines=12)
    broken = tmp / "broken.nse"
    broken.write_text("categories = {'safe'}\naction = function( end\n")
    expect("broken script", run("scan", "--script", broken, "-Pn", "-p", "1", "127.0.0.1"), USAGE, "broken.nse:2", lines=20)


def live(tmp):
    expect("absent interface", run("run", "-c", config(tmp, "capture: {interfaces: [nosuch0]}")), RUNTIME, "nosuch0", lines=4)
    home = tmp / "plain"
    home.mkdir()
    os.chmod(home, 0o777)
    path = config(home, "capture: {interfaces: [lo]}")
    os.chmod(path, 0o644)
    expect("no permission to capture", run("run", "-c", path, user="nobody"), RUNTIME, "lo", "CAP_NET_RAW", lines=4)
    locked = tmp / "locked"
    locked.write_text("a file, not a folder")
    expect("state folder is a file", run("run", "-c", rewritten(tmp, locked)), RUNTIME, "locked", lines=4)


def rewritten(tmp, folder):
    path = tmp / "l.yaml"
    path.write_text(f"state_dir: {folder}\ncapture: {{interfaces: [lo]}}\n")
    return path


def main():
    with tempfile.TemporaryDirectory(prefix="earshot-bad.") as name:
        tmp = pathlib.Path(name)
        os.chmod(tmp, 0o755)  # the roles of `run` give up root and must still reach their state folder
        captures(tmp)
        configurations(tmp)
        commands(tmp)
        live(tmp)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Replay says the same however it is run: replay_modes.py EARSHOT

For every capture of tests/golden: twice in processes and once with --single give the same octets, as events and as
facts; standard input as the file does; and a capture that is cut in its last packet tells what it heard and exits 5.
"""
import pathlib
import subprocess
import sys
import tempfile

EARSHOT = sys.argv[1]
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
PARTIAL = 5


def replay(*args, data=None):
    done = subprocess.run([EARSHOT, "replay", *map(str, args)], input=data, capture_output=True, timeout=60)
    return done.returncode, done.stdout


def check(path):
    for form in ("--json", "--facts"):
        code, first = replay(form, path)
        assert code in (0, 1, PARTIAL), (path.name, code)
        assert replay(form, path) == (code, first), f"{path.name}: {form} differs from run to run"
        assert replay(form, "--single", path) == (code, first), f"{path.name}: {form} differs with --single"
    assert replay("--facts", "-", data=path.read_bytes()) == (code, first), f"{path.name}: differs from standard input"
    return len(first)


def check_cut(path, tmp):
    whole = path.read_bytes()
    cut = tmp / "cut.pcap"
    cut.write_bytes(whole[:-3])
    code, heard = replay("--facts", cut)
    assert code == PARTIAL, (path.name, code)
    assert replay("--facts", "--single", cut) == (code, heard)
    assert heard, f"{path.name}: nothing is told of what came before the cut"


def main():
    captures = sorted(p for p in GOLDEN.rglob("*.pcap"))
    assert captures, f"no captures in {GOLDEN}"
    told = [(check(path), path) for path in captures]
    richest = max(told)[1]
    with tempfile.TemporaryDirectory(prefix="earshot-replay.") as tmp:
        check_cut(richest, pathlib.Path(tmp))
    print(f"{len(captures)} captures: the same twice, with --single and from standard input; {richest.name} cut: exit 5")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Compare what capture tells about the golden captures with what it should tell.

    golden.py --dump PROGRAM check NAME...     exit 1 and a diff where they differ
    golden.py --dump PROGRAM update NAME...    write what it tells now as expected (then read the diff in git)
    golden.py list                             the names in TESTLIST

NAME is the third column of TESTLIST; none means all.
"""
import argparse
import difflib
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def rows():
    for line in (HERE / "TESTLIST").read_text().splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            yield words[2], HERE / "pcaps" / (words[1] + ".pcap"), words[3:]


def tell(dump, pcap, options):
    done = subprocess.run([dump, pcap, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{pcap.name}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout.splitlines(keepends=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dump")
    parser.add_argument("action", choices=("check", "update", "list"))
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if args.action == "list":
        print("\n".join(name for name, *_ in rows()))
        return 0
    wrong = 0
    for name, pcap, options in rows():
        if args.names and name not in args.names:
            continue
        expected = HERE / "expected" / (name + ".jsonl")
        told = tell(args.dump, pcap, options)
        if args.action == "update":
            expected.parent.mkdir(exist_ok=True)
            expected.write_text("".join(told))
            continue
        want = expected.read_text().splitlines(keepends=True) if expected.exists() else []
        diff = list(difflib.unified_diff(want, told, f"expected/{name}.jsonl", "told now"))
        sys.stdout.writelines(diff)
        # A golden test that expects nothing proves nothing.
        if diff or not want:
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

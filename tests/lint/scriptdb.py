#!/usr/bin/env python3
"""scripts/script.db must list every script with its categories, sorted: scriptdb.py [--write] [ROOT]"""
import pathlib
import re
import sys


def entry(path):
    text = path.read_text()
    block = re.search(r"^categories\s*=\s*\{(.*?)\}", text, re.S | re.M)
    if not block:
        raise SystemExit(f"{path}: no categories")
    names = sorted({c.lower() for c in re.findall(r'"([^"]+)"', block.group(1))})
    return f'Entry {{ filename = "{path.name}", categories = {{ {"".join(chr(34) + n + chr(34) + ", " for n in names)}}} }}\n'


def main():
    args = [a for a in sys.argv[1:] if a != "--write"]
    folder = pathlib.Path(args[0] if args else ".").resolve() / "scripts"
    wanted = "".join(entry(p) for p in sorted(folder.glob("*.nse")))
    db = folder / "script.db"
    if "--write" in sys.argv:
        db.write_text(wanted)
    if not db.exists() or db.read_text() != wanted:
        print("scripts/script.db is stale: run tests/lint/scriptdb.py --write")
        return 1
    print(f"scriptdb: {wanted.count('Entry')} scripts")
    return 0


if __name__ == "__main__":
    sys.exit(main())

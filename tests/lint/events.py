#!/usr/bin/env python3
"""Prove that docs/events.md tells of every event: events.py [ROOT]

Every code of sensor/model/events.def has its row in the table of codes, with the dataset and class of the definition,
and the table has no other. Exits 1 and names what is missing.
"""
import pathlib
import re
import sys

EVENT = re.compile(r'^EVENT\(\w+, "([^"]+)", "[^"]*", "[^"]*", "[^"]*", "([^"]*)", CLASS_(\w+),', re.M)
ROW = re.compile(r"^\| `([a-z]+\.[a-z_]+)` \| [^|]+ \| `([^`]+)` \| (\w+) \|$", re.M)


def problems(root):
    table, page = root / "sensor/model/events.def", root / "docs/events.md"
    defined = {code: (dataset, kind.lower()) for code, dataset, kind in EVENT.findall(table.read_text())}
    told = {code: (dataset, kind) for code, dataset, kind in ROW.findall(page.read_text() if page.exists() else "")}
    if not defined:
        yield f"{table.relative_to(root)}: no events found"
    for code in sorted(defined.keys() - told.keys()):
        yield f"docs/events.md: no row for {code}"
    for code in sorted(told.keys() - defined.keys()):
        yield f"docs/events.md: {code} is not in sensor/model/events.def"
    for code in sorted(defined.keys() & told.keys()):
        if defined[code] != told[code]:
            yield f"docs/events.md: {code} is said to be {told[code]}, defined as {defined[code]}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(problems(root))
    print("\n".join(found) if found else "events: docs/events.md has a row for every code")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

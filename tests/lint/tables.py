#!/usr/bin/env python3
"""Prove that files = table rows = tests for every plug point: tables.py [ROOT]

A plug-in is one file and one row (docs/adding.md). For each plug point below: every row has its file, every file its
row, and every row the test that the table asks for. Exits 1 and names what is missing.
"""
import pathlib
import re
import sys

# (what, table, row macro, file pattern with {}, where a test must name the row: glob and pattern with {})
POINTS = [
    ("dissector", "capture/dissect/dissectors.def", "DISSECTOR", "capture/dissect/dissect_{}.c",
     ("tests/golden/TESTLIST", r"^{}\b")),
    ("link type", "capture/decode/links.def", "LINK", "capture/decode/link_{}.c", None),
    ("NSE module", "engine/lib/libs.def", "NSE_LIB", "engine/lib/lib_{}.c", ("tests/unit/engine/**/*", r"\b{}\b")),
    ("publisher", "sensor/publish/publishers.def", "PUBLISHER", "sensor/publish/publisher_{}.c",
     ("tests/**/*", r"{}")),
    ("command", "sensor/daemon/commands.def", "COMMAND", "sensor/daemon/cmd_{}.c", ("docs/man/earshot.1", r"\b{}\b")),
]
# Files that match a pattern but are no plug-in of their own: shared by several rows.
SHARED = re.compile(r"_(common|util)\.c$")


def rows(table, macro):
    text = re.sub(r"/\*.*?\*/", "", table.read_text(), flags=re.S)
    # The last identifier argument names the file: LINK(LINUX_SLL2, 276, sll2), DISSECTOR(ssdp).
    for match in re.finditer(rf"^{macro}\(([^)]*)\)", text, flags=re.M):
        names = [a.strip() for a in match.group(1).split(",") if re.fullmatch(r"\s*[a-z][a-z0-9_]*\s*", a)]
        if names:
            yield names[-1] if macro == "LINK" else names[0]


def files(root, pattern):
    head, tail = pattern.split("{}")
    folder = root / pathlib.Path(head).parent
    prefix = pathlib.Path(head).name
    for path in sorted(folder.glob(prefix + "*" + tail)):
        if not SHARED.search(path.name):
            yield path.name[len(prefix):-len(tail)]


def tested(root, glob, pattern, name):
    regex = re.compile(pattern.replace("{}", re.escape(name)), re.M)
    return any(regex.search(p.read_text(errors="replace")) for p in root.glob(glob) if p.is_file())


def problems(root):
    for what, table, macro, pattern, test in POINTS:
        path = root / table
        if not path.exists():
            if list(files(root, pattern)):
                yield f"{table}: missing, though there are {what} files"
            continue
        listed, present = set(rows(path, macro)), set(files(root, pattern))
        for name in sorted(listed - present):
            yield f"{table}: row '{name}' has no file {pattern.format(name)}"
        for name in sorted(present - listed):
            yield f"{pattern.format(name)}: no row {macro}({name}) in {table}"
        for name in sorted(listed & present):
            if test and not tested(root, test[0], test[1], name):
                yield f"{what} '{name}': nothing in {test[0]} names it"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(problems(root))
    print("\n".join(found) if found else "tables: files = rows = tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

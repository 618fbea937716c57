#!/usr/bin/env python3
"""Hold the measurable rules of the style guide: style.py [ROOT]

File and function lengths, a head comment and licence line in every file, no casts of packet octets outside cursor.h,
process calls only in the daemon, no left-overs. Exits 1 with file:line for every violation.
"""
import pathlib
import re
import sys

C_MAX, H_MAX, FUNCTION_MAX = 800, 200, 60
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# A word of the wire may only be read through cursor.h.
CAST = re.compile(r"\*\s*\(\s*(const\s+)?u?int(16|32|64)_t\s*\*\s*\)")
# call -> folders that may make it
CALLS = {
    r"\b(fork|vfork)\s*\(": ["sensor/daemon", "tests"],
    r"(?<![_\w])_?exit\s*\(": ["sensor/daemon", "tests"],
    r"\bgetenv\s*\(": ["sensor/daemon", "tests", "engine/datafile"],
    r"\bclock_gettime\s*\(": ["sensor/base/mono.c", "tests"],
    r"\b(sprintf|strcpy|strcat|gets)\s*\(": [],
    r"\bsystem\s*\(": [],
}
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.S)


def blank(match):
    """A comment or string, replaced by spaces so that lines keep their numbers."""
    return re.sub(r"[^\n]", " ", match.group(0))


def functions(code):
    """(name, first line, length) of every function body: the style puts '{' and '}' in column 1."""
    lines = code.splitlines()
    start = None
    for i, line in enumerate(lines):
        if line == "{" and start is None:
            start = i
        elif line == "}" and start is not None:
            name = re.match(r"(\w+)\s*\(", lines[start - 1]) or re.match(r"(\w+)\s*\(", lines[max(start - 2, 0)])
            yield (name.group(1) if name else "?"), start + 1, i - start + 1
            start = None


def check(path, text):
    lines = text.splitlines()
    limit = H_MAX if path.endswith(".h") else C_MAX
    if len(lines) > limit:
        yield 1, f"{len(lines)} lines, the limit is {limit}: which two rooms is it?"
    if not lines or "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        yield 1, "the first line must be the SPDX line"
    if "/*" not in "\n".join(lines[1:4]):
        yield 2, "no head comment: what is this file for, how does it work?"
    code = COMMENT.sub(blank, text)
    for name, line, length in functions(code):
        if length > FUNCTION_MAX:
            yield line, f"function {name} has {length} lines, the limit is {FUNCTION_MAX}"
    for number, line in enumerate(lines, 1):
        if LEFT_OVER.search(line):
            yield number, "left-over mark"
    for number, line in enumerate(code.splitlines(), 1):
        if CAST.search(line) and not path.endswith("base/cursor.h"):
            yield number, "octets read through a pointer cast; use cursor.h"
        for pattern, homes in CALLS.items():
            if re.search(pattern, line) and not any(path.startswith(h) for h in homes):
                yield number, f"{re.search(pattern, line).group(0).strip()}...) is not allowed here"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    count = bad = 0
    sizes = []
    for file in sorted(root.rglob("*.[ch]")):
        path = file.relative_to(root).as_posix()
        if path.startswith("build/"):
            continue
        text = file.read_text(errors="replace")
        count += 1
        if path.endswith(".c"):
            sizes.append(text.count("\n"))
        for line, what in check(path, text):
            print(f"{path}:{line}: {what}")
            bad += 1
    median = sorted(sizes)[len(sizes) // 2] if sizes else 0
    if median > 250:
        print(f"median .c file has {median} lines, the limit is 250")
        bad += 1
    if not bad:
        print(f"style: {count} files, median .c {median} lines, longest {max(sizes, default=0)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Hold the manual to the tables: man.py [--write] [ROOT]

earshot.yaml(5) is written from config.def and publish.def; this compares the file with what the tables give (--write
writes it). earshot(1) is written by hand; this checks that it names every command and every option of one. Exits 1 and
says what is missing.
"""
import pathlib
import re
import sys

KINDS = {
    "TEXT": "text", "WORD": "word", "BOOL": "true or false", "COUNT": "number", "COUNT64": "number",
    "TIME": "time", "TIME32": "time", "SIZE": "size", "LIST": "list", "CIDRS": "list of prefixes", "PORTS": "ports",
}
HEAD = r""".\" SPDX-License-Identifier: Apache-2.0
.\" Written from sensor/daemon/config.def and publish.def: tests/lint/man.py --write
.Dd November 21, 2026
.Dt EARSHOT.YAML 5
.Os
.Sh NAME
.Nm earshot.yaml
.Nd configuration of earshot
.Sh DESCRIPTION
One YAML file, read strictly: an unknown key, a key that stands twice or a
value of the wrong kind is an error that names file and line, and the nearest
key there is.
Every key has a default, so an empty file is a configuration.
.Ql earshot check --defaults
prints all of them with comments,
.Ql earshot check --show
what a file amounts to.
.Pp
Times are written 250ms, 10s, 5m, 2h or 1d; sizes 4096, 64KiB, 16MiB or 1GiB;
ports T:80,U:53,8000-8100; prefixes 192.0.2.0/24, 192.0.2.7 or fd00::/64.
A list of one may be written as a single value.
.Pp
SIGHUP makes a running
.Xr earshot 1
read the file again: all of it when it is right, nothing of it when it is
wrong.
.Sh KEYS
"""
PUBLISH = r""".El
.Sh PUBLISHERS
.Ic publish
is a list.
Each entry is a consumer of the outbox with a place of its own; one that is
down holds up no other.
.Bl -tag -width Ds
"""
TAIL = r""".El
.Sh EXAMPLES
.Bd -literal -offset indent
capture:
  interfaces: [eth1]
probing:
  scope: [192.0.2.0/24]
  exclude: [192.0.2.1]
publish:
  - type: redis-stream
    url: "redis://127.0.0.1:6379/0"
    key: "earshot:{site}:events"
.Ed
.Sh SEE ALSO
.Xr earshot 1
"""


def rows(path, macro):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    for args in re.findall(rf'^{macro}\((.*)\)\s*$', text, flags=re.M):
        yield re.findall(r'"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+)', args)


def plain(pair):
    return (pair[0] or pair[1]).replace("\\\"", '"')


def escape(text):
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in ".'" else text


def sentence(text):
    return escape(text[0].upper() + text[1:] + ("" if text.endswith(".") else "."))


def yaml5(root):
    out = [HEAD, ".Bl -tag -width Ds\n"]
    for row in rows(root / "sensor/daemon/config.def", "CONFIG"):
        key, kind, _, default, text = (plain(p) for p in row)
        out.append(f".It Ic {key} Pq {KINDS[kind]}{f', default: {escape(default)}' if default else ''}\n{sentence(text)}\n")
    out.append(PUBLISH)
    for row in rows(root / "sensor/daemon/publish.def", "PUBLISH"):
        key, kind, _, text = (plain(p) for p in row)
        out.append(f".It Ic {key} Pq {KINDS[kind]}\n{sentence(text)}\n")
    out.append(TAIL)
    return "".join(out)


def missing_in_earshot1(root):
    page = (root / "docs/man/earshot.1").read_text()
    shown = set(re.findall(r"(?:Fl |, )-?([A-Za-z][\w-]*)", page))
    for row in rows(root / "sensor/daemon/commands.def", "COMMAND"):
        name = plain(row[0])
        if not re.search(rf"^\.It Ic {name}\b", page, re.M):
            yield f"docs/man/earshot.1: command {name} has no entry"
        source = (root / f"sensor/daemon/cmd_{name}.c").read_text()
        for option in re.findall(r'\[OPT_\w+\] = \{ "([a-z-]+)"', source):
            if option not in shown:
                yield f"docs/man/earshot.1: option --{option} of {name} is not there"


def main():
    args = [a for a in sys.argv[1:] if a != "--write"]
    root = pathlib.Path(args[0] if args else ".").resolve()
    page, wanted = root / "docs/man/earshot.yaml.5", yaml5(root)
    if "--write" in sys.argv:
        page.write_text(wanted)
    problems = list(missing_in_earshot1(root))
    if not page.exists() or page.read_text() != wanted:
        problems.append("docs/man/earshot.yaml.5 is not what the tables say: tests/lint/man.py --write")
    print("\n".join(problems) if problems else "man: every key, command and option is there")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

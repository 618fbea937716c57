#!/usr/bin/env python3
"""Prove the layer arrows from the #include lines: layers.py [ROOT]

An arrow may point down or stay inside its folder; L2 folders never include each other. Foreign headers stay in the
rooms named below. Exits 1 and prints file:line for every violation.
"""
import pathlib
import re
import sys

# Folder -> folders it may include, besides itself. The longest prefix that fits a file decides.
ALLOWED = {
    "sensor/base": [],
    "sensor/model": ["sensor/base"],
    "sensor/ipc": ["sensor/base", "sensor/model"],
    "sensor/store": ["sensor/base", "sensor/model"],
    "sensor/inventory": ["sensor/base", "sensor/model", "sensor/ipc", "sensor/store"],
    "sensor/policy": ["sensor/base", "sensor/model", "sensor/ipc", "sensor/store"],
    "sensor/publish": ["sensor/base", "sensor/model", "sensor/ipc", "sensor/store"],
    "capture": ["sensor/base", "sensor/model", "sensor/ipc"],
    "engine": ["sensor/base", "sensor/model", "sensor/ipc"],
    "sensor/daemon": ["sensor", "capture", "engine"],
    "tests": ["sensor", "capture", "engine"],
}
# Inside capture, packets flow left to right; the right may include the left.
CAPTURE_ORDER = ["source", "decode", "flow", "dissect"]
# Foreign header -> where it may be seen.
FOREIGN = {
    r"pcap(/.*)?\.h": ["capture/source", "engine/lib/lib_pcap", "engine/net/pcap"],
    r"(lua|lauxlib|lualib|luaconf)\.h": ["engine"],
    r"hiredis/.*": ["sensor/publish/redis"],
    r"sqlite3\.h": ["sensor/store"],
    r"uv\.h": ["engine", "sensor/publish", "sensor/daemon"],
    r"yaml\.h": ["sensor/daemon"],
    r"libssh2.*\.h": ["engine/lib"],
    r"seccomp\.h": ["sensor/daemon"],
    r"cap-ng\.h": ["sensor/daemon"],
    r"libnet\.h": ["engine"],
    r"pcre2\.h": ["engine"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def room(path):
    best = ""
    for prefix in ALLOWED:
        if (path == prefix or path.startswith(prefix + "/")) and len(prefix) > len(best):
            best = prefix
    return best


def capture_stage(path):
    parts = path.split("/")
    return CAPTURE_ORDER.index(parts[1]) if len(parts) > 2 and parts[1] in CAPTURE_ORDER else None


def own_header_problem(path, header):
    here, there = room(path), room(header)
    if not there:
        return f"includes {header}, which is in no room of the table"
    if here != there and not any(there == a or there.startswith(a + "/") for a in ALLOWED[here]):
        return f"{here} must not include {there} ({header})"
    mine, theirs = capture_stage(path), capture_stage(header)
    if here == there == "capture" and mine is not None and theirs is not None and theirs > mine:
        return f"capture/{CAPTURE_ORDER[mine]} must not include capture/{CAPTURE_ORDER[theirs]}"
    return None


def foreign_problem(path, header):
    for pattern, homes in FOREIGN.items():
        if re.fullmatch(pattern, header) and not path.startswith("tests/") and not any(path.startswith(h) for h in homes):
            return f"<{header}> belongs in {', '.join(homes)}"
    return None


def problems(root):
    for file in sorted(root.rglob("*.[ch]")):
        path = file.relative_to(root).as_posix()
        if path.startswith("build/") or not room(path):
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            header = match.group(2)
            own = match.group(1) == '"' and "/" in header
            text = own_header_problem(path, header) if own else foreign_problem(path, header)
            if text:
                yield f"{path}:{number}: {text}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(problems(root))
    print("\n".join(found) if found else "layers: every arrow points down")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The lints must be able to fail: plant one violation of each kind in a small tree and see it named."""
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/*\n * x\n */\n"

EVENT = 'EVENT(A, "a.b", "event", "host", "start", "earshot.host", CLASS_CHANGE, "x")\n'

# lint, files to plant, words its output must hold
CASES = [
    ("layers.py", {"capture/a.c": HEAD + '#include "engine/engine.h"\n'}, "capture must not include engine"),
    ("layers.py", {"sensor/base/a.c": HEAD + '#include "sensor/model/addr.h"\n'}, "must not include sensor/model"),
    ("layers.py", {"sensor/publish/a.c": HEAD + "#include <sqlite3.h>\n"}, "belongs in sensor/store"),
    ("layers.py", {"capture/decode/a.c": HEAD + '#include "capture/dissect/dissect.h"\n'}, "must not include capture/dissect"),
    ("tables.py", {"capture/dissect/dissectors.def": "DISSECTOR(ssh)\n"}, "row 'ssh' has no file"),
    ("tables.py", {"capture/dissect/dissectors.def": "", "capture/dissect/dissect_ssh.c": HEAD}, "no row DISSECTOR(ssh)"),
    ("tables.py", {"capture/dissect/dissectors.def": "DISSECTOR(ssh)\n", "capture/dissect/dissect_ssh.c": HEAD,
                   "tests/golden/TESTLIST": "dns dns.pcap\n"}, "nothing in tests/golden/TESTLIST names it"),
    ("events.py", {"sensor/model/events.def": EVENT, "docs/events.md": ""}, "no row for a.b"),
    ("events.py", {"sensor/model/events.def": EVENT, "docs/events.md": "| `a.b` | x | `earshot.host` | alert |\n"},
     "defined as ('earshot.host', 'change')"),
    ("style.py", {"capture/a.c": HEAD + "int x;\n" * 900}, "the limit is 800"),
    ("style.py", {"capture/a.c": HEAD + "int\nf(void)\n{\n" + "\tg();\n" * 70 + "}\n"}, "function f has"),
    ("style.py", {"capture/a.c": "int x;\n"}, "SPDX"),
    ("style.py", {"capture/a.c": HEAD + "int x; /* TO" + "DO */\n"}, "left-over"),
    ("style.py", {"capture/a.c": HEAD + "int\nf(void)\n{\n\treturn *(const uint16_t *)p;\n}\n"}, "pointer cast"),
    ("style.py", {"engine/a.c": HEAD + "void\nf(void)\n{\n\texit(1);\n}\n"}, "not allowed here"),
]


def main():
    failed = 0
    for lint, files, words in CASES:
        with tempfile.TemporaryDirectory() as tmp:
            for name, text in files.items():
                path = pathlib.Path(tmp, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            run = subprocess.run([sys.executable, HERE / lint, tmp], capture_output=True, text=True)
        if run.returncode != 1 or words not in run.stdout:
            print(f"{lint} did not see {words!r}: exit {run.returncode}, said {run.stdout!r}{run.stderr!r}")
            failed += 1
    print(f"selftest: {len(CASES) - failed} of {len(CASES)} planted violations were seen")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What is heard is not asked again: heard.py EARSHOT

Replays a capture of SSH sessions with probing on, in an empty network namespace. The script `banner` of this
repository answers for every greeting that was heard, and the engine contacts nobody. A capture without greetings, by
the same configuration, makes it ask: then the audit would show. Needs root.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

EARSHOT = sys.argv[1]
PCAPS = pathlib.Path(__file__).resolve().parent.parent / "golden" / "pcaps"
CONFIG = "sensor: {name: heard}\nprobing: {enabled: true, scope: [192.0.2.0/24], settle: 0s, scripts: banner}\n"


def replay(config, capture):
    done = subprocess.run(["unshare", "-n", EARSHOT, "replay", "--json", "--probe", "-c", str(config), str(capture)],
                          capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def of(events, code):
    return [e for e in events if e["event"]["code"] == code]


def main():
    with tempfile.TemporaryDirectory(prefix="earshot-heard.") as tmp:
        config = pathlib.Path(tmp, "earshot.yaml")
        config.write_text(CONFIG)
        events = replay(config, PCAPS / "ssh.pcap")
        greeted = {(e["server"]["ip"], e["server"]["port"]): e["earshot"]["service"]["banner"]
                   for e in of(events, "service.new")}
        said = {(e["server"]["ip"], e["server"]["port"]): e["earshot"]["finding"]["output"]
                for e in of(events, "finding.info")}
        assert len(greeted) >= 5 and said == greeted, (greeted, said)
        assert all(e["earshot"]["finding"]["heard"] for e in of(events, "finding.info"))
        assert all(e["earshot"]["asset"]["confidence"] < 0.95 for e in events), "nobody answered to us"
        asked = of(events, "probe.audit") + of(events, "probe.refused")
        assert not asked, asked[0]
        asked = of(replay(config, PCAPS / "tls.pcap"), "probe.audit")
        assert asked, "where no greeting was heard, the script must ask"
    print(f"{len(said)} answers without a contact; {len(asked)} contacts where nothing was heard")


if __name__ == "__main__":
    main()

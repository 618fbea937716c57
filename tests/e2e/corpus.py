#!/usr/bin/env python3
"""The listening half against a corpus with ground truth: corpus.py EARSHOT

Replays every capture of ../shared/corpus in both ways of running, scores what came out, holds it to the bars below, and
checks that the same file twice gives the same octets. Skips where there is no corpus beside the project.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from netlab import skip

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
# category -> least F1
BARS = {"host": 0.95, "mac": 0.95, "tcp synack": 0.97, "udp named": 0.90}


def replay(earshot, pcap):
    return subprocess.run([earshot, "replay", "--facts", "--single", pcap], capture_output=True, timeout=60).stdout


def main():
    earshot = str(pathlib.Path(sys.argv[1]).resolve())
    if not (CORPUS / "score.py").exists():
        skip(f"no corpus at {CORPUS}")
    with tempfile.TemporaryDirectory(prefix="earshot-corpus.") as out:
        subprocess.run([sys.executable, CORPUS / "run.py", "--pcaps", CORPUS / "pcaps", "--out", out, "--",
                        earshot, "replay", "--facts", "--single", "{pcap}"], check=True)
        text = subprocess.run([sys.executable, CORPUS / "score.py", "--truth", CORPUS / "truth", "--out", out, "--json"],
                              capture_output=True, text=True, check=True).stdout
    result = json.loads(text)
    problems = [f"crashed: {c}" for c in result["crashes"]] + [f"timed out: {t}" for t in result["timeouts"]]
    if result["bad_lines"]:
        problems.append(f"{result['bad_lines']} lines are not of the neutral form")
    for category, values in result["categories"].items():
        least = BARS.get(category)
        mark = ""
        if least is not None and values["f1"] < least:
            mark = f"  below {least}"
            problems.append(f"{category}: F1 {values['f1']} is below {least}")
        print(f"{category:16} precision {values['precision']:.3f} recall {values['recall']:.3f} F1 {values['f1']:.3f}{mark}")
    print(f"core F1 {result['core_f1']}, {result['pcaps']} captures")
    for pcap in sorted((CORPUS / "pcaps").iterdir())[::25]:
        if replay(earshot, pcap) != replay(earshot, pcap):
            problems.append(f"{pcap.name}: two runs differ")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

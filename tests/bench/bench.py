#!/usr/bin/env python3
"""Measurements as JSON lines, one object a result: bench.py EARSHOT [--only replay,instr,memory,latency] [--rounds N]

replay   packets per CPU second, and the ratio of CPU time to a bare pcap_loop over the same file in the same run
instr    instructions a packet by callgrind, start-up taken off
memory   octets a host: peak memory with many hosts less that with few, divided
latency  milliseconds from the SYN-ACK on the wire to the finding in Redis, in namespaces, settle time taken off

Captures: $BENCH_LOAD/mix.pcap where it exists (a real mix), and ones made here by rule (loads.py).
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "e2e"))
import loads  # noqa: E402


def emit(bench, **values):
    print(json.dumps({"bench": bench, **values}), flush=True)


def cpu_of(command):
    """CPU seconds (user and system, children too) and wall seconds of one run."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.monotonic() - began)


def counter(tmp):
    program = tmp / "pcap_count"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "pcap_count.c", "-lpcap"], check=True)
    return program


def captures(tmp):
    """(name, path, packets) of what there is to replay."""
    made = tmp / "hosts-20k.pcap"
    yield "hosts-20k", made, loads.write(made, 20_000)
    mix = pathlib.Path(os.environ.get("BENCH_LOAD", "/tmp/bench-load")) / "mix.pcap"
    if mix.exists():
        yield "mix", mix, None


def bench_replay(earshot, tmp, rounds):
    count = counter(tmp)
    for name, path, packets in captures(tmp):
        if packets is None:
            packets = int(subprocess.run([count, path], capture_output=True, text=True, check=True).stdout.split()[0])
        for mode in (["--single"], []):
            ratios, rates = [], []
            for _ in range(rounds):
                floor, _ = cpu_of([count, path])
                cpu, _ = cpu_of([earshot, "replay", "--facts", *mode, path])
                ratios.append(floor / cpu)
                rates.append(packets / cpu)
            emit("replay", load=name, roles="one process" if mode else "processes", packets=packets, rounds=rounds,
                 ratio_to_pcap_loop=round(statistics.median(ratios), 3), packets_per_cpu_second=round(statistics.median(rates)))


def instructions(command):
    p = subprocess.run(["valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null", *command],
                       capture_output=True, text=True, check=True)
    return sum(map(int, re.findall(r"Collected : (\d+)", p.stderr)))


def bench_instr(earshot, tmp, _rounds):
    if not shutil.which("valgrind"):
        return emit("instr", skipped="valgrind is not installed")
    one, many = tmp / "one.pcap", tmp / "many.pcap"
    loads.write(one, 1)
    cases = [("hosts-2k", many, loads.write(many, 2_000))]
    small = pathlib.Path(os.environ.get("BENCH_LOAD", "/tmp/bench-load")) / "mix.small.pcap"
    if small.exists():
        packets = int(subprocess.run([counter(tmp), small], capture_output=True, text=True, check=True).stdout.split()[0])
        cases.append(("mix.small", small, packets))
    base = instructions([earshot, "replay", "--facts", "--single", one])
    for name, path, packets in cases:
        n = instructions([earshot, "replay", "--facts", "--single", path])
        emit("instr", load=name, packets=packets, startup=base, instructions_per_packet=round((n - base) / packets))
    return None


def peak_memory(command):
    """Highest resident size in octets, all processes of the command together (sampled from /proc)."""
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    peak = 0
    while p.poll() is None:
        total = 0
        for line in subprocess.run(["ps", "-o", "rss=", "-g", str(p.pid)], capture_output=True, text=True).stdout.split():
            total += int(line) * 1024
        peak = max(peak, total)
        time.sleep(0.05)
    return peak


def bench_memory(earshot, tmp, _rounds):
    config = tmp / "memory.yaml"
    config.write_text("inventory:\n  max_assets: 2000000\ncapture:\n  max_hosts: 2000000\n")
    base_file = tmp / "few.pcap"
    loads.write(base_file, 100)
    for hosts in (100_000, 1_000_000):
        path = tmp / "hosts.pcap"
        loads.write(path, hosts)
        base = peak_memory([earshot, "replay", "--facts", "--single", "-c", config, base_file])
        peak = peak_memory([earshot, "replay", "--facts", "--single", "-c", config, path])
        facts = subprocess.run([earshot, "replay", "--facts", "--single", "-c", config, path], capture_output=True).stdout
        kept = facts.count(b'"type":"host"')
        emit("memory", hosts=hosts, kept=kept, peak_octets=peak, octets_per_host=round((peak - base) / max(kept, 1)))
        path.unlink()


def bench_latency(earshot, _tmp, rounds):
    from latency import measure
    for result in measure(earshot, rounds):
        emit("latency", **result)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("earshot")
    ap.add_argument("--only", default="replay,instr,memory,latency")
    ap.add_argument("--rounds", type=int, default=5)
    a = ap.parse_args()
    earshot = str(pathlib.Path(a.earshot).resolve())
    with tempfile.TemporaryDirectory(prefix="earshot-bench.") as tmp:
        for name in a.only.split(","):
            globals()[f"bench_{name}"](earshot, pathlib.Path(tmp), a.rounds)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What readers of each publisher get, with the sensor killed meanwhile: delivery_readers.py PROGRAM

redis_list: a reader that pops, as Logstash and Vector do, gets everything in order, and repeats only of whole batches.
redis_channel: a subscriber that listens all the time gets everything. jsonl: the file and its rotated ones hold every
event once, also when a line is torn.
"""
import json
import os
import random
import subprocess
import sys
import threading
import time

from redislab import Client, Lab, wait_for

EVENTS = 1200
KILLS = 5


def run_with_kills(lab, kills, **options):
    """Make EVENTS events in several lives of the sensor; the last one ends when all is delivered."""
    rng = random.Random(7)
    for life in range(kills):
        sensor = lab.sensor(upto=EVENTS * (life + 1) // (kills + 1), stay=1, every_ms=5, **options)
        wait_for("it is up", lambda s=sensor: s.told()["up"])
        time.sleep(rng.uniform(0.02, 0.3))
        sensor.kill()
    return lab.sensor(upto=EVENTS, every_ms=5, **options).wait_end()


def check_at_least_once(texts):
    """First sights are 1..EVENTS in order; a repeat is the same octets as before."""
    seen, order = {}, []
    for text in texts:
        n = json.loads(text)["n"]
        if n in seen:
            assert seen[n] == text, f"event {n} was sent again with other octets"
        else:
            seen[n] = text
            order.append(n)
    assert order == list(range(1, EVENTS + 1)), f"{len(order)} of {EVENTS}, or out of order"
    return len(texts) - len(order)


def redis_list(lab):
    lab.start_server()
    got, stop = [], threading.Event()

    def pop():
        client = lab.client()
        while not stop.is_set() or client("LLEN", "queue"):
            item = client("BLPOP", "queue", "0.1")
            if item:
                got.append(item[1])
        client.close()
    reader = threading.Thread(target=pop)
    reader.start()
    run_with_kills(lab, KILLS, type="redis-list", key="queue")
    stop.set()
    reader.join()
    repeats = check_at_least_once(got)
    lab.kill_server()
    return f"{EVENTS} events popped in order, {repeats} repeats over {KILLS} kills"


def redis_channel(lab):
    lab.start_server()
    got = []
    client = Client(lab.socket)
    client("SUBSCRIBE", "news")

    def listen():
        try:
            while True:
                got.append(client.reply()[2])
        except (OSError, ConnectionError):
            pass
    reader = threading.Thread(target=listen)
    reader.start()
    run_with_kills(lab, KILLS, type="redis-channel", key="news")
    lab.kill_server()
    reader.join()
    repeats = check_at_least_once(got)
    return f"{EVENTS} events heard in order, {repeats} repeats over {KILLS} kills"


def jsonl(lab):
    path = lab.dir / "events.jsonl"
    options = {"type": "jsonl", "url": path, "max_octets": 40000, "keep": 30}
    for life in range(KILLS):
        sensor = lab.sensor(upto=EVENTS * (life + 1) // (KILLS + 1), stay=1, every_ms=5, **options)
        time.sleep(0.15)
        sensor.kill()
        with open(path, "ab") as f:
            f.write(b'{"event":{"id":"torn')
    lab.sensor(upto=EVENTS, every_ms=5, **options).wait_end()
    files = sorted(lab.dir.glob("events.jsonl.*"), key=lambda p: -int(p.suffix[1:])) + [path]
    lines = b"".join(p.read_bytes() for p in files).splitlines(keepends=True)
    assert all(line.endswith(b"}\n") for line in lines), "a torn line stayed"
    numbers = [json.loads(line)["n"] for line in lines]
    assert numbers == list(range(1, EVENTS + 1)), f"{len(numbers)} lines, {len(set(numbers))} different"
    assert len(files) > 3, files
    return f"{EVENTS} lines once and in order in {len(files)} files over {KILLS} kills"


def jsonl_moved_away(lab):
    """logrotate renames the file, somebody else deletes it: the next event makes it again."""
    path = lab.dir / "events.jsonl"
    sensor = lab.sensor(upto=300, every_ms=20, burst=3, type="jsonl", url=path)
    wait_for("it writes", lambda: path.exists() and path.stat().st_size > 3000)
    path.rename(lab.dir / "events.old")
    sensor.wait_end()
    numbers = [json.loads(x)["n"] for name in ("events.old", "events.jsonl") for x in (lab.dir / name).read_text().splitlines()]
    assert numbers == list(range(1, 301)), numbers
    return "300 lines once and in order over a rename"


def jsonl_disk_full(lab):
    """No room in the middle of a batch: said, no torn line left, and all of it there once when room comes."""
    if os.geteuid() != 0:
        return "not run: mounting a small disk needs root"
    disk = lab.dir / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=True)
    try:
        (disk / "filler").write_bytes(b"x" * 200000)
        path = disk / "events.jsonl"
        sensor = lab.sensor(upto=600, every_ms=5, type="jsonl", url=path)
        told = sensor.wait_why("No space left")
        assert str(path) in told["why"], told
        assert path.read_bytes().endswith(b"}\n"), "a torn line stayed"
        (disk / "filler").unlink()
        sensor.wait_end()
        numbers = [json.loads(x)["n"] for x in path.read_text().splitlines()]
        assert numbers == list(range(1, 601)), len(numbers)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)
    return "600 lines once and in order over a full disk"


def console(program_lab):
    sensor = program_lab.sensor(type="jsonl", url="-", upto=50)
    sensor.wait_end()
    lines = [json.loads(x) for x in sensor.out.read_text().splitlines()]
    assert [x["n"] for x in lines if "n" in x] == list(range(1, 51))
    return "50 lines on standard output"


def main():
    for scenario in (redis_list, redis_channel, jsonl, jsonl_moved_away, jsonl_disk_full, console):
        began = time.monotonic()
        with Lab(sys.argv[1]) as lab:
            print(f"{scenario.__name__}: {scenario(lab)}, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()

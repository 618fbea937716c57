#!/usr/bin/env python3
"""A Redis that refuses, forgets, hangs or lies: delivery_faults.py PROGRAM [SCENARIO...]

In each scenario the sensor must say what is wrong in words an operator can use, keep the events, and bring the stream
to "every event once, in order" as soon as the trouble is over.
"""
import json
import os
import pathlib
import re
import socket
import sys
import threading
import time

from redislab import Lab, check_stream, fields, free_port, wait_for

EVENTS = 300


def finish(lab, sensor, total=EVENTS, key="events", call=None):
    end = sensor.wait_end(30)
    check_stream((call or lab.call)("XRANGE", key, "-", "+"), total)
    return end


def half(lab, **options):
    """A life in which the first half of the events is delivered."""
    lab.sensor(upto=EVENTS // 2, **options).wait_end()


def server_absent(lab):
    sensor = lab.sensor(upto=EVENTS)
    sensor.wait_why("connect")
    time.sleep(0.5)
    assert sensor.process.poll() is None
    lab.start_server()
    finish(lab, sensor)


def wrong_password(lab):
    lab.start_server("--requirepass", "right")
    secret = lab.dir / "secret"
    secret.write_text("wrong\n")
    sensor = lab.sensor(upto=EVENTS, password_file=secret)
    told = sensor.wait_why("WRONGPASS")
    assert "check username and password" in told["why"], told
    client = lab.client()
    client("AUTH", "right")
    client("CONFIG", "SET", "requirepass", "wrong")
    finish(lab, sensor, call=client)
    assert "wrong" not in sensor.err.read_text().replace("WRONGPASS", ""), "the log shows the password"


def no_password(lab):
    lab.start_server("--requirepass", "right")
    sensor = lab.sensor(upto=EVENTS)
    sensor.wait_why("NOAUTH")
    client = lab.client()
    client("AUTH", "right")
    client("CONFIG", "SET", "requirepass", "")
    finish(lab, sensor)


def manual_acl():
    """The line that docs/publishing.md tells people to use."""
    text = (pathlib.Path(__file__).resolve().parents[2] / "docs/publishing.md").read_text()
    return re.search(r"^ACL SETUSER (siem .*)$", text, re.M).group(1).replace("PASSWORD", "pw").split()


def acl_user(lab):
    """The smallest ACL of the manual is enough; taking it away is noticed, giving it back too."""
    lab.start_server()
    lab.call("ACL", "SETUSER", *manual_acl())
    secret = lab.dir / "secret"
    secret.write_text("pw")
    login = {"username": "siem", "password_file": secret, "key": "earshot:{test}:events"}
    half(lab, **login)
    sensor = lab.sensor(upto=EVENTS, every_ms=30, **login)
    wait_for("it is up", lambda: sensor.told()["up"])
    lab.call("ACL", "SETUSER", "siem", "-xadd")
    told = sensor.wait_why("NOPERM")
    assert "ACL" in told["why"], told
    lab.call("ACL", "SETUSER", "siem", "+xadd")
    finish(lab, sensor, key=login["key"])


def tcp_name_database_and_client_name(lab):
    lab.port = free_port()
    lab.start_server()
    sensor = lab.sensor(upto=EVENTS, url=f"redis://localhost:{lab.port}/3", every_ms=30)
    wait_for("it is up", lambda: sensor.told()["up"])
    assert b"name=earshot-delivery-test" in lab.call("CLIENT", "LIST"), lab.call("CLIENT", "LIST")
    client = lab.client()
    client("SELECT", "3")
    finish(lab, sensor, call=client)
    assert lab.call("EXISTS", "events") == 0


def no_client_command(lab):
    """Hardened servers rename CLIENT: we then go without a name."""
    lab.start_server("--rename-command", "CLIENT", "")
    finish(lab, lab.sensor(upto=EVENTS))


def wrong_type(lab):
    lab.start_server()
    lab.call("SET", "events", "a string")
    sensor = lab.sensor(upto=EVENTS)
    told = sensor.wait_why("WRONGTYPE")
    assert "choose another key" in told["why"], told
    assert lab.call("GET", "events") == b"a string"
    lab.call("DEL", "events")
    finish(lab, sensor)


def wrong_type_of_a_list(lab):
    lab.start_server()
    lab.call("SET", "events", "a string")
    sensor = lab.sensor(upto=EVENTS, type="redis-list")
    sensor.wait_why("WRONGTYPE")
    lab.call("DEL", "events")
    sensor.wait_end()
    assert lab.call("LLEN", "events") == EVENTS


def out_of_memory(lab):
    """Refused and taken in turns: no hole may appear between batches."""
    lab.start_server("--maxmemory-policy", "noeviction")
    sensor = lab.sensor(upto=EVENTS, every_ms=20, retry_ms=100)
    for _ in range(4):
        wait_for("it is up", lambda: sensor.told()["up"])
        lab.call("CONFIG", "SET", "maxmemory", "1")
        told = sensor.wait_why("OOM")
        assert "maxmemory" in told["why"], told
        lab.call("CONFIG", "SET", "maxmemory", "0")
    finish(lab, sensor)


def read_only_replica(lab):
    lab.start_server()
    half(lab)
    sensor = lab.sensor(upto=EVENTS, every_ms=30)
    wait_for("it is up", lambda: sensor.told()["up"])
    lab.call("REPLICAOF", "127.0.0.1", free_port())
    told = sensor.wait_why("READONLY")
    assert "replica" in told["why"], told
    lab.call("REPLICAOF", "NO", "ONE")
    finish(lab, sensor)


def flushed(lab):
    """FLUSHALL under a live connection: nothing may be added before what was lost is there again."""
    lab.start_server()
    half(lab)
    sensor = lab.sensor(upto=EVENTS, every_ms=30)
    wait_for("more arrives", lambda: lab.call("XLEN", "events") > EVENTS // 2)
    lab.call("FLUSHALL")
    end = finish(lab, sensor)
    assert end["resent"] >= EVENTS // 2, end


def forgot_its_tail(lab):
    """A failover to a replica that is behind: the last entries are gone, and so is the memory of their ids."""
    lab.start_server()
    half(lab)
    first = lab.call("XRANGE", "events", "-", "+", "COUNT", 100)
    lab.call("DEL", "events")
    for entry_id, values in first:
        lab.call("XADD", "events", entry_id, *values)
    end = finish(lab, lab.sensor(upto=EVENTS))
    assert end["resent"] == EVENTS // 2 - 100, end


def answer_lost(lab):
    """Connections cut at random, in and after EXEC: what was taken is not sent again."""
    lab.start_server()
    sensor = lab.sensor(upto=EVENTS * 4, every_ms=4, retry_ms=20)
    client = lab.client()
    client("CLIENT", "SETNAME", "cutter")
    cuts = 0
    while sensor.process.poll() is None:
        for line in client("CLIENT", "LIST").decode().splitlines():
            info = dict(f.split("=", 1) for f in line.split())
            if info["name"] != "cutter":
                cuts += client("CLIENT", "KILL", "ID", info["id"])
        time.sleep(0.01)
    assert cuts > 10, cuts
    finish(lab, sensor, EVENTS * 4)


def store_forgotten(lab):
    """A new store on an old stream: its numbers and ids go on above what Redis has."""
    lab.start_server()
    half(lab)
    top = lab.call("XINFO", "STREAM", "events")
    lab.new_state()
    sensor = lab.sensor(upto=1)
    end = sensor.wait_end()
    entries = lab.call("XRANGE", "events", "-", "+")
    assert len(entries) == EVENTS // 2 + 1, len(entries)
    assert entries[-2][0] == top[top.index(b"last-generated-id") + 1]
    assert end["impossible"] == 0, end
    lab.sensor(upto=2).wait_end()
    last = fields(lab.call("XREVRANGE", "events", "+", "-", "COUNT", 1)[0])
    assert json.loads(last[b"event"])["event"]["sequence"] > EVENTS // 2, last


def stopped_server(lab):
    lab.start_server()
    sensor = lab.sensor(upto=EVENTS, every_ms=30, timeout_ms=400)
    wait_for("it is up", lambda: sensor.told()["up"])
    lab.pause_server()
    sensor.wait_why("no answer in time", 5)
    lab.resume_server()
    finish(lab, sensor)


def slow_server(lab):
    """Slower than nothing to do, faster than the time-out: no reason to go down."""
    lab.start_server()
    sensor = lab.sensor(upto=EVENTS, every_ms=20, timeout_ms=3000)
    wait_for("it is up", lambda: sensor.told()["up"])
    for _ in range(3):
        lab.call("CLIENT", "PAUSE", 200, "WRITE")
        time.sleep(0.3)
    assert finish(lab, sensor)["downs"] == 0


def last_id(text):
    """A login that works, and a stream that claims this last id."""
    return b"+OK\r\n*2\r\n$17\r\nlast-generated-id\r\n$%d\r\n%s\r\n" % (len(text), text)


HOSTILE = [
    b"$1000000000\r\n" + b"x" * (3 << 20),
    b"*1000000000\r\n",
    b"*4000\r\n" * 500,
    b"*1\r\n" * 50,
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"+OK\r\n" * 5000,
    b"-",
    b"",
    b"\0" * 70000,
    last_id(b"18446744073709551615-18446744073709551615"),
    last_id(b"99999999999999999999999-1"),
    last_id(b"1-"),
    last_id(b""),
    b"+OK\r\n*2\r\n$17\r\nlast-generated-id\r\n:7\r\n",
    b"+OK\r\n*4\r\n$10\r\nlast-entry\r\n*2\r\n:1\r\n:2\r\n$17\r\nlast-generated-id\r\n$3\r\n0-0\r\n",
    b"+OK\r\n-NOSUCH " + b"\x1b[2J" * 100 + b"\r\n",
    b"+OK\r\n*0\r\n",
]


def hostile_server(lab):
    """Whatever it answers, and however often: bounded memory, no crash, and the next honest server gets everything."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(lab.socket))
    listener.listen()
    served = []

    def serve():
        try:
            while True:
                conn, _ = listener.accept()
                with conn:
                    conn.settimeout(0.3)
                    try:
                        conn.recv(65536)
                        conn.sendall(HOSTILE[len(served) % len(HOSTILE)])
                        while conn.recv(65536):
                            pass
                    except OSError:
                        pass
                    served.append(1)
        except OSError:
            pass
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    sensor = lab.sensor(upto=EVENTS, retry_ms=20, timeout_ms=200)
    wait_for("it met each answer twice", lambda: len(served) >= 2 * len(HOSTILE), 40)
    assert sensor.process.poll() is None, sensor.err.read_text()[-2000:]
    assert "\x1b" not in sensor.err.read_text() + sensor.out.read_text()
    limit = 400 if "__asan_init" in os.popen(f"nm -D {sys.argv[1]}").read() else 60
    assert sensor.rss_kib() < limit * 1024, sensor.rss_kib()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    lab.start_server()
    finish(lab, sensor)


def mistakes(lab):
    """Each wrong configuration: exit code 3 and one line that names the thing."""
    wrong = [
        ({"type": "redis-strem"}, "redis-stream"),
        ({"url": "http://x"}, "redis://"),
        ({"url": "rediss://x"}, "TLS"),
        ({"type": "jsonl", "url": "/nowhere/x.jsonl"}, "/nowhere/x.jsonl"),
        ({"type": "jsonl", "url": ""}, "needs url"),
        ({"password_file": "/nowhere/pw"}, "/nowhere/pw"),
    ]
    for options, words in wrong:
        sensor = lab.sensor(upto=1, **options)
        assert sensor.process.wait(10) == 3, options
        assert words in sensor.err.read_text().splitlines()[-1], (options, sensor.err.read_text())


SCENARIOS = [
    server_absent, wrong_password, no_password, acl_user, tcp_name_database_and_client_name, no_client_command, wrong_type,
    wrong_type_of_a_list, out_of_memory, read_only_replica, flushed, forgot_its_tail, answer_lost, store_forgotten,
    stopped_server, slow_server, hostile_server, mistakes,
]


def main():
    names = sys.argv[2:]
    for scenario in SCENARIOS:
        if names and scenario.__name__ not in names:
            continue
        began = time.monotonic()
        with Lab(sys.argv[1]) as lab:
            try:
                scenario(lab)
            except BaseException:
                print(f"{scenario.__name__}: FAILED")
                for log in lab.dir.glob("sensor.*"):
                    print(f"--- {log.name}\n{log.read_text()[-3000:]}")
                raise
        print(f"{scenario.__name__}: ok, {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()

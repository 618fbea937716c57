"""A private redis-server and a delivery_sensor, for the delivery tests: with Lab(sys.argv[1]) as lab: ...

Everything lives in a temporary folder and ends with the Lab. The server listens on a unix socket, and on a free
loopback port where a test asks for TCP. Clients here speak RESP themselves: no package is needed.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SKIPPED = 77


def skip(why):
    print(f"skip: {why}")
    sys.exit(SKIPPED)


class RedisError(Exception):
    pass


class Client:
    """One connection: client("XLEN", key) returns the reply, an error reply raises."""

    def __init__(self, path, timeout=10.0):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rb")

    def send(self, *args):
        parts = [b"*%d\r\n" % len(args)]
        for arg in args:
            data = arg if isinstance(arg, bytes) else str(arg).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.sock.sendall(b"".join(parts))

    def reply(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        raise ConnectionError(f"not RESP: {line!r}")

    def __call__(self, *args):
        self.send(*args)
        return self.reply()

    def close(self):
        self.file.close()
        self.sock.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, test, seconds=20.0, every=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = test()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


class Sensor:
    """A delivery_sensor under way; told() is its last state line."""

    def __init__(self, program, folder, options):
        self.out = folder / "sensor.out"
        self.err = folder / "sensor.log"
        args = [f"{k}={v}" for k, v in options.items()]
        with open(self.out, "wb") as out, open(self.err, "ab") as err:
            self.process = subprocess.Popen([program, *args], stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def told(self):
        lines = self.out.read_text().splitlines()
        return json.loads(lines[-1]) if lines and lines[-1].endswith("}") else {"up": False, "why": ""}

    def wait_why(self, words, seconds=15.0):
        """Until it is down for a reason that holds these words."""
        return wait_for(f"down because of {words!r}, last: {self.told()}",
                        lambda: not self.told()["up"] and words in self.told()["why"] and self.told(), seconds)

    def wait_end(self, seconds=60.0):
        """Until it has delivered everything; its last line."""
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not delivered in {seconds} s: {self.told()}") from None
        assert code == 0, f"delivery_sensor: exit {code}\n{self.err.read_text()[-3000:]}"
        return self.told()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def rss_kib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0


class Lab:
    def __init__(self, program):
        self.program = program
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="earshot-delivery."))
        self.socket = self.dir / "redis.sock"
        self.url = f"redis+unix://{self.socket}"
        self.port = 0
        self.server = None
        self.sensors = []

    def __enter__(self):
        if not shutil.which("redis-server"):
            skip("redis-server is not installed")
        return self

    def __exit__(self, *_):
        for s in self.sensors:
            if s.process.poll() is None:
                s.kill()
        self.kill_server()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start_server(self, *options):
        """Start it on the data that is there, and wait until it has read them."""
        self.socket.unlink(missing_ok=True)
        with open(self.dir / "redis.log", "ab") as log:
            self.server = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", str(self.socket), "--dir", str(self.dir),
                 "--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--daemonize", "no", *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def answers():
            assert self.server.poll() is None, (self.dir / "redis.log").read_text()[-2000:]
            try:
                self.client().close()
                return True
            except OSError:
                return False
        wait_for("redis-server answers", answers)

    def kill_server(self):
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None

    def cut_aof(self, octets):
        """What a power cut does to a server that syncs once a second: the end of its log is missing."""
        logs = sorted(self.dir.glob("appendonlydir/*.incr.aof"))
        size = logs[-1].stat().st_size
        os.truncate(logs[-1], max(0, size - octets))

    def pause_server(self):
        os.kill(self.server.pid, signal.SIGSTOP)

    def resume_server(self):
        os.kill(self.server.pid, signal.SIGCONT)

    def client(self):
        return Client(self.socket)

    def call(self, *args):
        c = self.client()
        try:
            return c(*args)
        finally:
            c.close()

    def sensor(self, **options):
        state = self.dir / "state"
        state.mkdir(exist_ok=True)
        s = Sensor(self.program, self.dir, {"dir": state, "url": self.url, "key": "events", **options})
        self.sensors.append(s)
        return s

    def new_state(self):
        shutil.rmtree(self.dir / "state", ignore_errors=True)


def fields(entry):
    return dict(zip(entry[1][::2], entry[1][1::2]))


def check_stream(entries, total, first=1):
    """Every event once and in order, ids rising, fields as documented."""
    numbers, sequences, last = [], [], (0, 0)
    for entry in entries:
        f = fields(entry)
        event = json.loads(f[b"event"])
        assert set(f) == {b"event", b"id", b"code"}, f
        assert f[b"id"].decode() == event["event"]["id"] and f[b"code"] == b"host.new", f
        numbers.append(event["n"])
        sequences.append(event["event"]["sequence"])
        now = tuple(map(int, entry[0].split(b"-")))
        assert now > last, (now, last)
        last = now
    expected = list(range(first, first + total))
    missing = sorted(set(expected) - set(numbers))
    assert numbers == expected, f"{len(numbers)} of {total}, missing {missing[:10]}, twice {len(numbers) - len(set(numbers))}"
    assert sequences == sorted(set(sequences)), "sequence does not rise"

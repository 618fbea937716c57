"""From the SYN-ACK on the wire to the finding in Redis: measure(EARSHOT, rounds) yields one result.

Real parts in namespaces: a web server per round starts listening, a client connects once, tcpdump on the sensor's
interface gives the time of the SYN-ACK, Redis' own stream id gives the time the finding was there.
"""
import json
import os
import statistics
import sys

from netlab import Net, wait_for

SETTLE_MS = 100
CONFIG = """
sensor: {{name: bench}}
state_dir: {dir}/state
capture: {{interfaces: [eth0]}}
probing:
  enabled: true
  scope: [10.98.0.0/24]
  scripts: "banner"
  datadirs: [/usr/share/nmap]
  settle: {settle}ms
  rate: 1000
  rate_host: 1000
  rate_net: 1000
publish:
  - {{type: redis-list, url: "redis+unix://{dir}/redis.sock", key: events}}
"""
SERVER = """
import socket, sys, threading
def serve(port):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("10.98.0.10", port)); s.listen(16)
    while True:
        c, _ = s.accept(); c.sendall(b"220 ready\\r\\n"); c.close()
for port in map(int, sys.argv[1:]):
    threading.Thread(target=serve, args=(port,)).start()
"""


def syn_acks(net, sensor, path):
    """port -> time of its first SYN-ACK, ms."""
    text = net.run(sensor, "tcpdump", "-tt", "-n", "-r", path, "tcp[13] & 18 = 18 and src host 10.98.0.10").stdout
    out = {}
    for line in text.splitlines():
        words = line.split()
        out.setdefault(int(words[2].rsplit(".", 1)[1]), float(words[0]) * 1000)
    return out


def measure(earshot, rounds):
    ports = [2100 + i for i in range(max(rounds, 5))]
    with Net("b") as net:
        sensor = net.host("sensor", "10.98.0.250", "02:eb:00:00:00:fa")
        server = net.host("web", "10.98.0.10", "02:eb:00:00:00:10")
        client = net.host("client", "10.98.0.20", "02:eb:00:00:00:20")
        net.start(sensor, "redis-server", "--port", "0", "--unixsocket", net.dir / "redis.sock", "--unixsocketperm", "777", "--save", "")
        config = net.dir / "earshot.yaml"
        config.write_text(CONFIG.format(dir=net.dir, settle=SETTLE_MS))
        net.start(sensor, earshot, "run", "-c", config, log="earshot.log")
        trace = net.dir / "wire.pcap"
        net.start(sensor, "tcpdump", "-U", "-w", trace, "-i", "eth0", "tcp", log="tcpdump.log")
        net.start(server, sys.executable, "-c", SERVER, *ports)
        watcher = net.start(sensor, sys.executable, "-c", WATCH, net.dir / "redis.sock", log="watch.log")
        wait_for("the sensor is up", lambda: net.run(sensor, earshot, "status", "-c", config, check=False).returncode == 0)
        for i, port in enumerate(ports):
            wait_for("a connection", lambda p=port: net.run(
                client, sys.executable, "-c", f"import socket; socket.create_connection(('10.98.0.10', {p}), 2).recv(9)",
                check=False).returncode == 0)
            wait_for("its finding", lambda n=i: len((net.dir / "watch.log").read_text().splitlines()) > n, 30)
        net.stop(watcher)
        heard = syn_acks(net, sensor, trace)
        took = []
        for line in (net.dir / "watch.log").read_text().splitlines():
            at, port = line.split()
            took.append(float(at) - heard[int(port)] - SETTLE_MS)
        yield {"settle_ms": SETTLE_MS, "rounds": len(took), "median_ms": round(statistics.median(took), 1),
               "max_ms": round(max(took), 1)}


# Pops the list as a consumer would and notes when a finding of banner came out.
WATCH = """
import json, socket, sys, time
s = socket.socket(socket.AF_UNIX)
while True:
    try:
        s.connect(sys.argv[1]); break
    except OSError:
        time.sleep(0.05)
f = s.makefile("rb")
while True:
    s.sendall(b"*3\\r\\n$5\\r\\nBLPOP\\r\\n$6\\r\\nevents\\r\\n$1\\r\\n0\\r\\n")
    f.readline(); f.readline(); f.readline()
    data = f.read(int(f.readline()[1:]) + 2)
    now = time.time() * 1000
    event = json.loads(data)
    if event["event"]["code"] == "finding.info":
        print(now, event["server"]["port"], flush=True)
"""

if __name__ == "__main__":
    for result in measure(os.path.abspath(sys.argv[1]), 5):
        print(json.dumps(result))

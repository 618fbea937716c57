#!/usr/bin/env python3
"""The main job, end to end, with real parts: main_job.py EARSHOT

A hub with four hosts: the sensor, a web host inside the scope, a client, and a host outside the scope. nginx and sshd
start after the sensor; the client asks each of them once. Then a real Redis stream must hold what was heard
(host.new, service.new) and what was asked (findings of http-title and ssh-hostkey), the outside host must be heard
and must not have received one frame of the sensor's (counted on its own interface), and plan and audit must say why.
"""
import json
import subprocess
import sys
import time

from netlab import Net, need, wait_for

EARSHOT = sys.argv[1]
KEY = "earshot:{e2e}:events"
CONFIG = """
sensor:
  name: e2e
state_dir: {dir}/state
capture:
  interfaces: [eth0]
probing:
  enabled: true
  scope: [10.99.0.0/26]
  scripts: "http-title or ssh-hostkey"
  datadirs: [/usr/share/nmap]
  settle: 1s
publish:
  - type: redis-stream
    url: "redis+unix://{dir}/redis.sock"
    key: "{key}"
"""
NGINX = """
daemon off; pid {dir}/nginx.pid; error_log {dir}/nginx.err; worker_processes 1;
events {{ worker_connections 64; }}
http {{ access_log off; server {{ listen 10.99.0.10:80; location / {{ default_type text/html;
  return 200 "<html><head><title>Door of the test</title></head><body>x</body></html>"; }} }} }}
"""


def events(net, ns):
    out = net.run(ns, "redis-cli", "-s", net.dir / "redis.sock", "--json", "XRANGE", KEY, "-", "+").stdout
    found = []
    for entry in json.loads(out or "[]"):
        fields = entry[1]
        pairs = dict(zip(fields[::2], fields[1::2])) if isinstance(fields, list) else fields
        event = json.loads(pairs["event"])
        assert pairs["code"] == event["event"]["code"], pairs
        found.append(event)
    return found


def codes(found, ip):
    return {e["event"]["code"] for e in found if ip in e.get("related", {}).get("ip", [])}


def finding(found, script, ip):
    for e in found:
        if e["event"]["code"] == "finding.info" and e["rule"]["name"] == script and e["server"]["ip"] == ip:
            return e
    return None


def main():
    need("nginx", "sshd", "redis-server", "redis-cli", "tcpdump", "curl", "ssh-keyscan", "nmap")
    with Net("m") as net:
        sensor = net.host("sensor", "10.99.0.250", "02:ea:00:00:00:fa")
        web = net.host("web", "10.99.0.10", "02:ea:00:00:00:10")
        client = net.host("client", "10.99.0.20", "02:ea:00:00:00:20")
        outside = net.host("out", "10.99.0.66", "02:ea:00:00:00:66")
        counted = net.dir / "out.pcap"
        net.start(outside, "tcpdump", "-U", "-w", counted, "-i", "eth0", log="tcpdump.log")
        net.start(sensor, "redis-server", "--port", "0", "--unixsocket", net.dir / "redis.sock", "--unixsocketperm", "777", "--save", "", log="redis.log")
        config = net.dir / "earshot.yaml"
        config.write_text(CONFIG.format(dir=net.dir, key=KEY))
        run = net.start(sensor, EARSHOT, "run", "-c", config, log="earshot.log")
        wait_for("the sensor is up", lambda: net.run(sensor, EARSHOT, "status", "-c", config, check=False).returncode == 0)

        (net.dir / "nginx.conf").write_text(NGINX.format(dir=net.dir))
        net.start(web, "nginx", "-c", net.dir / "nginx.conf", log="nginx.log")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", net.dir / "hostkey"], check=True)
        subprocess.run(["mkdir", "-p", "/run/sshd"], check=True)
        net.start(web, "/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", net.dir / "hostkey", log="sshd.log")
        net.start(outside, sys.executable, "-m", "http.server", "80", "--bind", "10.99.0.66", log="out.log")
        began = time.monotonic()
        for host in ("10.99.0.10", "10.99.0.66"):
            wait_for(f"{host} serves", lambda h=host: net.run(client, "curl", "-s", "-m", "2", f"http://{h}/", check=False).returncode == 0)
        wait_for("sshd serves", lambda: "ssh-ed25519" in net.run(client, "ssh-keyscan", "-T", "2", "10.99.0.10", check=False).stdout)

        def complete():
            found = events(net, sensor)
            return found if finding(found, "http-title", "10.99.0.10") and finding(found, "ssh-hostkey", "10.99.0.10") else None
        try:
            found = wait_for("both findings are in the stream", complete, 40)
        except AssertionError:
            print((net.dir / "earshot.log").read_text()[-4000:])
            raise
        print(f"findings after {time.monotonic() - began:.1f} s")

        assert {"host.new", "service.new", "finding.info"} <= codes(found, "10.99.0.10"), codes(found, "10.99.0.10")
        assert {"host.new", "service.new"} <= codes(found, "10.99.0.66"), codes(found, "10.99.0.66")
        assert "finding.info" not in codes(found, "10.99.0.66")
        title = finding(found, "http-title", "10.99.0.10")
        assert "Door of the test" in json.dumps(title["earshot"]["finding"]), title
        assert title["earshot"]["finding"]["data"]["title"] == "Door of the test", title
        sequence = [e["event"]["sequence"] for e in found]
        assert sequence == list(range(sequence[0], sequence[0] + len(sequence))), sequence
        ids = [e["event"]["id"] for e in found]
        assert len(set(ids)) == len(ids), "an event.id stands twice"

        # These MACs are locally administered: no identity, but ARP told them and the list shows them.
        listed = [json.loads(line) for line in net.run(sensor, EARSHOT, "hosts", "--json", "-c", config).stdout.splitlines()]
        macs = {ip: h.get("mac") for h in listed for ip in h["addresses"]}
        assert macs["10.99.0.10"] == "02:ea:00:00:00:10" and macs["10.99.0.20"] == "02:ea:00:00:00:20", listed
        new = next(e for e in found if e["event"]["code"] == "host.new" and "10.99.0.10" in e["host"]["ip"])
        assert new["host"]["mac"] == ["02-EA-00-00-00-10"], new

        plan = [json.loads(line) for line in net.run(sensor, EARSHOT, "plan", "--json", "-c", config).stdout.splitlines()]
        refused = [p for p in plan if p.get("ip") == "10.99.0.66"]
        assert refused and not refused[0]["ask"] and refused[0]["reason"], plan
        asked = [p for p in plan if p.get("ip") == "10.99.0.10"]
        assert asked and asked[0]["ask"], plan
        audits = [e for e in found if e["event"]["code"] == "probe.audit"]
        assert audits and {e["destination"]["ip"] for e in audits} == {"10.99.0.10"}, audits

        halted = net.run(sensor, EARSHOT, "halt", "-c", config)
        assert halted.returncode == 0
        net.stop(run)
        assert "halted" in net.run(sensor, EARSHOT, "status", "-c", config, check=False).stdout
        frames = net.run(outside, "tcpdump", "-n", "-e", "-r", counted,
                         "ether src 02:ea:00:00:00:fa and (dst host 10.99.0.66 or (arp and arp[24:4] = 0x0a630042))").stdout
        assert not frames.strip(), f"the host outside the scope was contacted:\n{frames}"
    print("main job: heard, asked, told; nobody outside the scope was touched")


if __name__ == "__main__":
    main()

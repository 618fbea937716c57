#!/usr/bin/env python3
"""The promises about whom the sensor contacts, with real packets: safety.py EARSHOT [CHECK...]

Every check has a hub of its own on which all frames are recorded; what counts is what was on the wire, not what
earshot says of it. Each has something that must be there too (an answer, a contact), so that silence proves nothing by
accident. The scope is 10.99.0.0/26 everywhere; the sensor is 10.99.0.250.
"""
import contextlib
import json
import pathlib
import shutil
import socket
import struct
import sys
import time

from netlab import Net, need, wait_for

EARSHOT = sys.argv[1]
SENSOR_MAC = "02:ea:00:00:00:fa"
FROM_SENSOR = f"ether src {SENSOR_MAC}"
CONFIG = """
sensor: {{name: safety}}
state_dir: {dir}/state
capture:
  interfaces: [eth0]
probing:
  datadirs: [{datadirs}]
  settle: 300ms
{probing}
publish:
  - type: jsonl
    url: "{dir}/state/events.jsonl"
"""
SCOPE = "  scope: [10.99.0.0/26]\n"

# A server that accepts and never says a word; what it got is told on standard output.
MUTE = """
import socket, sys
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
held = []
while True:
    held.append(server.accept())
    print(held[-1][1][0], flush=True)
"""
# Answers every question about services with one service of its own.
MDNS = """
import socket, struct
NAME = lambda text: b"".join(bytes([len(w)]) + w.encode() for w in text.split(".")) + bytes(1)
def record(name, kind, data):
    return NAME(name) + struct.pack(">HHIH", kind, 1, 120, len(data)) + data
ALL, KIND, DOOR = "_services._dns-sd._udp.local", "_http._tcp.local", "Door._http._tcp.local"
ANSWERS = {
    ALL: [record(ALL, 12, NAME(KIND))],
    KIND: [record(KIND, 12, NAME(DOOR)), record(DOOR, 33, struct.pack(">HHH", 0, 0, 8080) + NAME("door.local")),
           record(DOOR, 16, bytes([6]) + b"path=/"), record("door.local", 1, socket.inet_aton("10.99.0.10"))],
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 5353))
server.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + socket.inet_aton("10.99.0.10"))
print("ready", flush=True)
while True:
    query, sender = server.recvfrom(2048)
    words, at = [], 12
    while query[at]:
        words.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    answers = ANSWERS.get(".".join(words))
    if answers and not query[2] & 0x80:
        head = query[:2] + struct.pack(">HHHHH", 0x8400, 1, 1, 0, len(answers) - 1)
        server.sendto(head + query[12:at + 5] + b"".join(answers), sender)
"""
# Sends everybody elsewhere: by redirects, and by the address that FTP's passive mode names.
HOSTILE = """
import socket, threading
TO = iter(range(1, 200))
def http(client):
    while client.recv(4096):
        to = ("http://198.51.100.14/", "http://10.99.0.10:9100/", "//198.51.100.14/")[next(TO) % 3]
        client.sendall(f"HTTP/1.1 302 Found\\r\\nLocation: {to}\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n".encode())
        client.close()
        return
def ftp(client):
    client.sendall(b"220 come in\\r\\n")
    for line in client.makefile("rb"):
        word = line[:4].upper().strip()
        answer = {b"USER": "331 who", b"PASS": "230 well", b"PASV": "227 Entering Passive Mode (198,51,100,15,4,1)",
                  b"QUIT": "221 bye"}.get(word, "500 no")
        client.sendall(answer.encode() + b"\\r\\n")
def serve(port, speak):
    server = socket.create_server(("0.0.0.0", port))
    while True:
        client, _ = server.accept()
        threading.Thread(target=lambda: speak(client), daemon=True).start()
threading.Thread(target=serve, args=(21, ftp), daemon=True).start()
serve(80, http)
"""
# Tries every way out that a script has. What it may do (the last two) must work, or the others prove nothing.
ESCAPE = r"""
categories = { "safe", "discovery" }
local http = require "http"
local nmap = require "nmap"
local stdnse = require "stdnse"
local target = require "target"
portrule = function(_, port) return port.number == 80 end
local MAC <const> = "\x02\xea\0\0\0\xfa"
local function ip(to)
  local from = string.pack("BBBB", 10, 99, 0, 250)
  return string.pack(">BBI2I2I2BBI2", 0x45, 0, 32, 1, 0, 64, 17, 0) .. from .. to ..
    string.pack(">I2I2I2I2", 4000, 4001, 12, 0) .. "wire"
end
local function tcp(to, port)
  local s = nmap.new_socket()
  s:set_timeout(500)
  return s:connect(to, port)
end
local function anywhere() return function() return true end end
local function octets(...) return string.char(...) end
local tries = {
  function() return tcp("198.51.100.1", 80) end,
  function() return nmap.resolve("name.safety.test") end,
  function() return tcp("name.safety.test", 80) end,
  function() return nmap.new_socket("udp"):sendto("198.51.100.3", 53, "x") end,
  function()
    local s = nmap.new_socket("udp")
    return s:connect("198.51.100.4", 161) and s:send("x")
  end,
  function()
    local d = nmap.new_dnet()
    d:ip_open()
    return d:ip_send(ip(octets(198, 51, 100, 5)))
  end,
  function()
    local d = nmap.new_dnet()
    d:ip_open()
    return d:ip_send(ip(octets(198, 51, 100, 5)), "10.99.0.10")
  end,
  function()
    local d = nmap.new_dnet()
    d:ethernet_open("eth0")
    return d:ethernet_send("\xff\xff\xff\xff\xff\xff" .. MAC .. "\x08\0" .. ip(octets(198, 51, 100, 6)))
  end,
  function()
    local d = nmap.new_dnet()
    d:ethernet_open("eth0")
    return d:ethernet_send("\xff\xff\xff\xff\xff\xff" .. MAC .. "\x08\x06\0\1\x08\0\6\4\0\1" .. MAC ..
      octets(10, 99, 0, 250) .. "\0\0\0\0\0\0" .. octets(10, 99, 0, 77))
  end,
  function() return tcp("10.99.0.66", 22) end,
  function() return tcp("2001:db8::9", 80) end,
  function() return tcp("::ffff:198.51.100.11", 80) end,
  function() return tcp("3325256720", 80) end,
  function() return tcp("10.99.0.10", 9100) end,
  function() return tcp("127.0.0.1", 80) end,
  function() return nmap.new_socket("udp"):sendto("255.255.255.255", 67, "x") end,
  function() return nmap.new_socket("udp"):sendto("224.0.0.251", 5353, "x") end,
  function()
    return http.get_url("http://198.51.100.13/", { redirect_ok = true }).status
  end,
}
action = function(host, port)
  local out = {}
  for i, try in ipairs(tries) do
    local ran, ok = pcall(try)
    if ran and ok then
      out[#out + 1] = ("way %d is open"):format(i)
    end
  end
  for _ = 1, 3 do
    http.get(host, port, "/", { redirect_ok = anywhere, no_cache = true })
  end
  target.add("198.51.100.17")
  local raw, err = pcall(function()
    local d = nmap.new_dnet()
    d:ip_open()
    return assert(d:ip_send(ip(octets(10, 99, 0, 10)), "10.99.0.10"))
  end)
  return ("inside %s, raw %s; %s"):format(tcp("10.99.0.10", 80), raw or err, table.concat(out, ", "))
end
"""
REFUSED = {f"198.51.100.{n}" for n in (1, 3, 4, 5, 6, 11, 13, 14)} | {
    "203.0.113.53", "10.99.0.77", "10.99.0.66", "2001:db8::9", "10.99.0.10", "127.0.0.1", "255.255.255.255", "224.0.0.251"}


SCRIPTS = {"escape": "discovery", "http-title": "discovery", "ftp-anon": "discovery", "banner": "discovery",
           "broadcast-dns-service-discovery": "broadcast"}


class Lab:
    """A net with a sensor in it, everything on its hub recorded."""

    def __init__(self, net, probing, datadirs="{dir}/data, /usr/share/nmap"):  # none: earshot's own
        self.net = net
        self.sensor = net.host("sensor", "10.99.0.250", SENSOR_MAC)
        self.config = net.dir / "earshot.yaml"
        self.config.write_text(CONFIG.format(
            dir=net.dir, probing=probing, datadirs=datadirs.format(dir=net.dir)))
        folder = net.dir / "data" / "scripts"
        folder.mkdir(parents=True)
        # The first list of scripts that is found counts, so this one names those of the later folders too.
        (folder / "script.db").write_text("".join(
            f'Entry {{ filename = "{name}.nse", categories = {{ "{kind}", "safe", }} }}\n' for name, kind in SCRIPTS.items()))
        self.pcap = net.dir / "hub.pcap"
        net.start(net.hub, "tcpdump", "--immediate-mode", "-U", "-i", "br0", "-w", self.pcap, log="tcpdump.log")
        wait_for("tcpdump listens", lambda: "listening" in (net.dir / "tcpdump.log").read_text())
        self.process = None

    def up(self):
        self.process = self.net.start(self.sensor, EARSHOT, "run", "-c", self.config, log="earshot.log")
        wait_for("the sensor is up", lambda: self.call("status").returncode == 0)

    def down(self):
        self.net.stop(self.process)

    def call(self, *words):
        return self.net.run(self.sensor, EARSHOT, *words, "-c", self.config, check=False)

    def script(self, name, text):
        (self.net.dir / "data" / "scripts" / f"{name}.nse").write_text(
            f'description = "A test."\nauthor = "The earshot developers"\nlicense = "Apache-2.0"\n{text}')

    def events(self, code=None):
        """What the publisher wrote, whole lines only."""
        path = self.net.dir / "state" / "events.jsonl"
        text = path.read_text() if path.exists() else ""
        all_of = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return [e for e in all_of if code in (None, e["event"]["code"])]

    def frames(self, what):
        """Recorded frames that match, as (seconds, text); tcpdump is a frame or two behind at most."""
        out = self.net.run(self.net.hub, "tcpdump", "-tt", "-n", "-e", "-r", self.pcap, what).stdout
        return [(float(line.split()[0]), line) for line in out.splitlines()]

    def serve(self, ns, program, *args, log):
        return self.net.start(ns, sys.executable, "-c", program, *args, log=log)

    def talk(self, ns, ip, port):
        """Connect once, so that the sensor hears both ends."""
        program = f"import socket; socket.create_connection(('{ip}', {port}), 1).close()"
        wait_for(f"{ip} port {port} is open",
                 lambda: self.net.run(ns, sys.executable, "-c", program, check=False).returncode == 0)


@contextlib.contextmanager
def lab(name, probing, **kw):
    with Net(name) as net:
        room = Lab(net, probing, **kw)
        try:
            yield room
        except BaseException:
            log = net.dir / "earshot.log"
            print(log.read_text()[-4000:] if log.exists() else "earshot did not start")
            print("\n".join(line for _, line in room.frames(FROM_SENSOR)[-40:]))
            raise


def findings(room, script):
    return [e for e in room.events("finding.info") if e["rule"]["name"] == script]


BROADCAST = """
  scripts: "http-title"
  broadcast:
    scripts: "broadcast-dns-service-discovery or mdns-discover"
    every: 1h
    interfaces: [eth0]
"""


def check_broadcast():
    """Everybody on a link is asked where a scope is set; who answers becomes an asset."""
    for script, kw in (("broadcast-dns-service-discovery", {}), ("mdns-discover", {"datadirs": ""})):
        ask_everybody(script, kw)


def ask_everybody(script, kw):
    with lab("b", SCOPE + BROADCAST, **kw) as room:
        door = room.net.host("door", "10.99.0.10", "02:ea:00:00:00:10")
        room.serve(door, MDNS, log="mdns.log")
        wait_for("the responder is ready", lambda: "ready" in (room.net.dir / "mdns.log").read_text())
        room.up()
        found = wait_for(f"{script} reports", lambda: findings(room, script), 15)
        assert found[0]["earshot"]["finding"]["rule"] == "prerule", found
        assert "10.99.0.10" in found[0]["earshot"]["finding"]["output"], found
        wait_for("who answered is an asset",
                 lambda: any("10.99.0.10" in e["host"]["ip"] for e in room.events("host.new")))
        assert room.frames(f"{FROM_SENSOR} and dst host 224.0.0.251 and udp port 5353")


def check_no_broadcast():
    """Without a scope nothing is broadcast, whatever the rest of the configuration says."""
    with lab("n", BROADCAST) as room:
        other = room.net.host("other", "10.99.0.10", "02:ea:00:00:00:10")
        room.up()
        room.serve(other, MUTE, "80", log="mute.log")
        client = room.net.host("client", "10.99.0.20", "02:ea:00:00:00:20")
        room.talk(client, "10.99.0.10", 80)
        wait_for("the service is heard", lambda: room.events("service.new"))
        time.sleep(2)
        assert room.frames("host 10.99.0.20"), "nothing was recorded"
        assert not room.frames(f"{FROM_SENSOR} and (ip or arp)")


def check_halt():
    """Halted is silent within a second, also over a restart, and can be ended."""
    with lab("h", SCOPE + '  scripts: "http-title"\n') as room:
        slow = room.net.host("slow", "10.99.0.10", "02:ea:00:00:00:10")
        later = room.net.host("later", "10.99.0.11", "02:ea:00:00:00:11")
        client = room.net.host("client", "10.99.0.20", "02:ea:00:00:00:20")
        asked = room.net.dir / "mute10.log"
        asked_later = room.net.dir / "mute11.log"
        room.up()
        room.serve(slow, MUTE, "80", log=asked.name)
        room.talk(client, "10.99.0.10", 80)
        wait_for("the mute server is asked", lambda: "10.99.0.250" in asked.read_text())
        connections = lambda: room.net.run(room.sensor, "ss", "-Htn", "state", "established", "dst", "10.99.0.10").stdout
        wait_for("the request was sent", lambda: room.frames(f"{FROM_SENSOR} and tcp[tcpflags] & tcp-push != 0"))
        assert connections().strip(), "no connection is open"
        halted = time.time()
        assert room.call("halt").returncode == 0
        wait_for("connections are closed", lambda: not connections().strip(), 1)
        wait_for("the halt is told", lambda: room.events("probe.halted"), 3)
        room.serve(later, MUTE, "80", log=asked_later.name)
        room.talk(client, "10.99.0.11", 80)
        wait_for("it still hears", lambda: any(e["server"]["ip"] == "10.99.0.11" for e in room.events("service.new")))
        time.sleep(1)
        room.down()
        room.up()
        assert "halted" in room.call("status").stdout
        time.sleep(2)
        resumed = time.time()
        assert room.call("resume").returncode == 0
        wait_for("the events are there", lambda: room.events("probe.resumed"), 3)
        wait_for("it goes on", lambda: "10.99.0.250" in asked_later.read_text(), 6)
        sent = [line for at, line in room.frames(f"{FROM_SENSOR} and (ip or arp)") if halted + 1 < at < resumed]
        assert not sent, "sent while halted:\n" + "\n".join(sent)


def check_sinkhole():
    """A hostile server inside the scope and a hostile script cannot make the sensor touch anybody else."""
    with lab("s", SCOPE + '  raw: true\n  script_args: newtargets\n  scripts: "http-title or ftp-anon or escape"\n') as room:
        net = room.net
        net.host("sink", "10.99.0.254", "02:ea:00:00:00:fe")
        evil = net.host("evil", "10.99.0.10", "02:ea:00:00:00:10")
        client = net.host("client", "10.99.0.20", "02:ea:00:00:00:20")
        net._ip(room.sensor, "route add default via 10.99.0.254")
        net._ip(room.sensor, "addr add fd00:99::fa/64 dev eth0 nodad")
        net._ip(room.sensor, "-6 route add default via fd00:99::1")
        net._ip(room.sensor, "-6 neigh add fd00:99::1 lladdr 02:ea:00:00:00:fe dev eth0 nud permanent")
        room.script("escape", ESCAPE)
        with nameserver(room.sensor, "203.0.113.53"):
            # The wire is what is judged: an ordinary program in the sensor's place is seen to reach the sink.
            for to in ("203.0.113.99", "2001:db8::99"):
                program = f"import socket as s; s.socket(s.AF_INET{'6' if ':' in to else ''}, s.SOCK_DGRAM).sendto(b'x', ('{to}', 99))"
                net.run(room.sensor, sys.executable, "-c", program)
                wait_for(f"{to} goes to the sink", lambda t=to: room.frames(f"{FROM_SENSOR} and ether dst 02:ea:00:00:00:fe and dst host {t}"))
            began = time.time()
            room.up()
            room.serve(evil, HOSTILE, log="hostile.log")
            room.talk(client, "10.99.0.10", 80)
            room.talk(client, "10.99.0.10", 21)
            found = wait_for("the script has tried", lambda: findings(room, "escape"), 25)
            wait_for("ftp and http were asked", lambda: findings(room, "http-title") and findings(room, "ftp-anon"), 25)
            said = found[0]["earshot"]["finding"]["output"]
            assert said.strip() == "inside true, raw true;", said
            refused = {e["destination"]["ip"] for e in room.events("probe.refused")}
            assert REFUSED <= refused, f"not in the audit: {REFUSED - refused}"
            time.sleep(0.5)
        assert room.frames(f"{FROM_SENSOR} and dst host 10.99.0.10 and udp port 4001"), "raw packets do not work at all"
        inside = ("(ip and dst net 10.99.0.0/26 and not dst port 9100) or (arp and arp[6:2] = 2) or"
                  " (arp and arp[24:4] & 0xffffffc0 = 0x0a630000) or (ip6 and dst net ff02::/16)")
        outside = [line for at, line in room.frames(f"{FROM_SENSOR} and not ({inside})") if at > began]
        assert not outside, "left the scope:\n" + "\n".join(outside)


@contextlib.contextmanager
def nameserver(ns, address):
    """A resolv.conf for one namespace, where ip netns exec looks for it."""
    folder = pathlib.Path("/etc/netns") / ns
    folder.mkdir(parents=True)
    (folder / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:1 attempts:1\n")
    try:
        yield
    finally:
        shutil.rmtree(folder)


def ether(to, sender, kind, body):
    mac = lambda text: bytes.fromhex(text.replace(":", ""))
    return mac(to) + mac(sender) + struct.pack(">H", kind) + body


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return ~(total + (total >> 16)) & 0xffff


def ipv4(sender, to, proto, body):
    ends = socket.inet_aton(sender) + socket.inet_aton(to)
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, proto, 0) + ends
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def tcp(sender, to, sport, dport, flags, ack=0):
    body = struct.pack(">HHIIBBHHH", sport, dport, 1000, ack, 0x50, flags, 1024, 0, 0)
    pseudo = socket.inet_aton(sender) + socket.inet_aton(to) + struct.pack(">HH", 6, len(body))
    body = body[:16] + struct.pack(">H", checksum(pseudo + body)) + body[18:]
    return ipv4(sender, to, 6, body)


def udp(sender, to, sport, dport, text):
    return ipv4(sender, to, 17, struct.pack(">HHHH", sport, dport, 8 + len(text), 0) + text)


def arp(kind, mac, sender, to_mac, to):
    octets = lambda text: bytes.fromhex(text.replace(":", ""))
    return (struct.pack(">HHBBH", 1, 0x0800, 6, 4, kind) + octets(mac) + socket.inet_aton(sender) + octets(to_mac) +
            socket.inet_aton(to))


def lies(victim):
    """One-way frames of hosts that do not exist: address, frame. The victim may answer some; nobody hears the answer."""
    everybody, nobody = "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"
    for n, what in enumerate(("syn", "synack", "request", "announce", "reply", "udp", "dns", "known")):
        ip, mac = f"10.99.0.{30 + n}", f"02:ea:00:00:01:{n:02x}"
        at_victim = "02:ea:00:00:00:10"
        if what == "syn":
            yield ip, ether(at_victim, mac, 0x0800, tcp(ip, victim, 40000, 80, 2))
        elif what == "synack":
            yield ip, ether(at_victim, mac, 0x0800, tcp(ip, victim, 80, 40000, 0x12, 77))
        elif what == "request":
            yield ip, ether(everybody, mac, 0x0806, arp(1, mac, ip, nobody, "10.99.0.29"))
        elif what == "announce":
            yield ip, ether(everybody, mac, 0x0806, arp(1, mac, ip, nobody, ip))
        elif what == "reply":
            yield ip, ether(at_victim, mac, 0x0806, arp(2, mac, ip, at_victim, victim))
        elif what == "udp":
            yield ip, ether(at_victim, mac, 0x0800, udp(ip, victim, 5000, 5001, b"hello"))
        elif what == "dns":
            yield ip, ether(at_victim, mac, 0x0800, udp(ip, victim, 53, 5001, bytes.fromhex("0001818000010000000000000161000001" "0001")))
        else:
            # The victim learns where to send its answer, and answers the SYN on the wire.
            yield ip, ether(at_victim, mac, 0x0806, arp(1, mac, ip, nobody, victim))
            yield ip, ether(at_victim, mac, 0x0800, tcp(ip, victim, 40000, 80, 2))


def check_two_way():
    """Invented hosts are heard and never asked; a real one beside them is asked."""
    with lab("t", SCOPE + '  scripts: "banner or http-title"\n') as room:
        real = room.net.host("real", "10.99.0.10", "02:ea:00:00:00:10")
        client = room.net.host("client", "10.99.0.20", "02:ea:00:00:00:20")
        room.net.host("liar", "10.99.0.100", "02:ea:00:00:00:64")
        room.up()
        program = (f"import socket, sys\ns = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\ns.bind(('eth0', 0))\n"
                   "for line in sys.argv[1:]: s.send(bytes.fromhex(line))\n")
        room.serve(real, MUTE, "80", log="mute.log")
        wait_for("the server listens", lambda: ":80" in room.net.run(real, "ss", "-Htln").stdout)
        told = list(lies("10.99.0.10"))
        for _ in range(3):
            room.net.run(f"{room.net.name}-liar", sys.executable, "-c", program, *(frame.hex() for _, frame in told))
            time.sleep(0.3)
        room.talk(client, "10.99.0.10", 80)
        wait_for("the real host is asked", lambda: "10.99.0.250" in (room.net.dir / "mute.log").read_text())
        time.sleep(2)
        invented = sorted({ip for ip, _ in told})
        assert room.frames("src host 10.99.0.10 and dst host 10.99.0.37 and tcp"), "the victim did not answer the lie"
        for ip in invented:
            number = "0x" + socket.inet_aton(ip).hex()
            assert room.frames(f"src host {ip} or (arp and arp[14:4] = {number})"), f"{ip} was not on the wire"
            sent = room.frames(f"{FROM_SENSOR} and (dst host {ip} or (arp and arp[24:4] = {number}))")
            assert not sent, f"{ip} is invented and was contacted:\n" + "\n".join(line for _, line in sent)
        plan = [json.loads(line) for line in room.call("plan", "--json").stdout.splitlines()]
        assert not [p for p in plan if p.get("ip") in invented and p["ask"]], plan


CHECKS = {"broadcast": check_broadcast, "no-broadcast": check_no_broadcast, "halt": check_halt,
          "sinkhole": check_sinkhole, "two-way": check_two_way}


def main():
    need("tcpdump", "ss", "nmap")
    for name in sys.argv[2:] or CHECKS:
        began = time.monotonic()
        CHECKS[name]()
        print(f"{name}: {' '.join(CHECKS[name].__doc__.split())} ({time.monotonic() - began:.1f} s)", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`earshot scan` from outside: scan_test.py EARSHOT REPOSITORY

Servers on loopback, scripts made for the test, the real program. Each test_ function is one case; what is printed
is what an operator would see.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET

DTD = "/usr/share/nmap/nmap.dtd"
HEAD = 'local nmap = require "nmap"\nlocal stdnse = require "stdnse"\ncategories = {"safe"}\n'
SCRIPTS = {
    # Structure, hostile octets and markup, on every port.
    "shapes": 'portrule = function() return true end\n'
              'action = function(h, p) local t = stdnse.output_table() t.text = "<a>\\1\\xff--&"'
              ' t.list = {"x", "y"} return t end\n',
    "host-says": 'hostrule = function() return true end\n'
                 'action = function(h) return ("%s %s"):format(h.ip, h.reason) end\n',
    "before": 'prerule = function() return true end\naction = function() return "pre" end\n',
    "after": 'postrule = function() return true end\naction = function() return "post" end\n',
    "sets": 'portrule = function(h, p) return p.protocol == "udp" end\n'
            'action = function(h, p) p.version = {name = "set", product = "Thing", version = "1.0"}\n'
            ' nmap.set_port_state(h, p, "open") nmap.set_port_version(h, p) end\n',
    "outside": 'hostrule = function() return true end\n'
               'action = function() local s = nmap.new_socket() return tostring(s:connect("127.0.0.9", %d)) end\n',
    "sleeps": 'hostrule = function() return true end\naction = function() stdnse.sleep(60) return "woke" end\n',
    "breaks": 'hostrule = function() return true end\naction = function() error("broken") end\n',
}


class World:
    """A data folder, servers, and a place for reports."""

    def __init__(self, earshot, repository):
        self.earshot, self.repository = earshot, pathlib.Path(repository)
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="scan_test."))
        self.accepted = 0
        self.tcp = self.listen("127.0.0.1")
        self.forbidden = self.listen("127.0.0.9")
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.closed = s.getsockname()[1]
        self.make_data()

    def listen(self, address):
        s = socket.socket()
        s.bind((address, 0))
        s.listen(64)
        threading.Thread(target=self.serve, args=(s, address), daemon=True).start()
        return s.getsockname()[1]

    def serve(self, s, address):
        while True:
            conn, _ = s.accept()
            self.accepted += address == "127.0.0.9"
            conn.close()

    def make_data(self):
        scripts = self.dir / "scripts"
        scripts.mkdir()
        os.symlink(self.repository / "nselib", self.dir / "nselib")
        for name, body in SCRIPTS.items():
            (scripts / f"{name}.nse").write_text(HEAD + (body % self.forbidden if name == "outside" else body))
        (scripts / "script.db").write_text(
            "".join(f'Entry {{ filename = "{n}.nse", categories = {{ "safe", }} }}\n' for n in sorted(SCRIPTS)))

    def command(self, *args):
        return [self.earshot, "scan", "-n", "--datadir", str(self.dir), *map(str, args)]

    def run(self, *args, code=0, **kw):
        p = subprocess.run(self.command(*args), capture_output=True, text=True, timeout=60, **kw)
        assert p.returncode == code, f"exit {p.returncode}, not {code}: {p.stdout}{p.stderr}"
        return p.stdout, p.stderr


def check_xml(path):
    """Valid against Nmap's own DTD where that and xmllint are installed; the tree in any case."""
    if shutil.which("xmllint") and os.path.exists(DTD):
        p = subprocess.run(["xmllint", "--noout", "--dtdvalid", DTD, path], capture_output=True, text=True)
        assert p.returncode == 0, p.stderr
    return ET.parse(path).getroot()


def test_reports_agree(w):
    xml, normal = w.dir / "r.xml", w.dir / "r.txt"
    out, _ = w.run("-sT", "-sU", "-p", f"T:{w.tcp},T:{w.closed},U:{w.udp.getsockname()[1]}",
                   "--script", "shapes,host-says,before,after,sets", "-oX", xml, "-oN", normal, "-v", "127.0.0.1")
    root = check_xml(xml)
    ports = {(p.get("protocol"), int(p.get("portid"))): p for p in root.iter("port")}
    state = {k: p.find("state").get("state") for k, p in ports.items()}
    udp = ("udp", w.udp.getsockname()[1])
    assert state == {("tcp", w.tcp): "open", ("tcp", w.closed): "closed", udp: "open"}, state
    assert ports[udp].find("state").get("reason") == "script-set"
    assert ports[udp].find("service").attrib["product"] == "Thing"
    shapes = ports["tcp", w.tcp].find("script")
    assert shapes.get("output") == "\n  text: <a>\\x01\\xFF--&\n  list: \n    x\n    y", repr(shapes.get("output"))
    assert [e.text for e in shapes.iter("elem")] == ["<a>\\x01\\xFF--&", "x", "y"]
    assert root.find("hostscript") is None and root.find("host/hostscript/script").get("output").startswith("127.0.0.1 ")
    assert root.find("prescript/script").get("output") == "pre"
    assert root.find("postscript/script").get("output") == "post"
    assert root.find("runstats/hosts").attrib == {"up": "1", "down": "0", "total": "1"}
    saved = normal.read_text()
    for line in ("| shapes: ", "|   text: <a>\\x01\\xFF--&", "Host script results:", "|_before: pre", "|_after: post"):
        assert line in out.splitlines() and line in saved.splitlines(), line
    assert re.search(rf"^{w.tcp}/tcp +open +\S+$", out, re.M), out
    assert re.search(r"Completed NSE at \d\d:\d\d, \d+\.\d\ds elapsed", out), out


def test_the_gate_holds_the_targets(w):
    before = w.accepted
    out, _ = w.run("-Pn", "-p", w.tcp, "--script", "outside", "127.0.0.1")
    assert "|_outside: nil" in out or "|_outside: false" in out, out
    assert w.accepted == before
    out, _ = w.run("-Pn", "-sn", "--script", "outside", "127.0.0.1", "127.0.0.9")
    assert "|_outside: true" in out, out
    out, _ = w.run("-Pn", "-sn", "--script", "outside", "--exclude", "127.0.0.9", "127.0.0.1/28")
    assert "|_outside: true" not in out and "127.0.0.9" not in out, out


def test_many_hosts_and_lists(w):
    listed = w.dir / "list"
    listed.write_text("127.0.0.1-3 # some\n\n127.0.0.8/31\n")
    out, _ = w.run("-Pn", "-sn", "--script", "host-says", "-iL", listed, "--max-hostgroup", 2)
    assert re.findall(r"host-says: (\S+)", out) == [f"127.0.0.{i}" for i in (1, 2, 3, 8, 9)], out


def test_ports_beyond_the_list_are_counted(w):
    out, _ = w.run("-p", f"1-200,{w.tcp}", "127.0.0.1")
    assert re.search(r"^Not shown: \d+ closed tcp ports \(conn-refused\)", out, re.M), out
    assert f"{w.tcp}/tcp" in out
    xml = w.dir / "f.xml"
    w.run("-p", f"1-200,{w.tcp}", "-oX", xml, "127.0.0.1")
    root = check_xml(xml)
    count = int(root.find("host/ports/extraports").get("count"))
    assert count + len(root.findall("host/ports/port")) == 201


def test_failures_are_said(w):
    for args, code, text in (
            (["-sV", "h"], 2, "-sV"),
            (["-p", "nosuch", "127.0.0.1"], 2, "nosuch"),
            (["--script", "nosuch", "127.0.0.1"], 2, "nosuch"),
            (["--exclude", "1.2.3.4.5", "127.0.0.1"], 2, "1.2.3.4.5"),
            (["-iL", "/nosuch", "-p", "1"], 1, "/nosuch"),
            (["-oX", "/nosuch/x", "-p", "1", "127.0.0.1"], 1, "/nosuch/x"),
            ([], 2, "no targets")):
        _, err = w.run(*args, code=code)
        assert text in err, (args, err)
    out, err = w.run("-p", "1", "999.1.1.1")
    assert "999.1.1.1" in err and "0 IP addresses" in out, (out, err)
    out, _ = w.run("-Pn", "-sn", "--script", "breaks", "127.0.0.1")
    assert "ERROR: Script execution failed" in out, out


def test_full_disk_is_said(w):
    if not os.path.exists("/dev/full"):
        return
    _, err = w.run("-p", w.tcp, "-oN", "/dev/full", "127.0.0.1", code=1)
    assert "/dev/full" in err, err


def test_interrupt_ends_with_a_report(w):
    xml = w.dir / "i.xml"
    p = subprocess.Popen(w.command("-Pn", "-p", w.tcp, "--script", "sleeps", "-oX", xml, "127.0.0.1"),
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(1.5)
    began = time.time()
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=20)
    assert p.returncode == 5, (p.returncode, out)
    assert time.time() - began < 5, "slow to let go"
    assert f"{w.tcp}/tcp" in out and "woke" not in out, out
    assert check_xml(xml).find("runstats/finished").get("exit") == "error"


def test_timeouts(w):
    began = time.time()
    out, _ = w.run("-Pn", "-p", w.tcp, "--script", "sleeps,host-says", "--script-timeout", "1s", "127.0.0.1")
    assert time.time() - began < 10 and "host-says" in out and "sleeps" not in out, out
    out, _ = w.run("-Pn", "-p", w.tcp, "--script", "sleeps,host-says", "--host-timeout", "1s", "127.0.0.1")
    assert "due to host timeout" in out and "host-says" not in out, out


def test_a_host_that_limits_its_icmp_errors(w):
    """Two namespaces, as loopback is never limited: Linux tells of six closed ports, then of one a second."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("skip the limited host: needs root and ip")
        return
    one, two = f"scan-a{os.getpid()}", f"scan-b{os.getpid()}"

    def ip(*args, check=True):
        subprocess.run(["ip", *args], check=check, capture_output=True)
    try:
        for name in (one, two):
            ip("netns", "add", name)
        ip("link", "add", "v1", "netns", one, "type", "veth", "peer", "name", "v2", "netns", two)
        for name, dev, addr in ((one, "v1", "10.99.0.1/24"), (two, "v2", "10.99.0.2/24")):
            ip("-n", name, "addr", "add", addr, "dev", dev)
            ip("-n", name, "link", "set", dev, "up")
        p = subprocess.run(["ip", "netns", "exec", one, *w.command("-Pn", "-sU", "-p", "2000-2011", "10.99.0.2")],
                           capture_output=True, text=True, timeout=60)
        assert p.stdout.count("/udp closed") == 12, p.stdout + p.stderr
        assert "MAC Address: " in p.stdout
        p = subprocess.run(["ip", "netns", "exec", one, *w.command("-p", "22", "--reason", "10.99.0.2-3")],
                           capture_output=True, text=True, timeout=60)
        assert "received arp-response" in p.stdout and "2 IP addresses (1 host up)" in p.stdout, p.stdout
    finally:
        for name in (one, two):
            ip("netns", "del", name, check=False)


def test_xml_to_standard_output_is_only_xml(w):
    out, _ = w.run("-v", "-p", w.tcp, "--script", "shapes", "-oX", "-", "127.0.0.1")
    assert ET.fromstring(out).tag == "nmaprun"


def test_help_of_scripts(w):
    out, _ = w.run("--script-help", "shapes")
    assert "\nshapes\nCategories: safe\n" in out, out


def main():
    world = World(*sys.argv[1:3])
    tests = {k: f for k, f in globals().items() if k.startswith("test_")}
    failed = 0
    try:
        for name, f in tests.items():
            try:
                f(world)
                print(f"ok   {name}")
            except Exception as e:
                failed += 1
                print(f"FAIL {name}: {type(e).__name__}: {e}")
    finally:
        shutil.rmtree(world.dir, ignore_errors=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Roles that die, hang, are reloaded and halted: roles.py EARSHOT

One host in a namespace of its own, real servers on its loopback. Each role is killed again and again while services
come and go; whatever happens, the others stay, the role is back within a second or two, every event is there once and
in order, and nobody outlives the monitor. What each role may do is read from /proc, not believed.
"""
import json
import os
import pathlib
import random
import signal
import sys
import time

from netlab import Net, need, wait_for

EARSHOT = sys.argv[1]
ROLES = ("capture", "sensor", "engine")
CONFIG = """
sensor: {{name: roles}}
state_dir: {dir}/state
capture:
  interfaces: [lo]
probing:
  scripts: "banner"
  settle: 300ms
  scope: [{scope}]
"""
SERVER = "import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"
NET_RAW = 1 << 13


def status(net, host, config):
    out = net.run(host, EARSHOT, "status", "--json", "-c", config, check=False)
    return json.loads(out.stdout) if out.returncode == 0 and out.stdout else None


def events(net, host, config):
    out = net.run(host, EARSHOT, "events", "--json", "-c", config).stdout
    return [json.loads(line) for line in out.splitlines()]


def pid_of(net, host, config, role):
    now = status(net, host, config)
    return now["roles"][role]["pid"] if now else 0


def wait_role(net, host, config, role, old):
    return wait_for(f"{role} is back", lambda: (lambda pid: pid if pid not in (0, old) else 0)(
        pid_of(net, host, config, role)), 8)


def proc(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def check_privileges(net, host, config, monitor):
    """Users, capabilities and seccomp as the kernel has them."""
    roles = {role: pid_of(net, host, config, role) for role in ROLES}
    for role, pid in {"monitor": monitor, **roles}.items():
        have = proc(pid)
        assert have["Uid"].split()[0] != "0", (role, have["Uid"])
        assert have["Groups"].strip() == "", (role, have["Groups"])
        wanted = NET_RAW if role == "monitor" else 0
        for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
            assert int(have[name], 16) & ~wanted == 0, (role, name, have[name])
        if role != "monitor":
            assert have["Seccomp"].strip() == "2" and have["NoNewPrivs"].strip() == "1", (role, have)
    print("privileges: no role has a capability, a foreign group or a free choice of system calls")


def serve_and_ask(net, host, port):
    net.start(host, sys.executable, "-c", SERVER.format(port=port), log=f"http{port}.log")
    wait_for(f"port {port} answers", lambda: net.run(host, "curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/",
                                                     check=False).returncode == 0)


def heard(net, host, config, port):
    return [e for e in events(net, host, config)
            if e["event"]["code"] == "service.new" and e.get("server", {}).get("port") == port]


def kill_rounds(net, host, config, rounds):
    """Kill roles at random, one after the other; after each round a new service is still heard."""
    random.seed(7)
    for i in range(rounds):
        role = ROLES[i % 3] if i < 3 else random.choice(ROLES)
        old = pid_of(net, host, config, role)
        began = time.monotonic()
        os.kill(old, random.choice((signal.SIGKILL, signal.SIGSEGV)) if i % 2 else signal.SIGKILL)
        wait_role(net, host, config, role, old)
        took = time.monotonic() - began
        port = 18000 + i
        serve_and_ask(net, host, port)
        wait_for(f"port {port} is heard after {role} died",
                 lambda p=port, h=host: net.run(h, "curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{p}/", check=False)
                 and heard(net, h, config, p), 10)
        print(f"{role} killed, back after {took:.1f} s, port {port} heard")
        # A role that lived for a while is started again at once.
        time.sleep(max(0.0, 5.2 - (time.monotonic() - began)))


def check_hang(net, host, config):
    old = pid_of(net, host, config, "engine")
    began = time.monotonic()
    os.kill(old, signal.SIGSTOP)
    wait_for("the hanging engine is replaced", lambda: pid_of(net, host, config, "engine") not in (0, old), 15)
    took = time.monotonic() - began
    assert 4.5 < took < 9, took
    assert status(net, host, config)["roles"]["engine"]["killed"] == 1
    print(f"a hanging engine was killed and replaced after {took:.1f} s")


def check_reload(net, host, config, monitor):
    sensor, capture, engine = (pid_of(net, host, config, r) for r in ("sensor", "capture", "engine"))
    good = config.read_text()
    config.write_text(good + "nonsense: 1\n")
    os.kill(monitor.pid, signal.SIGHUP)
    time.sleep(0.7)
    config.write_text(good)
    assert [pid_of(net, host, config, r) for r in ("sensor", "capture", "engine")] == [sensor, capture, engine]
    config.write_text(good.replace("settle: 300ms", "settle: 400ms"))
    os.kill(monitor.pid, signal.SIGHUP)
    wait_role(net, host, config, "engine", engine)
    wait_role(net, host, config, "sensor", sensor)
    assert pid_of(net, host, config, "capture") == capture
    print("reload: a wrong file changed nothing, a right one only the roles that read what changed")


def check_halt(net, host, config, monitor):
    began = time.monotonic()
    assert net.run(host, EARSHOT, "halt", "-c", config).returncode == 0
    assert status(net, host, config)["halted"]
    assert time.monotonic() - began < 1, "halt took longer than a second"
    serve_and_ask(net, host, 18900)
    wait_for("the service is heard", lambda: heard(net, host, config, 18900), 10)
    time.sleep(1.5)
    # A script may answer from what was heard, without a contact: either shows that it ran.
    asked = lambda: [e for e in events(net, host, config) if e["event"]["code"] in ("probe.audit", "finding.info")
                     and e.get("destination", {}).get("port") == 18900]
    assert not asked(), asked()
    net.run(host, EARSHOT, "resume", "-c", config)
    wait_for("it is asked after resume", asked, 10)
    os.kill(monitor.pid, signal.SIGUSR1)
    wait_for("SIGUSR1 halts", lambda: (status(net, host, config) or {}).get("halted"), 3)
    print("halt silences within a second, holds, and ends by resume")


def check_stream(found):
    sequence = [e["event"]["sequence"] for e in found]
    assert sequence == list(range(sequence[0], sequence[0] + len(sequence))), sequence
    ids = [e["event"]["id"] for e in found]
    assert len(set(ids)) == len(ids), "an event.id stands twice"
    roles = {e["earshot"]["role"]["name"] for e in found if e["event"]["code"] == "sensor.role"}
    assert roles == set(ROLES), roles
    print(f"{len(found)} events, each once and in order; the deaths of {', '.join(sorted(roles))} were told")


def main():
    need("curl")
    with Net("r") as net:
        host = net.host("one", "10.99.1.1", "02:ea:00:00:01:01")
        config = net.dir / "earshot.yaml"
        config.write_text(CONFIG.format(dir=net.dir, scope="127.0.0.1/32"))
        run = net.start(host, EARSHOT, "run", "-c", config, log="earshot.log")
        wait_for("the sensor is up", lambda: status(net, host, config))
        monitor = pathlib.Path(f"/proc/{pid_of(net, host, config, 'sensor')}/status").read_text()
        monitor = int(monitor.split("PPid:")[1].split()[0])
        run.pid = monitor
        check_privileges(net, host, config, monitor)
        time.sleep(5)
        kill_rounds(net, host, config, 5)
        check_hang(net, host, config)
        check_privileges(net, host, config, monitor)
        check_reload(net, host, config, run)
        check_halt(net, host, config, run)
        pids = [pid_of(net, host, config, role) for role in ROLES]
        os.kill(monitor, signal.SIGTERM)
        assert run.wait(10) == 0, run.returncode
        assert not any(pathlib.Path(f"/proc/{p}").exists() for p in pids), pids
        assert net.run(host, EARSHOT, "status", "-c", config, check=False).returncode == 1
        assert not (net.dir / "state" / "control.sock").exists(), "a stale socket is left"
        check_stream(events(net, host, config))
    print("roles: killed, hung, reloaded and halted; nothing lost, nobody left over")


if __name__ == "__main__":
    main()

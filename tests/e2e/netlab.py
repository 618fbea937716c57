"""Hosts in network namespaces on one hub, for end-to-end tests: with Net("x") as net: net.host("web", "10.99.0.10") ...

The hub is a bridge that never learns, so every host hears every frame, as on a SPAN port. Everything a Net made is
removed when it ends: its processes (by pid), its namespaces, its folder.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SKIPPED = 77


def skip(why):
    print(f"skip: {why}")
    sys.exit(SKIPPED)


def need(*programs):
    """Skip, with the reason, where a program or root is missing."""
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")


def wait_for(what, test, seconds=20.0, every=0.05):
    """Poll until test() is true; its value. Fails loudly."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = test()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


class Net:
    def __init__(self, name):
        self.name = f"es{os.getpid() % 10000}{name}"
        self.namespaces, self.processes = [], []
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="earshot-e2e."))
        os.chmod(self.dir, 0o755)

    def __enter__(self):
        self.hub = self._namespace("hub")
        self._ip(self.hub, "link add br0 type bridge ageing_time 0")
        self._ip(self.hub, "link set br0 up")
        return self

    def __exit__(self, *_):
        for p in reversed(self.processes):
            self.stop(p)
        for ns in self.namespaces:
            subprocess.run(["ip", "netns", "del", ns], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def _namespace(self, host):
        ns = f"{self.name}-{host}"
        subprocess.run(["ip", "netns", "add", ns], check=True)
        self.namespaces.append(ns)
        self._ip(ns, "link set lo up")
        return ns

    @staticmethod
    def _ip(ns, args):
        subprocess.run(["ip", "-n", ns, *args.split()], check=True)

    def host(self, name, address, mac):
        """A host on the hub; its eth0 has no offloads, so frames are what a wire would show."""
        ns = self._namespace(name)
        port = f"p{len(self.namespaces)}"
        self._ip(self.hub, f"link add {port} type veth peer name eth0 netns {ns}")
        self._ip(self.hub, f"link set {port} master br0 up")
        self._ip(ns, f"link set eth0 address {mac} up")
        self._ip(ns, f"addr add {address}/24 dev eth0")
        for dev in ("eth0",):
            subprocess.run(["ip", "netns", "exec", ns, "ethtool", "-K", dev, "tx", "off", "tso", "off", "gso", "off"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return ns

    def start(self, ns, *command, log=None, **kw):
        """Start a process inside a namespace; it ends with the Net."""
        out = open(self.dir / log, "wb") if log else subprocess.DEVNULL
        p = subprocess.Popen(["ip", "netns", "exec", ns, *map(str, command)], stdout=out, stderr=subprocess.STDOUT,
                             stdin=subprocess.DEVNULL, start_new_session=True, **kw)
        self.processes.append(p)
        return p

    def run(self, ns, *command, check=True, timeout=60):
        return subprocess.run(["ip", "netns", "exec", ns, *map(str, command)], capture_output=True, text=True,
                              check=check, timeout=timeout)

    @staticmethod
    def stop(p, how=signal.SIGTERM):
        """End a process and what it started (its own session)."""
        if p.poll() is None:
            try:
                os.killpg(p.pid, how)
                p.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                try:
                    os.killpg(p.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
                p.wait(10)

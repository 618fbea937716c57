#!/usr/bin/env python3
"""SSH: a real OpenSSH session's opening (needs ssh, sshd, ssh-keygen), a chatty server, SSH 1, a banner in pieces."""
import pathlib
import socket
import subprocess
import tempfile
import threading

from wire import A, B, C, Pcap, Tcp

LIMIT = 6000  # of each side: identification and key exchange


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def relay(source, sink, side, turns):
    while data := source.recv(65536):
        turns.append((side, data))
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


def record():
    """[(side, octets)] that ssh and sshd say to each other through a relay."""
    turns = []
    with tempfile.TemporaryDirectory() as folder:
        key = pathlib.Path(folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        port = free_port()
        sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", "/dev/null", "-h", key, "-p", str(port),
                                 "-o", "ListenAddress=127.0.0.1", "-o", "PidFile=none"])
        front = socket.create_server(("127.0.0.1", 0))
        ssh = subprocess.Popen(["ssh", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no",
                                "-o", "UserKnownHostsFile=/dev/null", "-p", str(front.getsockname()[1]),
                                "nobody@127.0.0.1", "true"], stderr=subprocess.DEVNULL)
        client, _ = front.accept()
        for _ in range(50):
            try:
                server = socket.create_connection(("127.0.0.1", port))
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.1)
        back = threading.Thread(target=relay, args=(server, client, 1, turns))
        back.start()
        relay(client, server, 0, turns)
        back.join()
        ssh.wait()
        sshd.terminate()
        sshd.wait()
    return turns


turns = record()
with Pcap("ssh") as cap:
    for cport, server, sport in ((40000, B, 22), (40001, C, 2222)):
        tcp, said = Tcp(cap, A, cport, server, sport).open(), [0, 0]
        for side, data in turns:
            if said[side] < LIMIT:
                tcp.say(side, data[:LIMIT - said[side]])
                said[side] += len(data)
        tcp.close()
    tcp = Tcp(cap, A, 40002, B, 2022).open()
    tcp.s("Keep out.\r\nReally.\r\n")
    tcp.s("SSH-2.0-Exam")
    tcp.s("ple_9.1 with a comment\r\n")
    tcp.c("SSH-2.0-probe\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40003, C, 22).open()
    tcp.s("SSH-1.5-OldServer_1.2\n")
    tcp.c("SSH-1.5-OldClient\n")
    tcp.close()
    # A packet length that no SSH has: nothing of what follows is believed, what was told before stands.
    tcp = Tcp(cap, A, 40004, C, 2223).open()
    tcp.s("SSH-2.0-Broken\r\n")
    tcp.s(b"\xff\xff\xff\xff" + bytes(60))
    tcp.close()

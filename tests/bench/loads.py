"""Captures to measure with, written by rule: hosts that talk, as many as asked for.

Every host gets an ARP reply and a TCP handshake with a few octets of HTTP or SSH from a client of its own /24, so a
host costs six packets and brings an address, a MAC and a service.
"""
import struct

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
GREETINGS = (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", b"220 mail.example.net ESMTP Postfix\r\n",
             b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Length: 2\r\n\r\nok")
PORTS = (22, 25, 80)


def ip(n):
    return struct.pack(">I", 0x0A000000 + n)


def mac(n):
    return b"\x00\x1c" + struct.pack(">I", n)


def ethernet(src, dst, kind, body):
    return dst + src + struct.pack(">H", kind) + body


def ipv4(src, dst, proto, body):
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0x4000, 64, proto, 0) + src + dst + body


def tcp(sport, dport, seq, ack, flags, body=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 64240, 0, 0) + body


def packets(hosts):
    """Frames of that many hosts, in an order that revisits each a few times."""
    for n in range(1, hosts + 1):
        server, client = ip(n), ip((n & ~0xFF) | 0xFE)
        smac, cmac = mac(n), mac(0x80000000 | n >> 8)
        port, greeting = PORTS[n % 3], GREETINGS[n % 3]
        cport = 32768 + n % 28000
        yield ethernet(smac, cmac, 0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 2) + smac + server + cmac + client)
        there = lambda *a: ethernet(cmac, smac, 0x0800, ipv4(client, server, 6, tcp(cport, port, *a)))  # noqa: E731
        back = lambda *a: ethernet(smac, cmac, 0x0800, ipv4(server, client, 6, tcp(port, cport, *a)))  # noqa: E731
        yield there(100, 0, 0x02)
        yield back(900, 101, 0x12)
        if port == 80:
            yield there(101, 901, 0x18, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        else:
            yield there(101, 901, 0x10)
        yield back(901, 101, 0x18, greeting)
        yield there(101, 901 + len(greeting), 0x11)


def write(path, hosts):
    """Write the capture; returns how many packets it has."""
    count, t = 0, 1_700_000_000_000_000
    with open(path, "wb", buffering=1 << 20) as f:
        f.write(HEADER)
        for frame in packets(hosts):
            t += 10
            count += 1
            f.write(struct.pack("<IIII", t // 1_000_000, t % 1_000_000, len(frame), len(frame)) + frame)
    return count

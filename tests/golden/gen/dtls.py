#!/usr/bin/env python3
"""DTLS: hellos with a cookie exchange on an odd port, a hello in two fragments, a record of another version."""
import struct

from wire import A, B, C, Pcap


def record(body, kind=22, version=0xfefd):
    return struct.pack("!BHHHIH", kind, version, 0, 0, 1, len(body)) + body


def message(kind, body, offset=0, total=None):
    length = (total or len(body)).to_bytes(3, "big")
    return bytes([kind]) + length + b"\0\0" + offset.to_bytes(3, "big") + len(body).to_bytes(3, "big") + body


def client_hello(cookie=b"", name=b"meter.example.org"):
    sni = struct.pack("!HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    return b"\xfe\xfd" + bytes(32) + b"\0" + bytes([len(cookie)]) + cookie + b"\0\2\xc0\x2b\1\0" \
        + struct.pack("!H", len(sni)) + sni


with Pcap("dtls") as cap:
    cap.udp(A, 40000, B, 10443, record(message(1, client_hello())))
    cap.udp(B, 10443, A, 40000, record(message(3, b"\xfe\xff\4cook")))
    cap.udp(A, 40000, B, 10443, record(message(1, client_hello(b"cook"))))
    cap.udp(B, 10443, A, 40000, record(message(2, b"\xfe\xfd" + bytes(32) + b"\0\xc0\x2b\0")))
    hello = client_hello()
    cap.udp(A, 40001, C, 5684, record(message(1, hello[:40], total=len(hello))))
    cap.udp(C, 5684, A, 40001, record(b"\2\x28", kind=21))
    cap.udp(A, 40002, C, 5685, record(message(1, client_hello()), version=0x0303))
    cap.udp(C, 5685, A, 40002, b"?")

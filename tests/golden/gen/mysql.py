#!/usr/bin/env python3
"""MySQL: a greeting on an odd port, a refused host, TLS behind the client's SSL request."""
import ssl
import struct

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp


def packet(sequence, body):
    return struct.pack("<I", len(body))[:3] + bytes([sequence]) + body


def greeting(version):
    return packet(0, b"\x0a" + version + b"\0" + struct.pack("<I", 9) + b"12345678\0" + b"\xff\xf7\x21\x02\0\xff\x81\x15"
                  + bytes(10) + b"123456789012\0mysql_native_password\0")


folder, pem = certificate("db.example.org", ["db.example.org"])
with Pcap("mysql") as cap:
    tcp = Tcp(cap, A, 40000, B, 13306).open()
    tcp.s(greeting(b"8.0.36-0ubuntu0.22.04.1"))
    tcp.c(packet(1, struct.pack("<IIB", 0x000fa685, 1 << 24, 33) + bytes(23) + b"root\0\0"))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 3306).open()
    text = b"Host '192.0.2.10' is not allowed to connect to this MariaDB server"
    tcp.s(packet(0, b"\xff" + struct.pack("<H", 1130) + text))
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 3307).open()
    tcp.s(greeting(b"5.5.5-10.11.6-MariaDB"))
    tcp.c(packet(1, struct.pack("<IIB", 0x000fae85, 1 << 24, 33) + bytes(23)))
    play(tcp, handshake("db.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()

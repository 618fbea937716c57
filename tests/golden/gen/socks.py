#!/usr/bin/env python3
"""SOCKS: version 5 with a password and TLS inside, version 4, and a first octet that is only like it."""
import ssl
import struct

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp, ip

folder, pem = certificate("inside.example.org", ["inside.example.org"])
with Pcap("socks") as cap:
    tcp = Tcp(cap, A, 40000, B, 1080).open()
    tcp.c(b"\5\1\2")
    tcp.s(b"\5\2")
    tcp.c(b"\1\4user\4pass")
    tcp.s(b"\1\0")
    tcp.c(b"\5\1\0\3\x12inside.example.org" + struct.pack("!H", 443))
    tcp.s(b"\5\0\0\1" + ip(C.ip4) + struct.pack("!H", 443))
    play(tcp, handshake("inside.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    tcp = Tcp(cap, A, 40001, B, 1080).open()
    tcp.c(b"\4\1" + struct.pack("!H", 80) + ip(C.ip4) + b"me\0")
    tcp.s(b"\0\x5a" + bytes(6))
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 1081).open()
    tcp.c(b"\5\3\0")
    tcp.s(b"\5\0")
    tcp.close()

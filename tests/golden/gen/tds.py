#!/usr/bin/env python3
"""TDS: PRELOGIN and the server's version on an odd port, a packet type that is none."""
import struct

from wire import A, B, C, Pcap, Tcp


def tds(kind, body):
    return struct.pack("!BBHHBB", kind, 1, 8 + len(body), 0, 0, 0) + body


def prelogin(version):
    return b"\0\0\x0b\0\6" + b"\1\0\x11\0\1" + b"\xff" + version + b"\2"


with Pcap("tds") as cap:
    tcp = Tcp(cap, A, 40000, B, 11433).open()
    tcp.c(tds(0x12, prelogin(b"\x11\0\0\0\0\0")))
    tcp.s(tds(0x04, prelogin(b"\x10\0\x10\x04\0\0")))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 1433).open()
    tcp.c(tds(0x33, bytes(20)))
    tcp.close()

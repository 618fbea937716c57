#!/usr/bin/env python3
"""ISO transport: an S7 controller on an odd port, something else on 102, a TPKT whose lengths disagree."""
import struct

from wire import A, B, C, Pcap, Tcp

PARAMETERS = b"\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"


def tpkt(tpdu):
    return struct.pack("!BBH", 3, 0, 4 + len(tpdu)) + tpdu


def connect(kind):
    return tpkt(bytes([6 + len(PARAMETERS), kind]) + bytes(5) + PARAMETERS)


with Pcap("cotp") as cap:
    for cport, server, port, payload in ((40000, B, 10102, b"\x32\1"), (40001, C, 102, b"\x0d\x10")):
        tcp = Tcp(cap, A, cport, server, port).open()
        tcp.c(connect(0xe0))
        tcp.s(connect(0xd0))
        tcp.c(tpkt(b"\2\xf0\x80" + payload + bytes(10)))
        tcp.close()
    tcp = Tcp(cap, A, 40002, C, 1102).open()
    tcp.c(tpkt(b"\xff\xe0" + bytes(5) + PARAMETERS))
    tcp.close()

#!/usr/bin/env python3
"""Modbus: a read and its answer, an exception midstream, and other octets on its port."""
import struct

from wire import A, B, C, Pcap, Tcp


def mbap(unit, body, protocol=0):
    return struct.pack("!HHHB", 1, protocol, len(body) + 1, unit) + body


with Pcap("modbus") as cap:
    tcp = Tcp(cap, A, 40000, B, 502).open()
    tcp.c(mbap(1, struct.pack("!BHH", 3, 0, 2)))
    tcp.s(mbap(1, b"\3\4\0\1\0\2"))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 502)
    tcp.s(mbap(1, b"\x83\2"))
    tcp = Tcp(cap, A, 40002, A, 502).open()
    tcp.c(mbap(1, b"\3\0\0\0\1", protocol=7))
    tcp.close()

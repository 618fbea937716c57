#!/usr/bin/env python3
"""RADIUS: accept, accounting, attributes that do not fill the packet, another port."""
import struct

from wire import A, B, C, Pcap


def radius(code, attributes=b"\1\6user", length=None):
    return struct.pack("!BBH", code, 1, length or 20 + len(attributes)) + bytes(16) + attributes


with Pcap("radius") as cap:
    cap.udp(A, 40000, B, 1812, radius(1))
    cap.udp(B, 1812, A, 40000, radius(2))
    cap.udp(A, 1813, C, 1813, radius(4))
    cap.udp(C, 1813, A, 1813, radius(5, b""))
    cap.udp(A, 40001, C, 1645, radius(1, b"\1\1"))
    cap.udp(C, 1645, A, 40001, radius(3, b"\1\xffx"))
    cap.udp(A, 40002, C, 11812, radius(1))
    cap.udp(C, 11812, A, 40002, radius(2))

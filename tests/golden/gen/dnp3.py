#!/usr/bin/env python3
"""DNP3: a master's poll over TCP on an odd port, an unsolicited response over UDP, a header with a wrong checksum."""
import struct

from wire import A, B, C, Pcap, Tcp


def crc(data):
    value = 0
    for octet in data:
        value ^= octet
        for _ in range(8):
            value = value >> 1 ^ 0xa6bc if value & 1 else value >> 1
    return struct.pack("<H", ~value & 0xffff)


def link(control, destination, source):
    head = b"\x05\x64\x05" + struct.pack("<BHH", control, destination, source)
    return head + crc(head)


with Pcap("dnp3") as cap:
    tcp = Tcp(cap, A, 40000, B, 12000).open()
    tcp.c(link(0xc9, 10, 1))
    tcp.s(link(0x0b, 1, 10))
    tcp.close()
    cap.udp(A, 40001, C, 20000, link(0xc9, 10, 1))
    cap.udp(C, 20000, A, 40001, link(0x0b, 1, 10))
    tcp = Tcp(cap, A, 40002, C, 20000).open()
    tcp.c(link(0xc9, 10, 1)[:-1] + b"!")
    tcp.s("what?\n")
    tcp.close()

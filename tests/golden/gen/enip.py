#!/usr/bin/env python3
"""EtherNet/IP: a session over TCP, an identity asked over UDP, an unknown command."""
import struct

from wire import A, B, C, Pcap, Tcp


def enip(command, body=b"", status=0):
    return struct.pack("<HHIIQI", command, len(body), 0, status, 0, 0) + body


with Pcap("enip") as cap:
    tcp = Tcp(cap, A, 40000, B, 44818).open()
    tcp.c(enip(0x65, b"\1\0\0\0"))
    tcp.s(enip(0x65, b"\1\0\0\0"))
    tcp.close()
    cap.udp(A, 40001, C, 44818, enip(0x63))
    cap.udp(C, 44818, A, 40001, enip(0x63, b"\1\0" + bytes(40)))
    cap.udp(A, 40002, B, 44818, enip(0x99))
    cap.udp(B, 44818, A, 40002, enip(0x99, status=1))

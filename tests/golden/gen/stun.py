#!/usr/bin/env python3
"""STUN: a binding over UDP on an odd port, peers that both ask, TCP, and a length that does not fit."""
import struct

from wire import A, B, C, Pcap, Tcp


def stun(kind, body=b"", length=None):
    return struct.pack("!HHI", kind, len(body) if length is None else length, 0x2112a442) + bytes(12) + body


with Pcap("stun") as cap:
    cap.udp(A, 40000, B, 33478, stun(0x0001))
    cap.udp(B, 33478, A, 40000, stun(0x0101, bytes(12)))
    cap.udp(A, 40001, C, 40002, stun(0x0001))
    cap.udp(C, 40002, A, 40001, stun(0x0001))
    cap.udp(A, 40001, C, 40002, stun(0x0101, bytes(12)))
    cap.udp(C, 40002, A, 40001, stun(0x0101, bytes(12)))
    tcp = Tcp(cap, A, 40003, B, 3478).open()
    tcp.c(stun(0x0001, bytes(8)))
    tcp.s(stun(0x0111, bytes(8)))
    tcp.close()
    cap.udp(A, 40004, B, 34000, stun(0x0001, length=8))
    cap.udp(B, 34000, A, 40004, b"eh")

#!/usr/bin/env python3
"""Kerberos: AS exchange over UDP, TGS exchange over TCP, an error, and a look-alike of another version."""
import struct

from berwire import ber, integer, sequence
from wire import A, B, Pcap, Tcp


def request(tag, version=5, size=10):
    return ber(tag, sequence(ber(0xa1, integer(version)), ber(0xa2, integer(10)), ber(0xa4, sequence(bytes(size)))))


def reply(tag):
    return ber(tag, sequence(ber(0xa0, integer(5)), ber(0xa1, integer(11)), ber(0xa3, bytes(300))))


with Pcap("kerberos") as cap:
    cap.udp(A, 40000, B, 88, request(0x6a))
    cap.udp(B, 88, A, 40000, reply(0x7e))
    tcp = Tcp(cap, A, 40001, B, 10088).open()
    message = request(0x6c, size=200)
    tcp.c(struct.pack("!I", len(message)) + message)
    message = reply(0x6d)
    tcp.s(struct.pack("!I", len(message)) + message)
    tcp.close()
    cap.udp(A, 40002, B, 11088, request(0x6a, version=4))
    cap.udp(B, 11088, A, 40002, b"no")

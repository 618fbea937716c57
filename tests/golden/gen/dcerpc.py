#!/usr/bin/env python3
"""DCE/RPC: bind, acknowledgement with NTLM names, request and response; a big-endian bind; a look-alike."""
import struct

from ntlmwire import challenge
from wire import A, B, C, Pcap, Tcp


def pdu(kind, body, big=False):
    order = ">" if big else "<"
    return struct.pack("BBBBB3x", 5, 0, kind, 3, 0 if big else 0x10) + struct.pack(order + "HHI", 16 + len(body), 0, 1) \
        + body


with Pcap("dcerpc") as cap:
    tcp = Tcp(cap, A, 40000, B, 135).open()
    tcp.c(pdu(11, bytes(56)))
    tcp.s(pdu(12, bytes(40) + challenge("APPSRV", "appsrv.example.org")))
    tcp.c(pdu(0, bytes(30)))
    tcp.s(pdu(2, bytes(30)))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 49152).open()
    tcp.c(pdu(11, bytes(56), big=True))
    tcp.s(pdu(12, bytes(44), big=True))
    tcp.close()
    # Midstream: only the answer.
    tcp = Tcp(cap, A, 40002, C, 49153)
    tcp.s(pdu(12, bytes(44)))
    tcp = Tcp(cap, A, 40003, C, 49154).open()
    tcp.c(b"\5\0\x0b\3\x22" + bytes(60))
    tcp.close()

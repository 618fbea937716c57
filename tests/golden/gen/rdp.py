#!/usr/bin/env python3
"""RDP: cookie and TLS on an odd port, plain RDP, a TPKT that is none, the UDP transport's SYN."""
import ssl
import struct

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp


def x224(kind, body):
    tpdu = struct.pack("!BHHB", kind, 0, 0x1234, 0) + body
    return struct.pack("!BBHB", 3, 0, 5 + len(tpdu), len(tpdu)) + tpdu


def negotiation(kind, protocols):
    return struct.pack("<BBHI", kind, 0, 8, protocols)


folder, pem = certificate("desktop-7", ["desktop-7"])
with Pcap("rdp") as cap:
    tcp = Tcp(cap, A, 40000, B, 13389).open()
    tcp.c(x224(0xe0, b"Cookie: mstshash=user\r\n" + negotiation(1, 3)))
    tcp.s(x224(0xd0, negotiation(2, 1)))
    play(tcp, handshake("desktop-7", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 3389).open()
    tcp.c(x224(0xe0, b""))
    tcp.s(x224(0xd0, b""))
    tcp.close()
    # ISO transport on its own port carries other things.
    tcp = Tcp(cap, A, 40002, C, 102).open()
    tcp.c(x224(0xe0, b"\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"))
    tcp.s(x224(0xd0, b"\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"))
    tcp.close()
    cap.udp(A, 40003, B, 3389, struct.pack("!IHH", 0xffffffff, 64, 1) + struct.pack("!IHH", 7, 1232, 1232) + bytes(1216))
    cap.udp(B, 3389, A, 40003, struct.pack("!IHH", 7, 64, 5) + struct.pack("!IHH", 9, 1232, 1232) + bytes(1216))

#!/usr/bin/env python3
"""IKE: versions 1 and 2, behind NAT with its marker, and ESP in UDP, which is not IKE."""
import struct

from wire import A, B, C, Pcap


def ike(initiator, responder, version=0x20, exchange=34):
    return struct.pack("!QQBBBBII", initiator, responder, 33, version, exchange, 8, 0, 60) + bytes(32)


with Pcap("isakmp") as cap:
    cap.udp(A, 500, B, 500, ike(7, 0))
    cap.udp(B, 500, A, 500, ike(7, 9))
    cap.udp(A, 4500, C, 4500, bytes(4) + ike(7, 0, 0x10, 2))
    cap.udp(C, 4500, A, 4500, bytes(4) + ike(7, 9, 0x10, 2))
    cap.udp(A, 4500, B, 4500, b"\x12\x34\x56\x78" + bytes(60))
    cap.udp(B, 4500, A, 4500, b"\x12\x34\x56\x79" + bytes(60))

#!/usr/bin/env python3
"""NTP: a client and its server, symmetric peers, a control query answered with the daemon's version."""
import struct

from wire import A, B, C, Pcap


def ntp(mode, version=4):
    return bytes([version << 3 | mode]) + bytes(47)


with Pcap("ntp") as cap:
    cap.udp(A, 123, B, 123, ntp(3))
    cap.udp(B, 123, A, 123, ntp(4))
    cap.udp(A, 40000, C, 123, bytes([0x16, 2]) + bytes(10))
    text = b'version="ntpd 4.2.8p15@1.3728-o", processor="x86_64", system="Linux/6.1.0"'
    cap.udp(C, 123, A, 40000, bytes([0x16, 0x82]) + bytes(8) + struct.pack("!H", len(text)) + text)
    cap.udp(A, 40001, C, 123, b"\x00" * 48)  # version 0 is none
    cap.udp(C, 40002, B, 4123, ntp(3))  # on another port nothing tells it
    cap.udp(B, 4123, C, 40002, ntp(4))

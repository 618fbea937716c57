#!/usr/bin/env python3
"""GTP control: an echo of version 1, a session request of version 2, and noise on its port."""
import struct

from wire import A, B, C, Pcap

with Pcap("gtp") as cap:
    cap.udp(A, 2123, B, 2123, struct.pack("!BBHIHBB", 0x32, 1, 4, 0, 7, 0, 0))
    cap.udp(B, 2123, A, 2123, struct.pack("!BBHIHBBBB", 0x32, 2, 6, 0, 7, 0, 0, 14, 1))
    cap.udp(A, 40000, C, 2123, struct.pack("!BBHII", 0x48, 32, 8, 0, 7 << 8))
    cap.udp(C, 2123, A, 40000, struct.pack("!BBHII", 0x48, 33, 8, 1, 7 << 8))
    cap.udp(A, 40001, B, 2123, b"\xff" * 20)
    cap.udp(B, 2123, A, 40001, b"\xff" * 20)

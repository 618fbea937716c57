#!/usr/bin/env python3
"""BGP: two speakers open, on an odd port; ones that are no marker."""
import struct

from wire import A, B, C, Pcap, Tcp

OPEN = b"\xff" * 16 + struct.pack("!HBBHHIB", 29, 1, 4, 65000, 180, 0xc000020a, 0)
with Pcap("bgp") as cap:
    tcp = Tcp(cap, A, 40000, B, 1179).open()
    tcp.c(OPEN)
    tcp.s(OPEN)
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 179).open()
    tcp.c(b"\xff" * 16 + b"\0\0\0")
    tcp.close()

#!/usr/bin/env python3
"""IEC 104: transfer started and confirmed, midstream from the controlled side, other octets on the port."""
from wire import A, B, C, Pcap, Tcp

with Pcap("iec104") as cap:
    tcp = Tcp(cap, A, 40000, B, 2404).open()
    tcp.c(b"\x68\4\7\0\0\0")
    tcp.s(b"\x68\4\x0b\0\0\0")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 2404)
    tcp.s(b"\x68\4\x0b\0\0\0")
    tcp = Tcp(cap, B, 40002, C, 2404).open()
    tcp.c("hello there\n")
    tcp.close()

#!/usr/bin/env python3
"""HTTP/2: the preface in two pieces, and PRI that is something else."""
from wire import A, B, C, Pcap, Tcp

with Pcap("http2") as cap:
    tcp = Tcp(cap, A, 40000, B, 18080).open()
    tcp.c(b"PRI * HTTP/2.0\r\n")
    tcp.c(b"\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0")
    tcp.s(b"\0\0\0\4\0\0\0\0\0")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 18081).open()
    tcp.c(b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")
    tcp.close()

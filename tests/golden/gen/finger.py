#!/usr/bin/env python3
"""Finger: a query and its answer; binary on the same port is not finger."""
from wire import A, B, C, Pcap, Tcp

with Pcap("finger") as cap:
    tcp = Tcp(cap, A, 40000, B, 79).open()
    tcp.c("root\r\n")
    tcp.s("Login: root\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 79).open()
    tcp.c(b"\0\1\2\3\n")
    tcp.s(b"\0")
    tcp.close()

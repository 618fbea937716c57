#!/usr/bin/env python3
"""Telnet: negotiation on its port and elsewhere; one command alone elsewhere is not enough."""
from wire import A, B, C, Pcap, Tcp

with Pcap("telnet") as cap:
    tcp = Tcp(cap, A, 40000, B, 23).open()
    tcp.s(b"\xff\xfd\x18")
    tcp.c(b"\xff\xfb\x18")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 2323).open()
    tcp.s(b"\xff\xfd\x18\xff\xfd\x20login: ")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 2324).open()
    tcp.s(b"\xff\xfd\x18hello")
    tcp.close()

#!/usr/bin/env python3
"""Redis: a command in RESP on an odd port, the version in INFO, an inline command, an almost-RESP."""
from wire import A, B, C, Pcap, Tcp

with Pcap("redis") as cap:
    tcp = Tcp(cap, A, 40000, B, 16379).open()
    tcp.c("*1\r\n$4\r\nINFO\r\n")
    tcp.s("$60\r\n# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 6379).open()
    tcp.c("PING\r\n")
    tcp.s("+PONG\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 7777).open()
    tcp.c("*one\r\n$x\r\nPING\r\n")
    tcp.s("?\r\n")
    tcp.close()

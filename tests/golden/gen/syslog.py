#!/usr/bin/env python3
"""Syslog: counted octets over TCP, one datagram (which makes no service), a priority out of range."""
from wire import A, B, C, Pcap, Tcp

with Pcap("syslog") as cap:
    tcp = Tcp(cap, A, 40000, B, 601).open()
    tcp.c(b"34 <34>1 - host app - - - hello there")
    tcp.close()
    cap.udp(A, 40001, C, 514, b"<13>Nov 21 03:00:00 host app: hello")
    tcp = Tcp(cap, A, 40002, C, 514).open()
    tcp.c(b"<999>no\n")
    tcp.close()

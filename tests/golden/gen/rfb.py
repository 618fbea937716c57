#!/usr/bin/env python3
"""RFB: a version in two pieces, and a client's answer that is no banner."""
from wire import A, B, C, Pcap, Tcp

with Pcap("rfb") as cap:
    tcp = Tcp(cap, A, 40000, B, 5900).open()
    tcp.s("RFB 00")
    tcp.s("3.008\n")
    tcp.c("RFB 003.003\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 15900).open()
    tcp.s("RFB 003.889\n")
    tcp.c("RFB 003.889\n")
    tcp.close()

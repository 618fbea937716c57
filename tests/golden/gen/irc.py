#!/usr/bin/env python3
"""IRC: registration on an odd port, a server that speaks first, and POP3's USER that is not IRC."""
from wire import A, B, C, Pcap, Tcp

with Pcap("irc") as cap:
    tcp = Tcp(cap, A, 40000, B, 16667).open()
    tcp.c("NICK guest\r\nUSER guest 0 * :A Guest\r\n")
    tcp.s(":irc.example.org 001 guest :Welcome\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 6667).open()
    tcp.s("NOTICE AUTH :*** Looking up your hostname\r\n")
    tcp.c("PASS x\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 1110).open()
    tcp.c("USER someone\r\n")
    tcp.s("-no\r\n")
    tcp.close()
    # Midstream: a numeric reply can only be a server's.
    tcp = Tcp(cap, A, 40003, B, 26667)
    tcp.s(":irc.example.org 372 guest :- message of the day\r\n")

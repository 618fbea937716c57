#!/usr/bin/env python3
"""memcached: the version asked and told, a get, and other text on the port."""
from wire import A, B, C, Pcap, Tcp

with Pcap("memcached") as cap:
    tcp = Tcp(cap, A, 40000, B, 11211).open()
    tcp.c("version\r\n")
    tcp.s("VERSION 1.6.18\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 11211).open()
    tcp.c("get key\r\n")
    tcp.s("END\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, A, 11211).open()
    tcp.c("hello\r\n")
    tcp.close()

#!/usr/bin/env python3
"""MQTT: versions 3.1 and 5 on odd ports, and a first octet that is only like CONNECT."""
from wire import A, B, C, Pcap, Tcp

with Pcap("mqtt") as cap:
    tcp = Tcp(cap, A, 40000, B, 11883).open()
    tcp.c(b"\x10\x10\0\6MQIsdp\3\2\0\x3c\0\2id")
    tcp.s(b"\x20\2\0\0")
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 1883).open()
    tcp.c(b"\x10\x90\1\0\4MQTT\5\2\0\x3c\0\0\x80" + bytes(128))
    tcp.s(b"\x20\3\0\0\0")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 1884).open()
    tcp.c(b"\x10\x08\0\4TTQM\4\2")
    tcp.s(b"\x20\2\0\0")
    tcp.close()

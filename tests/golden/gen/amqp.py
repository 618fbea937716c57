#!/usr/bin/env python3
"""AMQP: 0-9-1 and 1.0 on odd ports, and a version nobody has."""
from wire import A, B, C, Pcap, Tcp

with Pcap("amqp") as cap:
    for cport, server, port, header in ((40000, B, 15672, b"AMQP\0\0\x09\1"), (40001, C, 15673, b"AMQP\3\1\0\0"),
                                        (40002, C, 15674, b"AMQP\x09\x09\0\0")):
        tcp = Tcp(cap, A, cport, server, port).open()
        tcp.c(header)
        tcp.s(b"\1\0\0\0\0\0\x10")
        tcp.close()

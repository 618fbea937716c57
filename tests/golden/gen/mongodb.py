#!/usr/bin/env python3
"""MongoDB: OP_MSG both ways on an odd port, an old query midstream, an unknown opcode."""
import struct

from wire import A, B, C, Pcap, Tcp


def message(answers, op, body=bytes(20)):
    return struct.pack("<IIII", 16 + len(body), 5, answers, op) + body


with Pcap("mongodb") as cap:
    tcp = Tcp(cap, A, 40000, B, 37017).open()
    tcp.c(message(0, 2013))
    tcp.s(message(5, 2013))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 27018)
    tcp.s(message(5, 1))
    tcp = Tcp(cap, A, 40002, C, 27019).open()
    tcp.c(message(0, 2222))
    tcp.close()

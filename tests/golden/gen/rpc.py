#!/usr/bin/env python3
"""ONC RPC: a port mapper call, mount from a reserved port, NFS over TCP, and words that are no call."""
import struct

from wire import A, B, Pcap, Tcp


def call(program, procedure=0, version=2, rpc=2, body=b""):
    return struct.pack("!IIIIIIIIII", 77, 0, rpc, program, version, procedure, 0, 0, 0, 0) + body


REPLY = struct.pack("!IIIIII", 77, 1, 0, 0, 0, 0) + struct.pack("!I", 2049)
with Pcap("rpc") as cap:
    cap.udp(A, 40000, B, 111, call(100000, 3))
    cap.udp(B, 111, A, 40000, REPLY)
    cap.udp(A, 749, B, 37001, call(100005, 1))
    cap.udp(B, 37001, A, 749, REPLY)
    cap.udp(A, 40001, B, 38001, call(100000, 3, rpc=3))
    cap.udp(B, 38001, A, 40001, REPLY)
    tcp = Tcp(cap, A, 40002, B, 2049).open()
    message = call(100003, 1, version=3)
    tcp.c(struct.pack("!I", 0x80000000 | len(message)) + message)
    tcp.s(struct.pack("!I", 0x80000000 | len(REPLY)) + REPLY)
    tcp.close()

#!/usr/bin/env python3
"""DNS: UDP on 53 and elsewhere, TCP in pieces, compression, a pointer loop, a reply with no question heard."""
import struct

from dnswire import A as TYPE_A, AAAA, address, message, name, question, record
from wire import A, B, C, Pcap, Tcp

WWW = "www.example.org"
PTR = b"\xc0\x0c"  # to the question's name
with Pcap("dns") as cap:
    ask = message(1, 0x0100, [question(WWW, TYPE_A)])
    cap.udp(A, 40000, B, 53, ask)
    cap.udp(B, 53, A, 40000, message(1, 0x8180, [question(WWW, TYPE_A)],
                                     [record(PTR, 5, name("host.example.org")), address("host.example.org", C.ip4)]))
    # On another port: only a whole, plain message is taken for DNS.
    cap.udp(A, 40001, C, 5300, message(2, 0x0100, [question(WWW, AAAA)]))
    cap.udp(C, 5300, A, 40001, message(2, 0x8180, [question(WWW, AAAA)], [address(PTR, "2001:db8::80")]))
    # A refusal is an answer.
    cap.udp(A, 40002, C, 53, message(3, 0x0100, [question(WWW, TYPE_A)]))
    cap.udp(C, 53, A, 40002, message(3, 0x8185, [question(WWW, TYPE_A)]))
    # A name that points at itself.
    loop = struct.pack("!HHHHHH", 4, 0x8180, 1, 1, 0, 0) + question("x", TYPE_A)
    at = len(loop)
    cap.udp(B, 53, A, 40003, loop + struct.pack("!H", 0xc000 | at) + struct.pack("!HHIH", 1, 1, 60, 4) + b"\1\2\3\4")
    # TCP, the answer in two segments.
    tcp = Tcp(cap, A, 40004, B, 53).open()
    tcp.c(struct.pack("!H", len(ask)) + ask)
    reply = message(1, 0x8180, [question(WWW, TYPE_A)], [address(PTR, "192.0.2.44")])
    framed = struct.pack("!H", len(reply)) + reply
    tcp.s(framed[:20])
    tcp.s(framed[20:])
    tcp.close()

#!/usr/bin/env python3
"""BitTorrent: a peer handshake in pieces, a DHT question and answer, and text that begins alike."""
from wire import A, B, C, Pcap, Tcp

with Pcap("bittorrent") as cap:
    tcp = Tcp(cap, A, 40000, B, 51413).open()
    tcp.c(b"\x13BitTorr")
    tcp.c(b"ent protocol" + bytes(48))
    tcp.s(b"\x13BitTorrent protocol" + bytes(48))
    tcp.close()
    cap.udp(A, 6881, C, 6881, b"d1:ad2:id20:" + b"a" * 20 + b"e1:q4:ping1:t2:aa1:y1:qe")
    cap.udp(C, 6881, A, 6881, b"d1:rd2:id20:" + b"c" * 20 + b"e1:t2:aa1:y1:re")
    cap.udp(A, 40001, C, 6882, b"d1:hello")
    cap.udp(C, 6882, A, 40001, b"d1:no")

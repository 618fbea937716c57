#!/usr/bin/env python3
"""TLS: 1.2 with its certificate, 1.3, a HelloRetryRequest, a certificate over many records, SSLv2 and cut hellos."""
import ssl
import struct

from tlswire import certificate, handshake, play, rewrap
from wire import A, B, C, Pcap, Tcp

folder, pem = certificate("www.example.org", ["www.example.org", "example.org"])
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
with Pcap("tls") as cap:
    play(Tcp(cap, A, 40000, B, 443).open(), handshake("www.example.org", pem, TLS12))
    play(Tcp(cap, A, 40001, B, 18443).open(), handshake("thirteen.example.org", pem, TLS13))
    play(Tcp(cap, A, 40002, C, 443).open(), handshake("retry.example.org", pem, TLS13, curve="secp384r1"))
    turns = handshake("pieces.example.org", pem, TLS12)
    tcp = Tcp(cap, A, 40003, C, 9443).open()
    for side, data in turns:
        tcp.MSS = 333
        tcp.say(side, rewrap(data, 70))
    # Midstream: the client's half was not heard.
    play(Tcp(cap, A, 40004, C, 10443), turns[1:2])
    # An old client's hello, and a server that speaks TLS to it.
    ciphers = bytes.fromhex("000035 00002f 00000a")
    hello = b"\1\3\1" + struct.pack("!HHH", len(ciphers), 0, 16) + ciphers + bytes(16)
    play(Tcp(cap, B, 40005, C, 11443).open(), [(0, bytes([0x80, len(hello)]) + hello), turns[1]])
    # A hello whose lengths lie.
    lying = bytearray(turns[0][1])
    lying[5 + 4 + 2 + 32] = 255
    play(Tcp(cap, A, 40006, C, 12443).open(), [(0, bytes(lying))])

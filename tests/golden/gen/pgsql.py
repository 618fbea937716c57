#!/usr/bin/env python3
"""PostgreSQL: start-up and the server's version, TLS asked and refused, TLS asked and given."""
import ssl
import struct

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


STARTUP = b"\0\3\0\0user\0me\0database\0db\0\0"
STARTUP = struct.pack("!I", len(STARTUP) + 4) + STARTUP
SSL_REQUEST = struct.pack("!II", 8, 80877103)
HELLO = message(b"R", struct.pack("!I", 0)) + message(b"S", b"server_version\x0015.6 (Debian 15.6-0+deb12u1)\0") \
    + message(b"Z", b"I")
folder, pem = certificate("pg.example.org", ["pg.example.org"])
with Pcap("pgsql") as cap:
    tcp = Tcp(cap, A, 40000, B, 15432).open()
    tcp.c(SSL_REQUEST)
    tcp.s(b"N")
    tcp.c(STARTUP)
    tcp.s(HELLO[:30])
    tcp.s(HELLO[30:])
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 5432).open()
    tcp.c(SSL_REQUEST)
    tcp.s(b"S")
    play(tcp, handshake("pg.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()

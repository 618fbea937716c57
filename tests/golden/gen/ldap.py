#!/usr/bin/env python3
"""LDAP: bind and search, an odd port, CLDAP, StartTLS."""
import ssl

from berwire import ber, integer, octets, sequence
from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp


def message(ident, operation):
    return sequence(integer(ident), operation)


BIND = message(1, ber(0x60, integer(3), octets(""), octets("", 0x80)))
BOUND = message(1, ber(0x61, integer(0, 10), octets(""), octets("")))
SEARCH = message(2, ber(0x63, octets(""), integer(0, 10), integer(0, 10), integer(0), integer(0), ber(1, b"\0"),
                        octets("objectClass", 0x87), sequence()))
DONE = message(2, ber(0x65, integer(0, 10), octets(""), octets("")))
folder, pem = certificate("ldap.example.org", ["ldap.example.org"])
with Pcap("ldap") as cap:
    tcp = Tcp(cap, A, 40000, B, 389).open()
    tcp.c(BIND)
    tcp.s(BOUND[:5])
    tcp.s(BOUND[5:])
    tcp.c(SEARCH)
    tcp.s(DONE)
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 10389).open()
    tcp.c(SEARCH)
    tcp.s(DONE)
    tcp.close()
    cap.udp(A, 40002, C, 389, SEARCH)
    cap.udp(C, 389, A, 40002, DONE)
    tcp = Tcp(cap, A, 40003, C, 389).open()
    tcp.c(message(1, ber(0x77, octets("1.3.6.1.4.1.1466.20037", 0x80))))
    tcp.s(message(1, ber(0x78, integer(0, 10), octets(""), octets(""))))
    play(tcp, handshake("ldap.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    # A sequence with a number is not LDAP yet.
    tcp = Tcp(cap, A, 40004, C, 11389).open()
    tcp.c(sequence(integer(1), octets("x")))
    tcp.s(sequence(integer(1), octets("y")))
    tcp.close()

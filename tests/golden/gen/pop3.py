#!/usr/bin/env python3
"""POP3: a greeting, the certificate behind STLS, and a Redis-like +OK that is none."""
import ssl

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp

folder, pem = certificate("pop.example.org", ["pop.example.org"])
with Pcap("pop3") as cap:
    tcp = Tcp(cap, A, 40000, B, 110).open()
    tcp.s("+OK Example POP3 server 2.1 ready <1.2@pop.example.org>\r\n")
    tcp.c("CAPA\r\n")
    tcp.s("+OK\r\nSTLS\r\n.\r\n")
    tcp.c("STLS\r\n")
    tcp.s("+OK begin\r\n")
    play(tcp, handshake("pop.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    tcp = Tcp(cap, A, 40001, B, 1110).open()
    tcp.s("+OK POP server\r\n")
    tcp.c("USER a\r\n")
    tcp.s("+OK\r\n")
    tcp.c("PASS secret\r\n")
    tcp.s("-ERR no\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 7000).open()
    tcp.c("SET a b\r\n")
    tcp.s("+OK\r\n")
    tcp.close()

#!/usr/bin/env python3
"""IMAP: greetings on known and unknown ports, the certificate behind STARTTLS."""
import ssl

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp

folder, pem = certificate("imap.example.org", ["imap.example.org"])
with Pcap("imap") as cap:
    tcp = Tcp(cap, A, 40000, B, 143).open()
    tcp.s("* OK [CAPABILITY IMAP4rev1 STARTTLS] Example imapd 3.0 ready\r\n")
    tcp.c("a1 STARTTLS\r\n")
    tcp.s("a1 OK begin\r\n")
    play(tcp, handshake("imap.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 1143).open()
    tcp.s("* PREAUTH IMAP4rev1 server logged in as someone\r\n")
    tcp.c("a1 LOGOUT\r\n")
    tcp.s("* BYE now\r\na1 OK done\r\n")
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 143).open()
    tcp.s("* BYE too busy\r\n")
    tcp.close()

#!/usr/bin/env python3
"""XMPP: a stream with STARTTLS on an odd port, an XML document that opens no stream."""
import ssl

from tlswire import certificate, handshake, play
from wire import A, B, C, Pcap, Tcp

folder, pem = certificate("chat.example.org", ["chat.example.org"])
with Pcap("xmpp") as cap:
    tcp = Tcp(cap, A, 40000, B, 15222).open()
    tcp.c("<?xml version='1.0'?><stream:stream to='example.org' xmlns='jabber:client' version='1.0'>")
    tcp.s("<?xml version='1.0'?><stream:stream from='example.org'><stream:features><starttls/></stream:features>")
    tcp.c("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    tcp.s("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    play(tcp, handshake("chat.example.org", pem, ssl.TLSVersion.TLSv1_2))
    tcp.close()
    tcp = Tcp(cap, A, 40001, C, 5223).open()
    tcp.c("<?xml version='1.0'?><order><item/></order>" + " " * 600)
    tcp.s("<ok/>")
    tcp.close()

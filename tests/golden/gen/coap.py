#!/usr/bin/env python3
"""CoAP: GET and its content, another version, the same octets on another port."""
from wire import A, B, C, Pcap

with Pcap("coap") as cap:
    cap.udp(A, 40000, B, 5683, b"\x41\1\0\1\x33\xb4temp")
    cap.udp(B, 5683, A, 40000, b"\x61\x45\0\1\x33\xff22.5")
    cap.udp(A, 40001, C, 5683, b"\xc1\1\0\1\x33")
    cap.udp(C, 5683, A, 40001, b"\xc1\x45\0\1\x33")
    cap.udp(A, 40002, C, 15683, b"\x41\1\0\1\x33\xb4temp")
    cap.udp(C, 15683, A, 40002, b"\x61\x45\0\1\x33\xff22.5")

#!/usr/bin/env python3
"""BACnet: a property read and its answer, a broadcast Who-Is, a length that does not fit."""
from wire import A, B, C, Pcap

with Pcap("bacnet") as cap:
    cap.udp(A, 47808, B, 47808, bytes.fromhex("810a0011 0104 0005010c0c023fffff194b"))
    cap.udp(B, 47808, A, 47808, bytes.fromhex("810a0014 0100 30010c0c023fffff194b3ec4023e"[:-2]))
    cap.udp(A, 47808, None, 47808, bytes.fromhex("810b0008 0100 1008"), to="192.0.2.255")
    cap.udp(A, 40000, C, 47809, bytes.fromhex("810a00ff 0104 0005010c"))
    cap.udp(C, 47809, A, 40000, b"?")

#!/usr/bin/env python3
"""TFTP: a read request answered from another port, an error from port 69 itself, a mode that is none."""
from wire import A, B, C, Pcap

with Pcap("tftp") as cap:
    cap.udp(A, 40000, B, 69, b"\0\1pxelinux.0\0octet\0")
    cap.udp(B, 50001, A, 40000, b"\0\3\0\1data")
    cap.udp(A, 40001, C, 6969, b"\0\2x.cfg\0NETASCII\0")
    cap.udp(C, 6969, A, 40001, b"\0\5\0\2no\0")
    cap.udp(A, 40002, C, 7069, b"\0\1x\0binary\0")
    cap.udp(C, 7069, A, 40002, b"\0\5\0\4no\0")

#!/usr/bin/env python3
"""DHCPv6: a solicitation with a name, the server's reply, options that run past the end."""
import struct

from wire import A, B, C, Pcap, mac

ALL = "ff02::1:2"


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


CLIENT = option(1, struct.pack("!HH", 3, 1) + mac(A.mac))
SERVER = option(2, struct.pack("!HH", 3, 1) + mac(B.mac))
NAME = option(39, b"\0\x08laptop-2\x07example\3org\0")
with Pcap("dhcpv6") as cap:
    cap.udp(A, 546, None, 547, b"\1abc" + CLIENT + NAME, v6=True, from_ip="fe80::a", to=ALL)
    cap.udp(B, 547, A, 546, b"\2abc" + CLIENT + SERVER, v6=True, from_ip="fe80::b", to="fe80::a")
    cap.udp(C, 546, None, 547, b"\1abc" + CLIENT + struct.pack("!HH", 39, 900) + b"x", v6=True, from_ip="fe80::c", to=ALL)

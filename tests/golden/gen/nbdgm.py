#!/usr/bin/env python3
"""NetBIOS datagrams: the sender's own name, one forwarded for another, and an error datagram without names."""
import struct

from dnswire import netbios
from wire import A, B, Pcap, ip

ALL = "192.0.2.255"


def datagram(kind, source, text, suffix):
    names = netbios(text, suffix) + netbios("WORKGROUP", 0x1d)
    return struct.pack("!BBH", kind, 0x0a, 9) + ip(source) + struct.pack("!HHH", 138, len(names), 0) + names


with Pcap("nbdgm") as cap:
    cap.udp(A, 138, None, 138, datagram(0x11, A.ip4, "DESK-1", 0x00), to=ALL)
    cap.udp(B, 138, None, 138, datagram(0x10, "192.0.2.77", "FAR-AWAY", 0x20), to=ALL)
    cap.udp(B, 138, None, 138, datagram(0x11, B.ip4, "WORKGROUP", 0x1e), to=ALL)
    cap.udp(B, 138, A, 138, struct.pack("!BBH", 0x13, 0, 9) + ip(B.ip4) + struct.pack("!HB", 138, 0x82))

#!/usr/bin/env python3
"""LLDP: a router with name, description and address; a frame cut in a TLV; one that does not begin with a chassis id."""
import struct

from wire import A, B, C, Pcap, eth, ip, mac

GROUP = "01:80:c2:00:00:0e"


def tlv(kind, body):
    return struct.pack("!H", kind << 9 | len(body)) + body


def announce(host, name):
    return tlv(1, b"\4" + mac(host.mac)) + tlv(2, b"\5eth0") + tlv(3, struct.pack("!H", 120)) + tlv(5, name)


MANAGEMENT = tlv(8, b"\5\1" + ip(A.ip4) + b"\2\0\0\0\1\0")
with Pcap("lldp") as cap:
    body = announce(A, b"core-1") + tlv(6, b"Example OS 7.2") + tlv(7, struct.pack("!HH", 0x14, 0x14)) + MANAGEMENT
    cap.frame(eth(A.mac, GROUP, 0x88cc, body + tlv(0, b"") + bytes(8)))
    cap.frame(eth(B.mac, GROUP, 0x88cc, announce(B, b"desk-phone") + tlv(7, struct.pack("!HH", 0x24, 0x20))))
    cap.frame(eth(C.mac, GROUP, 0x88cc, announce(C, b"cut-here") + tlv(6, b"x" * 200)), caplen=80)
    cap.frame(eth(C.mac, GROUP, 0x88cc, tlv(5, b"no-chassis")))

#!/usr/bin/env python3
"""CDP: version 2 with platform and address, version 1 with a name only, a TLV shorter than its own header."""
import struct

from wire import A, B, C, Pcap, ip, llc_snap

GROUP = "01:00:0c:cc:cc:cc"


def tlv(kind, body):
    return struct.pack("!HH", kind, 4 + len(body)) + body


def cdp(version, *tlvs):
    return struct.pack("!BBH", version, 180, 0) + b"".join(tlvs)


with Pcap("cdp") as cap:
    address = struct.pack("!I", 1) + b"\1\1\xcc\0\4" + ip(A.ip4)
    cap.frame(llc_snap(A.mac, GROUP, 0x00000c, 0x2000, cdp(
        2, tlv(1, b"edge-3.example.org"), tlv(2, address), tlv(4, struct.pack("!I", 9)), tlv(6, b"example WS-1"))))
    cap.frame(llc_snap(B.mac, GROUP, 0x00000c, 0x2000, cdp(1, tlv(1, b"r1"))))
    cap.frame(llc_snap(C.mac, GROUP, 0x00000c, 0x2000, cdp(2, tlv(1, b"liar"), struct.pack("!HH", 6, 3))))

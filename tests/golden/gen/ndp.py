#!/usr/bin/env python3
"""NDP: solicitation, advertisement, duplicate address detection, router advertisement; forged ones by hop limit."""
import struct

from wire import A, B, C, Pcap, ROUTER, ip, mac, transport_checksum


def icmp6(src, dst, kind, body, code=0):
    head = struct.pack("!BBH", kind, code, 0) + body
    return head[:2] + struct.pack("!H", transport_checksum(src, dst, 58, head)) + head[4:]


def lladdr(kind, text):
    return bytes([kind, 1]) + mac(text)


def send(cap, src, from_ip, to, kind, body, ttl=255):
    cap.ip(src, None, 58, icmp6(from_ip, to, kind, body), v6=True, ttl=ttl, to=to, from_ip=from_ip)


with Pcap("ndp") as cap:
    solicited = "ff02::1:ff00:b"
    send(cap, A, A.ip6, solicited, 135, bytes(4) + ip(B.ip6) + lladdr(1, A.mac))
    send(cap, B, B.ip6, A.ip6, 136, struct.pack("!I", 0x60000000) + ip(B.ip6) + lladdr(2, B.mac))
    send(cap, C, "::", "ff02::1:ff00:99", 135, bytes(4) + ip("2001:db8::99"))
    send(cap, ROUTER, ROUTER.ip6, "ff02::1", 134,
         struct.pack("!BBHII", 64, 0, 1800, 0, 0) + lladdr(1, ROUTER.mac))
    send(cap, C, "fe80::c", "ff02::1", 134, struct.pack("!BBHII", 64, 0, 0, 0, 0) + lladdr(1, C.mac))
    send(cap, C, "fe80::c", "ff02::2", 133, bytes(4) + lladdr(1, C.mac))
    # Through a router, so forged: says nothing.
    send(cap, C, "2001:db8::bad", "ff02::1", 136, struct.pack("!I", 0x20000000) + ip("2001:db8::bad2")
         + lladdr(2, C.mac), ttl=64)
    # An advertisement about somebody else: its target is what it proves.
    send(cap, ROUTER, ROUTER.ip6, "ff02::1", 136, struct.pack("!I", 0x20000000) + ip("2001:db8::77")
         + lladdr(2, ROUTER.mac))
    # An option of length 0 would never end.
    send(cap, A, A.ip6, solicited, 135, bytes(4) + ip(B.ip6) + bytes([1, 0]) + mac(A.mac))

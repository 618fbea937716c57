#!/usr/bin/env python3
"""ICMP: echo, port unreachable from the target and from a router, time exceeded; what they quote is not heard."""
import struct

from wire import A, B, Pcap, ROUTER, checksum, ip_packet, transport_checksum, udp_datagram


def icmp(kind, code, body):
    head = struct.pack("!BBH", kind, code, 0) + body
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


def icmp6(src, dst, kind, code, body):
    head = struct.pack("!BBH", kind, code, 0) + body
    return head[:2] + struct.pack("!H", transport_checksum(src, dst, 58, head)) + head[4:]


with Pcap("icmp") as cap:
    cap.ip(A, B, 1, icmp(8, 0, struct.pack("!HH", 7, 1) + b"abcdefgh"))
    cap.ip(B, A, 1, icmp(0, 0, struct.pack("!HH", 7, 1) + b"abcdefgh"))
    # B itself says that its UDP port 9999 is closed.
    query = udp_datagram(A.ip4, 40000, B.ip4, 9999, b"hello")
    cap.ip(A, B, 17, query)
    cap.ip(B, A, 1, icmp(3, 3, bytes(4) + ip_packet(A.ip4, B.ip4, 17, query)[:28]))
    # A router may not say so for another host.
    far = ip_packet(A.ip4, "198.51.100.9", 17, udp_datagram(A.ip4, 40001, "198.51.100.9", 161, b"x"))
    cap.ip(ROUTER, A, 1, icmp(3, 3, bytes(4) + far[:28]))
    cap.ip(ROUTER, A, 1, icmp(11, 0, bytes(4) + far[:28]))
    # Cut before the ports.
    cap.ip(B, A, 1, icmp(3, 3, bytes(4) + ip_packet(A.ip4, B.ip4, 17, query)[:20]))
    query6 = udp_datagram(A.ip6, 40000, B.ip6, 53, b"hello")
    cap.ip(B, A, 58, icmp6(B.ip6, A.ip6, 1, 4, bytes(4) + ip_packet(A.ip6, B.ip6, 17, query6)), v6=True)
    cap.ip(B, A, 58, icmp6(B.ip6, A.ip6, 129, 0, struct.pack("!HH", 7, 1)), v6=True)

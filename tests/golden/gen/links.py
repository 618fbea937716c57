#!/usr/bin/env python3
"""The same two conversations in every link type, and in tags and tunnels: hosts, MACs and services must come out the
same (or, where the frame has no MAC, without it). Writes link_*.pcap and tunnel_*.pcap.
"""
import struct

from wire import A, B, Pcap, eth, ip_packet, llc_snap, mac, udp_datagram

QUESTION, ANSWER = b"\x01zork?", b"\x02mailbox"


def tcp_segment(sport, dport, seq, ack, flags, data=b""):
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 64240, 0, 0) + data


def talk(v6=False):
    """(from, to, packet): a UDP request and its answer, then a TCP handshake."""
    def address(host):
        return host.ip6 if v6 else host.ip4

    def packet(src, dst, proto, payload):
        return src, dst, ip_packet(address(src), address(dst), proto, payload)
    yield packet(A, B, 17, udp_datagram(address(A), 40000, address(B), 7777, QUESTION))
    yield packet(B, A, 17, udp_datagram(address(B), 7777, address(A), 40000, ANSWER))
    yield packet(A, B, 6, tcp_segment(40001, 8888, 100, 0, 0x02))
    yield packet(B, A, 6, tcp_segment(8888, 40001, 900, 101, 0x12))
    yield packet(A, B, 6, tcp_segment(40001, 8888, 101, 901, 0x10))


def ethertype(v6):
    return 0x86dd if v6 else 0x0800


def sll(src, v6):
    return struct.pack("!HHH", 0, 1, 6) + mac(src.mac) + b"\0\0" + struct.pack("!H", ethertype(v6))


def sll2(src, v6):
    return struct.pack("!HHIHBB", ethertype(v6), 0, 2, 1, 0, 6) + mac(src.mac) + b"\0\0"


def snap(v6):
    return b"\xaa\xaa\x03\0\0\0" + struct.pack("!H", ethertype(v6))


def wifi(src, dst, v6):
    return b"\x08\x00\0\0" + mac(dst.mac) + mac(src.mac) + mac("52:54:00:00:00:ff") + b"\0\0" + snap(v6)


LINKS = {
    "null": (0, lambda s, d, v6: struct.pack("<I", 30 if v6 else 2)),
    "loop": (108, lambda s, d, v6: struct.pack(">I", 30 if v6 else 2)),
    "raw": (101, lambda s, d, v6: b""),
    "ipv4": (228, lambda s, d, v6: b""),
    "ppp": (9, lambda s, d, v6: b"\xff\x03" + (b"\x00\x57" if v6 else b"\x00\x21")),
    "pppdir": (204, lambda s, d, v6: b"\x01\xff\x03" + (b"\x00\x57" if v6 else b"\x00\x21")),
    "chdlc": (104, lambda s, d, v6: b"\x0f\0" + struct.pack("!H", ethertype(v6))),
    "fddi": (10, lambda s, d, v6: b"\x50" + mac(d.mac) + mac(s.mac) + snap(v6)),
    "sll": (113, lambda s, d, v6: sll(s, v6)),
    "sll2": (276, lambda s, d, v6: sll2(s, v6)),
    "ieee80211": (105, wifi),
    "radiotap": (127, lambda s, d, v6: b"\0\0\x0c\0\0\0\0\0\0\0\0\0" + wifi(s, d, v6)),
    "ppi": (192, lambda s, d, v6: struct.pack("<BBHI", 0, 0, 8, 105) + wifi(s, d, v6)),
}


def links():
    for name, (number, head) in LINKS.items():
        with Pcap("link_" + name, number) as cap:
            for v6 in (False, True) if name != "ipv4" else (False,):
                for src, dst, packet in talk(v6):
                    cap.frame(head(src, dst, v6) + packet)
    with Pcap("link_nflog", 239) as cap:
        for v6 in (False, True):
            for _, _, packet in talk(v6):
                pad = b"\0" * (-len(packet) % 4)
                prefix = struct.pack("<HH", 9, 10) + b"hook\0\0\0\0"
                cap.frame(struct.pack("!BBH", 10 if v6 else 2, 0, 1) + prefix +
                          struct.pack("<HH", 4 + len(packet), 9) + packet + pad)
    with Pcap("link_pppoe", 51) as cap:
        for v6 in (False, True):
            for _, _, packet in talk(v6):
                body = (b"\x00\x57" if v6 else b"\x00\x21") + packet
                cap.frame(struct.pack("!BBHH", 0x11, 0, 7, len(body)) + body)


def carried(wrap):
    """Each packet of the talk between A and B, wrapped by @wrap(src, dst, packet)."""
    for src, dst, packet in talk():
        yield wrap(src, dst, packet)


# The ends of the tunnels: other addresses than those inside.
OUT, HOME = "198.51.100.1", "203.0.113.9"


def outer(proto, payload):
    return eth("52:54:00:00:00:01", "52:54:00:00:00:02", 0x0800, ip_packet(OUT, HOME, proto, payload))


def outer_udp(port, payload):
    return outer(17, udp_datagram(OUT, 50000, HOME, port, payload))


def tag(src, dst, tags, packet):
    frame = mac(dst.mac) + mac(src.mac)
    for kind, vlan in tags:
        frame += struct.pack("!HH", kind, vlan)
    return frame + struct.pack("!H", 0x0800) + packet


TUNNELS = {
    "vlan": lambda s, d, p: tag(s, d, [(0x8100, 0x2000 | 10)], p),
    "qinq": lambda s, d, p: tag(s, d, [(0x88a8, 20), (0x8100, 30)], p),
    "llc": lambda s, d, p: llc_snap(s.mac, d.mac, 0, 0x0800, p),
    "mpls": lambda s, d, p: eth(s.mac, d.mac, 0x8847, struct.pack("!II", 16 << 12 | 64, 17 << 12 | 0x100 | 64) + p),
    "mplseth": lambda s, d, p: eth(s.mac, d.mac, 0x8847, struct.pack("!II", 17 << 12 | 0x100 | 64, 0) + eth(s.mac, d.mac, 0x0800, p)),
    "pppoes": lambda s, d, p: eth(s.mac, d.mac, 0x8864, struct.pack("!BBHHH", 0x11, 0, 3, len(p) + 2, 0x21) + p),
    "ipip": lambda s, d, p: outer(4, p),
    "gre": lambda s, d, p: outer(47, struct.pack("!HHI", 0x2000, 0x0800, 77) + p),
    "erspan": lambda s, d, p: outer(47, struct.pack("!HHIQ", 0x1000, 0x88be, 1, 0) + eth(s.mac, d.mac, 0x0800, p)),
    "vxlan": lambda s, d, p: outer_udp(4789, struct.pack("!II", 0x08000000, 42 << 8) + eth(s.mac, d.mac, 0x0800, p)),
    "geneve": lambda s, d, p: outer_udp(6081, struct.pack("!BBHI", 0, 0, 0x6558, 43 << 8) + eth(s.mac, d.mac, 0x0800, p)),
    "gtp": lambda s, d, p: outer_udp(2152, struct.pack("!BBHI", 0x30, 0xff, len(p), 5) + p),
    "capwap": lambda s, d, p: outer_udp(5247, struct.pack("!II", 2 << 19 | 1 << 9 | 0x100, 0) +
                                        b"\0\x08" + wifi(s, d, False)[2:] + p),
    "l2tp": lambda s, d, p: outer_udp(1701, struct.pack("!HHHHBBH", 0x4002, len(p) + 12, 1, 1, 0xff, 3, 0x21) + p),
}


def tunnels():
    for name, wrap in TUNNELS.items():
        with Pcap("tunnel_" + name) as cap:
            for frame in carried(wrap):
                cap.frame(frame)


if __name__ == "__main__":
    links()
    tunnels()

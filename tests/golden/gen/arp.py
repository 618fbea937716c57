#!/usr/bin/env python3
"""ARP: request, reply, gratuitous, probe (0.0.0.0), multicast sender, RARP, replies nobody asked for, and one cut in the middle."""
import struct

from wire import A, B, BROADCAST, C, Pcap, eth, ip, mac


def arp(op, sha, spa, tha, tpa, htype=1, hlen=6):
    return struct.pack("!HHBBH", htype, 0x0800, hlen, 4, op) + mac(sha) + ip(spa) + mac(tha) + ip(tpa)


ZERO = "00:00:00:00:00:00"
with Pcap("arp") as cap:
    cap.frame(eth(A.mac, BROADCAST, 0x0806, arp(1, A.mac, A.ip4, ZERO, B.ip4)))
    cap.frame(eth(B.mac, A.mac, 0x0806, arp(2, B.mac, B.ip4, A.mac, A.ip4)))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, C.mac, "0.0.0.0", ZERO, "192.0.2.99")))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, C.mac, C.ip4, ZERO, C.ip4)))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, "01:00:5e:00:00:01", "192.0.2.98", ZERO, B.ip4)))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, C.mac, "224.0.0.5", ZERO, B.ip4)))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, C.mac, "192.0.2.97", ZERO, B.ip4, hlen=8)))
    cap.frame(eth(C.mac, BROADCAST, 0x8035, arp(3, C.mac, "0.0.0.0", C.mac, "0.0.0.0")))
    cap.frame(eth(C.mac, A.mac, 0x0806, arp(2, C.mac, "192.0.2.95", A.mac, A.ip4)))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(2, C.mac, "192.0.2.94", BROADCAST, "192.0.2.94")))
    cap.frame(eth(C.mac, BROADCAST, 0x0806, arp(1, C.mac, "192.0.2.96", ZERO, B.ip4)), caplen=26)

#!/usr/bin/env python3
"""DHCP: a whole lease with name and FQDN, a renewal, a relayed reply, an option list that ends too early."""
import struct

from wire import A, B, C, Pcap, ROUTER, ip, mac

COOKIE = bytes.fromhex("63825363")
ANY, ALL = "0.0.0.0", "255.255.255.255"


def option(code, data):
    return bytes([code, len(data)]) + data


def dhcp(op, client, kind, options=b"", ciaddr=ANY, yiaddr=ANY, giaddr=ANY, end=b"\xff", file=b""):
    head = struct.pack("!BBBBIHH", op, 1, 6, 0, 0x1234, 0, 0)
    head += ip(ciaddr) + ip(yiaddr) + ip(ANY) + ip(giaddr) + mac(client.mac) + bytes(10)
    return head + bytes(64) + file.ljust(128, b"\0") + COOKIE + option(53, bytes([kind])) + options + end


def labels(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split("."))


WANTED = option(55, bytes([1, 121, 3, 6, 15, 119, 252]))
SERVER = option(54, ip(B.ip4)) + option(3, ip(ROUTER.ip4))
with Pcap("dhcp") as cap:
    name = option(12, b"printer-7") + option(81, b"\x04\0\0" + labels("printer-7.example.org"))
    cap.udp(A, 68, None, 67, dhcp(1, A, 1, name + WANTED), to=ALL, from_ip=ANY)
    cap.udp(B, 67, None, 68, dhcp(2, A, 2, SERVER, yiaddr=A.ip4), to=ALL)
    cap.udp(A, 68, None, 67, dhcp(1, A, 3, option(50, ip(A.ip4)) + name + WANTED), to=ALL, from_ip=ANY)
    cap.udp(B, 67, None, 68, dhcp(2, A, 5, SERVER, yiaddr=A.ip4), to=ALL)
    # A renewal: the client has its address, and the server answers it.
    cap.udp(C, 68, B, 67, dhcp(1, C, 3, option(12, b"desk-3"), ciaddr=C.ip4))
    cap.udp(B, 67, C, 68, dhcp(2, C, 5, SERVER, ciaddr=C.ip4, yiaddr=C.ip4))
    # A relay is no server: option 54 names another host. The name waits in the `file` field (option 52).
    overload = option(52, b"\1")
    cap.udp(ROUTER, 67, None, 68, dhcp(2, A, 5, option(54, ip("198.51.100.53")) + overload, yiaddr="192.0.2.77",
                                       file=option(12, b"from-server") + b"\xff"), to=ALL)
    # Refused: nobody got 192.0.2.66.
    cap.udp(C, 68, None, 67, dhcp(1, C, 3, option(50, ip("192.0.2.66"))), to=ALL, from_ip=ANY)
    cap.udp(B, 67, None, 68, dhcp(2, C, 6, SERVER), to=ALL)
    # An option longer than the datagram.
    cap.udp(C, 68, None, 67, dhcp(1, C, 1, end=bytes([12, 200]) + b"liar"), to=ALL, from_ip=ANY)

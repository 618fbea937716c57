#!/usr/bin/env python3
"""NetBIOS names: registration, node status with its MAC, positive and negative response, a group name."""
import struct

from dnswire import NB, NBSTAT, message, netbios, record
from wire import A, B, C, Pcap, ip, mac

ALL = "192.0.2.255"


def nb_question(text, suffix, kind=NB):
    return netbios(text, suffix) + struct.pack("!HH", kind, 1)


def nb_record(text, suffix, addr, flags=0):
    return record(netbios(text, suffix), NB, struct.pack("!H", flags) + ip(addr))


def table(*names):
    body = bytes([len(names)])
    for text, suffix, flags in names:
        body += text.ljust(15).encode() + bytes([suffix]) + struct.pack("!H", flags)
    return body


with Pcap("nbns") as cap:
    cap.udp(A, 137, None, 137, message(1, 0x2910, [nb_question("DESK-1", 0x00)], [], [],
                                       [nb_record("DESK-1", 0x00, A.ip4)]), to=ALL)
    cap.udp(A, 137, None, 137, message(2, 0x2910, [nb_question("WORKGROUP", 0x00)], [], [],
                                       [nb_record("WORKGROUP", 0x00, A.ip4, 0x8000)]), to=ALL)
    cap.udp(A, 137, None, 137, message(3, 0x0110, [nb_question("FILER", 0x20)]), to=ALL)
    cap.udp(B, 137, A, 137, message(3, 0x8580, [], [nb_record("FILER", 0x20, B.ip4)]))
    cap.udp(A, 137, C, 137, message(4, 0x0000, [nb_question("*", 0x00, NBSTAT)]))
    status = table(("SHELF", 0x00, 0x0400), ("SHELF", 0x20, 0x0400), ("HOME", 0x00, 0x8400), ("SHELF", 0x03, 0x0400))
    cap.udp(C, 137, A, 137, message(4, 0x8400, [], [record(netbios("*", 0), NBSTAT, status + mac(C.mac) + bytes(40))]))
    # Negative: the name is not there.
    cap.udp(C, 137, A, 137, message(5, 0x8583, [], [nb_record("NOBODY", 0x20, C.ip4)]))

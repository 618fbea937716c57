#!/usr/bin/env python3
"""SNMP: sysDescr asked and answered, an odd port, version 3, a trap, lengths that lie."""
from berwire import ber, integer, octets, sequence
from wire import A, B, C, Pcap

SYS_DESCR = ber(6, bytes([0x2b, 6, 1, 2, 1, 1, 1, 0]))
SYS_NAME = ber(6, bytes([0x2b, 6, 1, 2, 1, 1, 5, 0]))


def snmp(pdu, *binds, version=1):
    body = ber(pdu, integer(7), integer(0), integer(0), sequence(*(sequence(*b) for b in binds)))
    return sequence(integer(version), octets("public"), body)


NULL = ber(5)
with Pcap("snmp") as cap:
    cap.udp(A, 40000, B, 161, snmp(0xa0, (SYS_DESCR, NULL)))
    cap.udp(B, 161, A, 40000, snmp(0xa2, (SYS_DESCR, octets("Example switch, software 12.2(55), " + "x" * 120))))
    cap.udp(A, 40001, C, 1161, snmp(0xa1, (SYS_NAME, NULL), version=0))
    cap.udp(C, 1161, A, 40001, snmp(0xa2, (SYS_NAME, octets("core")), (SYS_DESCR, octets("Router 9")), version=0))
    header = sequence(integer(9), integer(65507), octets(b"\4"), integer(3))
    v3 = sequence(integer(3), header, octets(sequence(octets("engine"))), octets(b"sealed"))
    cap.udp(A, 40002, C, 161, v3)
    cap.udp(C, 161, A, 40002, v3)
    cap.udp(B, 40003, A, 162, snmp(0xa7, (SYS_DESCR, octets("in a trap"))))
    cap.udp(A, 40004, B, 161, b"\x30\x84\xff\xff\xff\xff" + bytes(20))

#!/usr/bin/env python3
"""SMB: version 1 with native names (narrow and wide), version 2 with NTLM names, a NetBIOS session, midstream."""
import struct

from dnswire import netbios
from ntlmwire import authenticate, challenge, utf16
from wire import A, B, C, Pcap, Tcp


def session(body, kind=0):
    return struct.pack("!I", kind << 24 | len(body)) + body


def smb1(command, reply, body, flags2=0):
    return session(b"\xffSMB" + bytes([command]) + bytes(4) + bytes([0x88 if reply else 0x08])
                   + struct.pack("<H", flags2) + bytes(20) + body)


def smb2(command, reply, body):
    return session(b"\xfeSMB" + struct.pack("<HHIHHI", 64, 0, 0, command, 1, int(reply)) + bytes(44) + body)


with Pcap("smb") as cap:
    tcp = Tcp(cap, A, 40000, B, 445).open()
    tcp.c(smb1(0x72, False, b"\0\x0c\0\2NT LM 0.12\0"))
    tcp.s(smb1(0x72, True, b"\0\0\0"))
    tcp.c(smb1(0x73, False, b"\0\0\0"))
    names = b"Unix\0Samba 3.0.24\0GROUP\0"
    tcp.s(smb1(0x73, True, b"\3\xff\0\0\0\0\0" + struct.pack("<H", len(names)) + names))
    tcp.close()
    # Unicode texts begin at an even place; with a security blob in front.
    tcp = Tcp(cap, A, 40001, C, 10445).open()
    tcp.c(smb1(0x72, False, b"\0\x0c\0\2NT LM 0.12\0"))
    blob = challenge("OLDBOX", "oldbox.example.org")
    wide = utf16("Windows 5.1\0Windows 2000 LAN Manager\0")
    body = b"\4\xff\0\0\0\0\0" + struct.pack("<HH", len(blob), len(blob) + len(wide) + 1) + blob
    body += (b"" if (32 + len(body)) % 2 == 0 else b"\0") + wide
    tcp.s(smb1(0x73, True, body, flags2=0x8800))
    tcp.close()
    tcp = Tcp(cap, A, 40002, C, 445).open()
    tcp.c(smb2(0, False, bytes(36)))
    tcp.s(smb2(0, True, bytes(64)))
    tcp.s(smb2(1, True, bytes(8) + challenge("FILER", "filer.example.org")))
    tcp.c(smb2(1, False, bytes(24) + authenticate("DESK-5")))
    tcp.close()
    tcp = Tcp(cap, A, 40003, B, 139).open()
    tcp.c(session(netbios("FILER", 0x20) + b"\0" * 0 + netbios("DESK-5", 0), 0x81))
    tcp.s(session(b"", 0x82))
    tcp.close()
    # Midstream: the bit in a write's head tells the sides, the data behind it is skipped by its length.
    tcp = Tcp(cap, A, 40004, B, 20445)
    tcp.c(smb2(9, False, b"\xffSMB" + bytes(6000)))
    tcp.s(smb2(9, True, bytes(16)))

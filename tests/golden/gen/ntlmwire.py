"""NTLMSSP messages for the golden captures of SMB and DCE/RPC."""
import struct


def utf16(text):
    return text.encode("utf-16-le")


def challenge(nb, dns):
    pairs = struct.pack("<HH", 1, len(utf16(nb))) + utf16(nb) + struct.pack("<HH", 3, len(utf16(dns))) + utf16(dns)
    pairs += struct.pack("<HH", 0, 0)
    return b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", 2, 0, 0, 56, 0x00808205, 1, 0, len(pairs), len(pairs), 56) \
        + bytes(8) + pairs


def authenticate(host):
    name = utf16(host)
    fields = struct.pack("<HHI", 0, 0, 72) * 4 + struct.pack("<HHI", len(name), len(name), 72)
    return b"NTLMSSP\0" + struct.pack("<I", 3) + fields + bytes(20) + name

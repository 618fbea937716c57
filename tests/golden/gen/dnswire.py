"""DNS messages for the golden captures: dns, mdns, llmnr, nbns."""
import struct

from wire import ip

A, PTR, TXT, AAAA, SRV, NB, NBSTAT = 1, 12, 16, 28, 33, 32, 33


def name(text):
    return b"".join(bytes([len(p)]) + p.encode() for p in text.split(".") if p) + b"\0"


def question(text, kind, cls=1):
    return name(text) + struct.pack("!HH", kind, cls)


def record(owner, kind, rdata, ttl=120, cls=1):
    """@owner is text, or octets of an encoded name (a compression pointer)."""
    encoded = owner if isinstance(owner, bytes) else name(owner)
    return encoded + struct.pack("!HHIH", kind, cls, ttl, len(rdata)) + rdata


def address(owner, addr, **kw):
    packed = ip(addr)
    return record(owner, A if len(packed) == 4 else AAAA, packed, **kw)


def srv(owner, port, target, **kw):
    return record(owner, SRV, struct.pack("!HHH", 0, 0, port) + name(target), **kw)


def message(ident, flags, questions=(), answers=(), authority=(), additional=()):
    parts = (questions, answers, authority, additional)
    return struct.pack("!HHHHHH", ident, flags, *map(len, parts)) + b"".join(b"".join(p) for p in parts)


def netbios(text, suffix):
    raw = text.upper().ljust(15).encode() + bytes([suffix])
    return bytes([32]) + bytes(x for b in raw for x in (65 + (b >> 4), 65 + (b & 15))) + b"\0"

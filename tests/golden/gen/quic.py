#!/usr/bin/env python3
"""QUIC: versions 1 and 2, a hello in shuffled pieces over two datagrams, Retry, and a packet that does not authenticate.

Initial packets are protected here by the openssl program, step by step as RFC 9001 appendix A shows.
"""
import hashlib
import hmac
import struct
import subprocess

from wire import A, B, C, Pcap

V1, V2 = 1, 0x6b3343cf
SALT = {V1: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", V2: "0dede3def700a6db819381be6e269dcbf9bd2ed9"}
PREFIX = {V1: b"quic", V2: b"quicv2"}


def digest(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def expand(secret, label, size):
    full = b"tls13 " + label
    return digest(secret, struct.pack("!HB", size, len(full)) + full + b"\0\1")[:size]


def openssl(mode, key, data, iv=None):
    command = ["openssl", "enc", "-" + mode, "-K", key.hex(), "-nopad"] + (["-iv", iv.hex()] if iv else [])
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def multiply(x, y):
    """In GF(2^128) as GCM has it."""
    z = 0
    for i in range(127, -1, -1):
        if y >> i & 1:
            z ^= x
        x = x >> 1 ^ (0xe1 << 120 if x & 1 else 0)
    return z


def seal(key, nonce, head, plain):
    """AES-128-GCM: counter mode by openssl, GHASH here."""
    first = nonce + b"\0\0\0\1"
    stream = openssl("aes-128-ctr", key, bytes(16) + plain, first)
    tag_mask, cipher = stream[:16], stream[16:]
    h = int.from_bytes(openssl("aes-128-ecb", key, bytes(16)), "big")
    padded = head + bytes(-len(head) % 16) + cipher + bytes(-len(cipher) % 16)
    padded += struct.pack("!QQ", len(head) * 8, len(cipher) * 8)
    y = 0
    for at in range(0, len(padded), 16):
        y = multiply(h, y ^ int.from_bytes(padded[at:at + 16], "big"))
    return cipher + bytes(a ^ b for a, b in zip(y.to_bytes(16, "big"), tag_mask))


def varint(n):
    return struct.pack("!B", n) if n < 64 else struct.pack("!H", 0x4000 | n)


def initial(version, keys_cid, dcid, scid, number, frames, server=False, token=b"", size=1200):
    secret = digest(bytes.fromhex(SALT[version]), keys_cid)
    secret = expand(secret, b"server in" if server else b"client in", 32)
    key, iv, hp = (expand(secret, PREFIX[version] + label, n) for label, n in ((b" key", 16), (b" iv", 12), (b" hp", 16)))
    kind = {V1: 0, V2: 1}[version]
    head = bytes([0xc0 | kind << 4 | 3]) + struct.pack("!I", version) + bytes([len(dcid)]) + dcid + bytes([len(scid)]) + scid
    head += varint(len(token)) + token
    frames += bytes(max(0, size - len(head) - 2 - 4 - 16 - len(frames)))
    head += varint(4 + len(frames) + 16) + struct.pack("!I", number)
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = seal(key, nonce, head, frames)
    mask = openssl("aes-128-ecb", hp, sealed[:16])
    at = len(head) - 4
    masked = bytes([head[0] ^ mask[0] & 15]) + head[1:at] + bytes(a ^ b for a, b in zip(head[at:], mask[1:5]))
    return masked + sealed


def crypto(data, offset=0):
    return b"\6" + varint(offset) + varint(len(data)) + data


def extension(kind, data):
    return struct.pack("!HH", kind, len(data)) + data


def client_hello(name):
    sni = struct.pack("!HBH", len(name) + 3, 0, len(name)) + name
    exts = extension(0, sni) + extension(10, b"\0\2\0\x1d") + extension(43, b"\2\3\4") + extension(57, bytes(60))
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\4\x13\1\x13\2" + b"\1\0" + struct.pack("!H", len(exts)) + exts
    return b"\1" + len(body).to_bytes(3, "big") + body


exts = extension(43, b"\3\4") + extension(51, bytes(36))
SERVER_HELLO = b"\3\3" + bytes(32) + b"\0\x13\1\0" + struct.pack("!H", len(exts)) + exts
SERVER_HELLO = b"\2" + len(SERVER_HELLO).to_bytes(3, "big") + SERVER_HELLO
CID, SCID, NEW = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08", b"\xf0\x67\xa5\x50", b"retried!"
with Pcap("quic") as cap:
    for sport, server, version in ((40000, B, V1), (40001, C, V2)):
        hello = client_hello(b"v%d.example.org" % (1 if version == V1 else 2))
        cap.udp(A, sport, server, 443, initial(version, CID, CID, b"", 0, crypto(hello)))
        ack = b"\2\0\0\0\0"
        cap.udp(server, 443, A, sport, initial(version, CID, b"", SCID, 0, ack + crypto(SERVER_HELLO), server=True))
    # Pieces out of order over two datagrams, with pings between; on another port.
    hello = client_hello(b"pieces.example.org")
    cap.udp(A, 40002, B, 4433, initial(V1, CID, CID, b"", 0, crypto(hello[80:], 80) + b"\1" + crypto(hello[:20])))
    cap.udp(A, 40002, B, 4433, initial(V1, CID, CID, b"", 1, b"\1\0\0" + crypto(hello[20:80], 20)))
    cap.udp(B, 4433, A, 40002, initial(V1, CID, b"", SCID, 0, crypto(SERVER_HELLO), server=True))
    # A Retry changes the id that the keys come from.
    hello = client_hello(b"retry.example.org")
    cap.udp(A, 40003, C, 443, initial(V1, CID, CID, b"", 0, crypto(hello[:30])))
    cap.udp(C, 443, A, 40003, b"\xf0" + struct.pack("!I", V1) + b"\0" + bytes([len(NEW)]) + NEW + b"token" + bytes(16))
    cap.udp(A, 40003, C, 443, initial(V1, NEW, NEW, b"", 1, crypto(hello), token=b"token"))
    cap.udp(C, 443, A, 40003, initial(V1, NEW, b"", SCID, 0, crypto(SERVER_HELLO), server=True))
    # One octet wrong: nothing is believed.
    broken = bytearray(initial(V1, CID, CID, b"", 0, crypto(client_hello(b"broken.example.org"))))
    broken[600] ^= 1
    cap.udp(A, 40004, C, 443, bytes(broken))
    cap.udp(C, 443, A, 40004, initial(V1, CID, b"", SCID, 0, b"\2\0\0\0\0", server=True))

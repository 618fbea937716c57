#!/usr/bin/env python3
"""Write the seeds of fuzz_decode, fuzz_reasm and fuzz_source: seeds_capture.py

Records come from the golden captures, which are all invented here.
"""
import pathlib
import re
import struct

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden" / "pcaps"
LINKS = HERE.parent.parent / "capture" / "decode" / "links.def"


def write(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def records(path):
    data = path.read_bytes()
    linktype = struct.unpack("<I", data[20:24])[0]
    at, found = 24, []
    while at + 16 <= len(data):
        n = struct.unpack("<I", data[at + 8:at + 12])[0]
        found.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return linktype, found


def decode_seeds():
    rows = [int(n) for n in re.findall(r"^LINK\(\w+, (\d+),", LINKS.read_text(), re.M)]
    for path in sorted(GOLDEN.glob("*.pcap")):
        linktype, found = records(path)
        if linktype not in rows:
            continue
        body = b"".join(struct.pack("!H", len(r)) + r for r in found[:3] if len(r) < 400)
        if body:
            write("decode", path.stem, bytes([rows.index(linktype)]) + body)


def reasm_seeds():
    def op(kind, at, length):
        return struct.pack("!BHH", kind, at, length)
    start = struct.pack("!I", 0xfffffff0)
    write("reasm", "in-order", start + b"".join(op(0, i * 100, 100) for i in range(9)))
    write("reasm", "reversed", start + b"".join(op(0, i * 100, 120) for i in reversed(range(7))))
    write("reasm", "kept", start + op(5, 0, 60) + b"".join(op(0, i * 1000, 1100) for i in range(20)))
    write("reasm", "hole", start + op(0, 500, 10) + op(4, 600, 0) + b"".join(op(0, 510 + i, 1) for i in range(5)) + op(6, 0, 0))
    write("reasm", "large", start + op(5, 0, 1) + op(0, 0, 10) + op(0, 0, 60000) + op(7, 9, 9))


def source_seeds():
    frame = b"\x52\x54\0\0\0\x0b\x52\x54\0\0\0\x0a\x88\xb5test"
    for order in "<>":
        record = struct.pack(order + "IIII", 1, 2, len(frame), len(frame)) + frame
        head = struct.pack(order + "IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
        name = "little" if order == "<" else "big"
        write("source", "pcap-" + name, head + record * 3)
        write("source", "pcap-cut-" + name, head + record + record[:20])

        def block(kind, body):
            body += b"\0" * (-len(body) % 4)
            n = struct.pack(order + "I", len(body) + 12)
            return struct.pack(order + "I", kind) + n + body + n
        section = block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1))
        interface = block(1, struct.pack(order + "HHI", 1, 0, 65535) + struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0))
        packet = block(6, struct.pack(order + "IIIII", 0, 0, 7, len(frame), len(frame)) + frame)
        simple = block(3, struct.pack(order + "I", len(frame)) + frame)
        old = block(2, struct.pack(order + "HHIIII", 0, 0, 0, 7, len(frame), len(frame)) + frame)
        write("source", "pcapng-" + name, section + interface + packet + simple + old + block(5, b"stat"))


if __name__ == "__main__":
    decode_seeds()
    reasm_seeds()
    source_seeds()

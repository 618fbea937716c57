#!/usr/bin/env python3
"""Make the seeds of fuzz_dissect from the golden captures: the first conversations of each, cut to a few hundred octets.

    seeds_dissect.py        writes corpus/dissect/NAME-N
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
SEED_MAX, CHUNK_MAX, SEEDS = 900, 400, 2


def frames(path):
    data = path.read_bytes()
    at = 24
    while at < len(data):
        length = struct.unpack("<I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def conversations(path):
    """Seeds in the order their first packet comes."""
    flows = {}
    for frame in frames(path):
        kind = struct.unpack("!H", frame[12:14])[0]
        packet = frame[14:]
        if kind == 0x0800:
            proto, head, src, dst = packet[9], (packet[0] & 15) * 4, packet[12:16], packet[16:20]
        elif kind == 0x86dd:
            proto, head, src, dst = packet[6], 40, packet[8:24], packet[24:40]
        else:
            flows[len(flows)] = [struct.pack("!BH", 2, kind) + packet]
            continue
        body = packet[head:]
        if proto not in (6, 17):
            flows[len(flows)] = [struct.pack("!BH", 2, proto) + body]
            continue
        sport, dport = struct.unpack("!HH", body[:4])
        payload = body[8:] if proto == 17 else body[(body[12] >> 4) * 4:]
        key, back = (src, sport, dst, dport), (dst, dport, src, sport)
        side = 1 if back in flows else 0
        flow = flows.setdefault(back if side else key, [struct.pack("!BH", 1 if proto == 6 else 0, dport)])
        if payload and sum(map(len, flow)) + len(payload[:CHUNK_MAX]) < SEED_MAX:
            flow.append(struct.pack("!BH", side, len(payload[:CHUNK_MAX])) + payload[:CHUNK_MAX])
    return [b"".join(parts) for parts in flows.values() if len(parts) > 1 or parts[0][0] == 2]


def main():
    out = HERE / "corpus" / "dissect"
    out.mkdir(parents=True, exist_ok=True)
    for pcap in sorted((HERE.parent / "golden" / "pcaps").glob("*.pcap")):
        for n, seed in enumerate(conversations(pcap)[:SEEDS]):
            (out / f"{pcap.stem}-{n}").write_bytes(seed)


if __name__ == "__main__":
    main()

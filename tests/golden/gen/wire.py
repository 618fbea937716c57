"""Build capture files for the golden tests from nothing but struct: frames, datagrams and whole TCP conversations.

    with Pcap("dns") as cap:
        cap.udp(A, 40000, B, 53, query)
        tcp = Tcp(cap, A, 40001, B, 80)
        tcp.open(); tcp.c(b"GET / ..."); tcp.s(b"HTTP/1.1 ..."); tcp.close()

Checksums are right, times are made up and steady, so the same script writes the same file.
"""
import ipaddress
import pathlib
import struct

OUT = pathlib.Path(__file__).resolve().parent.parent / "pcaps"
BROADCAST = "ff:ff:ff:ff:ff:ff"
START = 1_700_000_000


class Host:
    """A host on the invented segment: MAC and addresses."""

    def __init__(self, mac, ip4="0.0.0.0", ip6="::"):
        self.mac, self.ip4, self.ip6 = mac, ip4, ip6


A = Host("52:54:00:00:00:0a", "192.0.2.10", "2001:db8::a")
B = Host("52:54:00:00:00:0b", "192.0.2.20", "2001:db8::b")
C = Host("52:54:00:00:00:0c", "192.0.2.30", "2001:db8::c")
ROUTER = Host("52:54:00:00:00:01", "192.0.2.1", "fe80::1")


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ip(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def multicast_mac(addr):
    packed = ip(addr)
    if len(packed) == 4:
        return "01:00:5e:%02x:%02x:%02x" % (packed[1] & 0x7f, packed[2], packed[3])
    return "33:33:" + ":".join("%02x" % b for b in packed[12:])


def eth(src, dst, ethertype, payload):
    return mac(dst) + mac(src) + struct.pack("!H", ethertype) + payload


def llc_snap(src, dst, oui, pid, payload):
    body = b"\xaa\xaa\x03" + oui.to_bytes(3, "big") + struct.pack("!H", pid) + payload
    return mac(dst) + mac(src) + struct.pack("!H", len(body)) + body


def ip_packet(src, dst, proto, payload, ttl=64, ident=1):
    s, d = ip(src), ip(dst)
    if len(s) == 16:
        return struct.pack("!IHBB", 6 << 28, len(payload), proto, ttl) + s + d + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), ident & 0xffff, 0x4000, ttl, proto, 0) + s + d
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def transport_checksum(src, dst, proto, segment):
    s, d = ip(src), ip(dst)
    if len(s) == 16:
        pseudo = s + d + struct.pack("!II", len(segment), proto)
    else:
        pseudo = s + d + struct.pack("!BBH", 0, proto, len(segment))
    return checksum(pseudo + segment) or 0xffff


def udp_datagram(src, sport, dst, dport, payload):
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    return struct.pack("!HHHH", sport, dport, 8 + len(payload),
                       transport_checksum(src, dst, 17, head + payload)) + payload


class Pcap:
    """One capture file in pcaps/, Ethernet."""

    def __init__(self, name, linktype=1):
        self.path, self.records, self.linktype, self.ms = OUT / (name + ".pcap"), [], linktype, 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            OUT.mkdir(exist_ok=True)
            head = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, self.linktype)
            self.path.write_bytes(head + b"".join(self.records))

    def frame(self, data, wait_ms=10, caplen=None):
        """Add one frame, @wait_ms after the one before; cut to @caplen octets when that is given."""
        self.ms += wait_ms
        kept = data[:caplen]
        self.records.append(struct.pack("<IIII", START + self.ms // 1000, self.ms % 1000 * 1000,
                                        len(kept), len(data)) + kept)

    def ip(self, src, dst, proto, payload, v6=False, ttl=64, to=None, from_ip=None):
        """Host to Host, or to an address given as @to (its group MAC is found)."""
        s = from_ip or (src.ip6 if v6 else src.ip4)
        d = to or (dst.ip6 if v6 else dst.ip4)
        if to == "255.255.255.255":
            dmac = BROADCAST
        elif to and ipaddress.ip_address(to).is_multicast:
            dmac = multicast_mac(to)
        else:
            dmac = dst.mac if dst else BROADCAST
        packet = ip_packet(s, d, proto, payload, ttl)
        self.frame(eth(src.mac, dmac, 0x86dd if ":" in s else 0x0800, packet))

    def udp(self, src, sport, dst, dport, payload, v6=False, to=None, from_ip=None, ttl=64):
        s = from_ip or (src.ip6 if v6 else src.ip4)
        d = to or (dst.ip6 if v6 else dst.ip4)
        self.ip(src, dst, 17, udp_datagram(s, sport, d, dport, payload), v6, ttl, to, from_ip)


class Tcp:
    """A TCP conversation: c() and s() are what client and server say."""

    MSS = 1400

    def __init__(self, cap, client, cport, server, sport, v6=False):
        self.cap, self.v6 = cap, v6
        self.ends = ((client, cport), (server, sport))
        self.seq = [1000, 900000]

    def segment(self, side, flags, data=b"", options=b""):
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        s, d = (src.ip6, dst.ip6) if self.v6 else (src.ip4, dst.ip4)
        ack = self.seq[1 - side] if flags & 0x10 else 0
        words = 5 + len(options) // 4
        head = struct.pack("!HHIIBBHHH", sport, dport, self.seq[side] & 0xffffffff, ack & 0xffffffff,
                           words << 4, flags, 64240, 0, 0) + options
        total = transport_checksum(s, d, 6, head + data)
        self.cap.ip(src, dst, 6, head[:16] + struct.pack("!H", total) + head[18:] + data, self.v6)
        self.seq[side] += len(data) + bool(flags & 0x03)

    def open(self):
        mss = struct.pack("!BBH", 2, 4, 1460)
        self.segment(0, 0x02, options=mss)
        self.segment(1, 0x12, options=mss)
        self.segment(0, 0x10)
        return self

    def say(self, side, data):
        for at in range(0, len(data), self.MSS):
            self.segment(side, 0x18, data[at:at + self.MSS])
        self.segment(1 - side, 0x10)

    def c(self, data):
        self.say(0, data.encode() if isinstance(data, str) else data)

    def s(self, data):
        self.say(1, data.encode() if isinstance(data, str) else data)

    def close(self):
        self.segment(0, 0x11)
        self.segment(1, 0x11)
        self.segment(0, 0x10)

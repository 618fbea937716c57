/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets of packets; see frames.h.
 */
#include "frames.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct addr
host4(unsigned n)
{
	const uint8_t b[4] = { 192, 0, 2, (uint8_t)n };

	return addr_from_bytes(b, 4);
}

struct addr
host6(unsigned n)
{
	const uint8_t b[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)n };

	return addr_from_bytes(b, 16);
}

static void
put_mac(struct buf *b, unsigned n)
{
	const uint8_t m[6] = { 0x52, 0x54, 0, 0, 0, (uint8_t)n };

	buf_put(b, m, sizeof(m));
}

void
put_ethernet(struct buf *b, unsigned from, unsigned to, unsigned type)
{
	put_mac(b, to);
	put_mac(b, from);
	buf_be16(b, (uint16_t)type);
}

void
put_ipv4(struct buf *b, unsigned from, unsigned to, unsigned proto, size_t len)
{
	struct addr src = host4(from);
	struct addr dst = host4(to);

	buf_be16(b, 0x4500);
	buf_be16(b, (uint16_t)(20 + len));
	buf_be32(b, 0x00010000);
	buf_u8(b, 64);
	buf_u8(b, (uint8_t)proto);
	buf_be16(b, 0);
	buf_put(b, src.b, 4);
	buf_put(b, dst.b, 4);
}

void
put_ipv6(struct buf *b, unsigned from, unsigned to, unsigned proto, size_t len)
{
	struct addr src = host6(from);
	struct addr dst = host6(to);

	buf_be32(b, 0x60000000);
	buf_be16(b, (uint16_t)len);
	buf_u8(b, (uint8_t)proto);
	buf_u8(b, 64);
	buf_put(b, src.b, 16);
	buf_put(b, dst.b, 16);
}

void
put_udp(struct buf *b, unsigned sport, unsigned dport, size_t len)
{
	buf_be16(b, (uint16_t)sport);
	buf_be16(b, (uint16_t)dport);
	buf_be16(b, (uint16_t)(8 + len));
	buf_be16(b, 0);
}

void
put_tcp(struct buf *b, unsigned sport, unsigned dport, uint32_t seq,
    uint32_t ack, unsigned flags)
{
	buf_be16(b, (uint16_t)sport);
	buf_be16(b, (uint16_t)dport);
	buf_be32(b, seq);
	buf_be32(b, ack);
	buf_u8(b, 0x50);
	buf_u8(b, (uint8_t)flags);
	buf_be16(b, 64240);
	buf_be32(b, 0);
}

void
put_udp_frame(struct buf *b, unsigned from, unsigned sport, unsigned to,
    unsigned dport, const char *payload)
{
	size_t len = strlen(payload);

	put_ethernet(b, from, to, 0x0800);
	put_ipv4(b, from, to, IPPROTO_UDP, 8 + len);
	put_udp(b, sport, dport, len);
	buf_put(b, payload, len);
}

void
put_tcp_frame(struct buf *b, const struct packet *p)
{
	size_t len = cur_left(&p->payload);

	put_ethernet(b, p->src.addr.b[3], p->dst.addr.b[3], 0x0800);
	put_ipv4(b, p->src.addr.b[3], p->dst.addr.b[3], IPPROTO_TCP, 20 + len);
	put_tcp(
	    b, p->src.port, p->dst.port, p->tcp_seq, p->tcp_ack, p->tcp_flags);
	buf_put(b, p->payload.at, len);
}

struct packet
packet_of(
    unsigned proto, unsigned from, unsigned sport, unsigned to, unsigned dport)
{
	struct packet p = {
		.net = PACKET_NET_IP,
		.l4 = proto == IPPROTO_TCP ? PACKET_L4_TCP : PACKET_L4_UDP,
		.ip_proto = (uint8_t)proto,
		.ttl = 64,
		.frame = 1,
		.src = { host4(from), (uint16_t)sport },
		.dst = { host4(to), (uint16_t)dport },
		.ts = { NS_PER_S },
	};

	return p;
}

struct packet
packet_tcp(
    unsigned from, unsigned sport, unsigned to, unsigned dport, unsigned flags)
{
	struct packet p = packet_of(IPPROTO_TCP, from, sport, to, dport);

	p.tcp_flags = (uint8_t)flags;
	return p;
}

void
packet_payload(struct packet *p, const void *data, size_t len)
{
	p->payload = cur_new(data, len);
	p->payload_wire = (uint32_t)len;
}

static void
put_le32(struct buf *b, uint32_t v)
{
	buf_be32(b, __builtin_bswap32(v));
}

const char *
frames_write(
    const char *name, uint32_t linktype, const struct buf *frames, size_t n)
{
	static char path[128];
	struct buf file;
	FILE *f;

	(void)snprintf(
	    path, sizeof(path), "/tmp/es-test-%s-%d.pcap", name, getpid());
	buf_init(&file, 1U << 24);
	put_le32(&file, 0xa1b2c3d4);
	put_le32(&file, 0x00040002);
	put_le32(&file, 0);
	put_le32(&file, 0);
	put_le32(&file, 262144);
	put_le32(&file, linktype);
	for (size_t i = 0; i < n; i++) {
		put_le32(&file, 1700000000U + (uint32_t)i);
		put_le32(&file, 0);
		put_le32(&file, (uint32_t)frames[i].len);
		put_le32(&file, (uint32_t)frames[i].len);
		buf_put(&file, frames[i].data, frames[i].len);
	}
	f = fopen(path, "wb");
	if (f == NULL || file.bad ||
	    fwrite(file.data, 1, file.len, f) != file.len)
		abort();
	(void)fclose(f);
	buf_fini(&file);
	return path;
}

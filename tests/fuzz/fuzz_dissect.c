/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dissect: every dissector, by way of claiming, with a flow as capture would show it: octets of two sides that
 * arrive in pieces, with gaps and cuts.
 *
 *	kind (0 UDP, 1 TCP, 2 frame)  port:16  then chunks: flags  length:16  octets
 *	flags: 1 side, 2 gap before, 4 side ends, 8 cut by the snaplen, 16 first after the SYN
 *
 * What is told must survive the trip through a message: that is what the sensor will unpack.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dissect/run.h"
#include "sensor/base/err.h"
#include "sensor/base/hash.h"

#define CHUNKS_MAX 64
#define HELD_MAX (1U << 16)

struct fuzz {
	struct dissect_run *run;
	struct flow flow;
	struct packet pkt;
	uint8_t *held[2]; /* octets that a dissector wants to see again */
	size_t held_len[2];
};

static void
check_told(void *arg, const struct observation *obs)
{
	struct observation back;
	struct cursor cur;
	struct buf b;

	(void)arg;
	es_require(obs->strength >= STRENGTH_CLAIMED);
	es_require(obs->source > SRC_UNKNOWN && obs->source < SRC_MAX);
	buf_init(&b, 65536);
	observation_pack(&b, obs);
	cur = cur_new(b.data, b.len);
	es_require(!b.bad && observation_unpack(&cur, &back) == 1);
	es_require(back.kind == obs->kind && cur_left(&cur) == 0);
	buf_fini(&b);
}

/* A copy of just the octets there are, so that a read behind them is caught. */
static uint8_t *
exact(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
	uint8_t *p = malloc(na + nb == 0 ? 1 : na + nb);

	es_require(p != NULL);
	if (na > 0)
		memcpy(p, a, na);
	if (nb > 0)
		memcpy(p + na, b, nb);
	return p;
}

static void
show(struct fuzz *fz, unsigned flags, struct cursor chunk)
{
	unsigned side = flags & 1;
	bool gap = (flags & 2) != 0;
	size_t before = gap ? 0 : fz->held_len[side];
	size_t len = before + cur_left(&chunk), used;
	uint8_t *octets =
	    exact(fz->held[side], before, chunk.at, cur_left(&chunk));
	struct dissect_input in = { .pkt = &fz->pkt,
		.octets = cur_new(octets, len),
		.side = side == 0 ? SIDE_ORIG : SIDE_RESP,
		.begin = (flags & 16) != 0,
		.gap = gap,
		.end = (flags & 4) != 0 };

	free(fz->held[side]);
	fz->held[side] = NULL;
	fz->held_len[side] = 0;
	fz->pkt.cut = (flags & 8) != 0;
	fz->pkt.payload = in.octets;
	fz->pkt.frame++;
	used = dissect_flow(fz->run, &fz->flow, &in);
	es_require(used <= len);
	if (fz->flow.key.proto == IPPROTO_TCP && len - used <= HELD_MAX) {
		fz->held[side] = exact(octets + used, len - used, NULL, 0);
		fz->held_len[side] = len - used;
	}
	free(octets);
}

static void
flow_run(struct fuzz *fz, struct cursor cur, uint8_t proto, uint16_t port)
{
	struct flow *f = &fz->flow;

	f->key.family = 4;
	f->key.proto = proto;
	memcpy(f->key.a, "\xc0\0\2\x0a", 4);
	memcpy(f->key.b, "\xc0\0\2\x14", 4);
	f->key.port_a = 40000;
	f->key.port_b = port;
	f->mode = FLOW_PROBING;
	f->server = SIDE_NONE;
	fz->pkt.l4 = proto == IPPROTO_TCP ? PACKET_L4_TCP : PACKET_L4_UDP;
	for (unsigned i = 0; i < CHUNKS_MAX && cur_left(&cur) >= 3; i++) {
		uint8_t flags = cur_u8(&cur);
		struct cursor chunk = cur_sub_upto(&cur, cur_be16(&cur));

		if (f->mode == FLOW_IGNORED)
			break;
		fz->pkt.src = fz->pkt.dst = (struct endpoint){ 0 };
		fz->pkt.src.addr =
		    addr_from_bytes((flags & 1) != 0 ? f->key.b : f->key.a, 4);
		fz->pkt.src.port = (flags & 1) != 0 ? port : 40000;
		fz->pkt.dst.addr =
		    addr_from_bytes((flags & 1) != 0 ? f->key.a : f->key.b, 4);
		fz->pkt.dst.port = (flags & 1) != 0 ? 40000 : port;
		show(fz, flags, chunk);
	}
	dissect_flow_end(fz->run, f);
	free(fz->held[0]);
	free(fz->held[1]);
}

/* Frames: the port selects an ethertype (from 0x600 up) or an IP protocol. */
static void
frame_run(struct fuzz *fz, struct cursor cur, uint16_t key)
{
	size_t len = cur_left(&cur);
	uint8_t *octets = exact(cur.at, len, NULL, 0);
	struct packet *pkt = &fz->pkt;

	pkt->proto_key = key;
	pkt->net = key >= 0x600 ? PACKET_NET_ETHERTYPE : PACKET_NET_IP;
	pkt->ip_proto = (uint8_t)key;
	pkt->ttl = 255;
	pkt->payload = cur_new(octets, len);
	if (pkt->net == PACKET_NET_IP) {
		pkt->src.addr =
		    addr_from_bytes(key == IPPROTO_ICMPV6
					? "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
					: "\xc0\0\2\x0a",
			key == IPPROTO_ICMPV6 ? 16 : 4);
		pkt->dst.addr = pkt->src.addr;
	}
	dissect_frame(fz->run, pkt);
	free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cur = cur_new(data, size);
	uint8_t kind = cur_u8(&cur);
	uint16_t key = cur_be16(&cur);
	struct fuzz fz = { 0 };
	/* Once: its tables are large. What outlives a flow is only DHCP's. */
	static struct dissect_run *run;

	if (cur_bad(&cur))
		return 0;
	if (run == NULL) {
		hash_seed_fixed();
		run = dissect_run_new(check_told, NULL, 16);
		es_require(run != NULL);
	}
	fz.run = run;
	fz.pkt.has_mac = true;
	memcpy(fz.pkt.src_mac.b, "\x52\x54\0\0\0\x0a", 6);
	if (kind % 3 == 2)
		frame_run(&fz, cur, key);
	else
		flow_run(
		    &fz, cur, kind % 3 == 1 ? IPPROTO_TCP : IPPROTO_UDP, key);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode: records of every link type through the decoder and the defragmenter.
 *
 *	row of links.def  then records: length:16  octets
 *
 * Whatever the octets are: payloads lie inside the record or the datagram, levels and depth are bounded, ports come
 * only with a transport, addresses only with IP.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/decode/decode.h"
#include "capture/flow/defrag.h"
#include "capture/limits.h"
#include "sensor/base/err.h"

#define RECORDS_MAX 32

static const uint32_t linktypes[] = {
#define LINK(name, number, file) number,
#include "capture/decode/links.def"
#undef LINK
};

static void
check_inside(const struct cursor *c, const uint8_t *from, size_t len)
{
	if (cur_left(c) == 0)
		return;
	es_require(c->at >= from && c->end <= from + len && c->at < c->end);
}

static void
check_level(const struct packet *p, unsigned level)
{
	bool ports = p->l4 == PACKET_L4_TCP || p->l4 == PACKET_L4_UDP ||
		     p->l4 == PACKET_L4_SCTP;

	es_require(p->depth == level && level < LIMIT_DEPTH);
	es_require(ports || (p->src.port == 0 && p->dst.port == 0));
	es_require(p->net == PACKET_NET_IP || p->l4 == PACKET_L4_NONE);
	es_require((p->net == PACKET_NET_IP) == addr_is_set(&p->src.addr));
	es_require(addr_is_set(&p->src.addr) == addr_is_set(&p->dst.addr));
}

static void
decode_one(struct defrag **defrag, uint32_t linktype, const uint8_t *data,
    uint32_t len)
{
	struct decode_input in = { .data = data, .caplen = len };
	struct decoder d;
	unsigned level = 0;
	bool whole = false;

	decode_begin(&d, link_find(linktype), &in);
	while (decode_next(&d)) {
		struct cursor datagram;

		if (!whole)
			check_inside(&d.pkt.payload, data, len);
		check_level(&d.pkt, level++);
		if (d.pkt.l4 != PACKET_L4_FRAG)
			continue;
		if (*defrag == NULL)
			*defrag = defrag_new(LIMIT_FRAG_CONTEXTS);
		es_require(*defrag != NULL);
		if (!defrag_put(*defrag, &d.pkt, &datagram))
			continue;
		es_require(cur_left(&datagram) <= 65535);
		decode_datagram(&d, &d.pkt, datagram);
		check_inside(&d.pkt.payload, datagram.at, cur_left(&datagram));
		whole = true;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_new(data, size);
	uint32_t linktype = linktypes[cur_u8(&c) % ES_ARRAY_LEN(linktypes)];
	struct defrag *defrag = NULL; /* made when it is needed: it is large */

	for (unsigned i = 0; i < RECORDS_MAX && cur_left(&c) > 2; i++) {
		struct cursor rec = cur_sub_upto(&c, cur_be16(&c));
		uint32_t len = (uint32_t)cur_left(&rec);
		uint8_t *exact = malloc(len == 0 ? 1 : len);

		es_require(exact != NULL);
		memcpy(exact, rec.at, len);
		decode_one(&defrag, linktype, exact, len);
		free(exact);
	}
	defrag_free(defrag);
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine that runs the steps, and the table of link types; see decode.h.
 */
#include "capture/decode/decode.h"

#include "capture/decode/steps.h"
#include "capture/limits.h"

#define LINK(name, number, file) extern const struct link link_##file;
#include "capture/decode/links.def"
#undef LINK

static const struct {
	uint32_t linktype;
	const struct link *link;
} links[] = {
#define LINK(name, number, file) { number, &link_##file },
#include "capture/decode/links.def"
#undef LINK
};

const struct link *
link_find(uint32_t linktype)
{
	for (size_t i = 0; i < ES_ARRAY_LEN(links); i++)
		if (links[i].linktype == linktype)
			return links[i].link;
	return NULL;
}

/* Set one by one: clearing all of it would cost more than most headers. */
static void
packet_reset(struct packet *p, unsigned depth)
{
	p->segment = 0;
	p->src = p->dst = (struct endpoint){ 0 };
	p->proto_key = 0;
	p->net = PACKET_NET_ETHERTYPE;
	p->ip_proto = 0;
	p->ttl = 0;
	p->l4 = PACKET_L4_NONE;
	p->tcp_flags = 0;
	p->depth = (uint8_t)depth;
	p->has_mac = false;
	p->cut = false;
	p->reassembled = false;
	p->payload_wire = 0;
}

void
decode_begin(
    struct decoder *d, const struct link *link, const struct decode_input *in)
{
	packet_reset(&d->pkt, 0);
	d->pkt.ts = in->ts;
	d->pkt.frame = in->frame;
	d->pkt.ifindex = in->ifindex;
	d->cur = cur_new(in->data, in->caplen);
	d->step = link->step;
	d->next_type = 0;
	d->segment = 0;
	d->verdict = VERDICT_OK;
	d->headers = 0;
	d->levels = 0;
	d->mac_hidden = false;
	d->cut = in->cut;
}

bool
decode_next(struct decoder *d)
{
	d->emit = false;
	if (d->levels > 0 && d->step != NULL) {
		packet_reset(&d->pkt, d->levels);
		d->mac_hidden = true;
	}
	while (d->step != NULL) {
		enum verdict (*step)(struct decoder *) = d->step;

		d->step = NULL;
		if (d->headers++ == LIMIT_HEADERS || d->levels == LIMIT_DEPTH) {
			d->verdict = VERDICT_UNSUPPORTED;
			return false;
		}
		d->verdict = step(d);
		if (d->verdict != VERDICT_OK)
			d->step = NULL;
		if (d->emit) {
			d->pkt.segment = d->segment;
			d->levels++;
			return true;
		}
	}
	return false;
}

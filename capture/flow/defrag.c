/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Defragmentation; see defrag.h.
 *
 * Spec: RFC 791 §3.2, RFC 815 (the idea of ranges), RFC 8200 §4.5, RFC 5722.
 */
#include "capture/flow/defrag.h"

#include <stdlib.h>

#include "capture/flow/ranges.h"
#include "capture/limits.h"

#define DATAGRAM_MAX 65535U

struct defrag_context {
	bool used;
	uint8_t ip_proto;
	uint32_t id;
	uint64_t segment;
	struct addr src;
	struct addr dst;
	struct wall begun;
	uint32_t total; /* 0: the last piece has not come */
	uint32_t count;
	struct range ranges[LIMIT_FRAG_PIECES];
	uint32_t pieces;
};

struct defrag {
	struct defrag_stats stats;
	uint32_t active;
	uint32_t count;
	uint8_t (*data)[DATAGRAM_MAX]; /* of each context */
	struct defrag_context contexts[LIMIT_FRAG_CONTEXTS];
};

struct defrag *
defrag_new(uint32_t contexts)
{
	struct defrag *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->count =
	    contexts < LIMIT_FRAG_CONTEXTS ? contexts : LIMIT_FRAG_CONTEXTS;
	d->data = calloc(d->count, sizeof(*d->data));
	if (d->data == NULL) {
		free(d);
		return NULL;
	}
	return d;
}

void
defrag_free(struct defrag *d)
{
	if (d == NULL)
		return;
	free(d->data);
	free(d);
}

void
defrag_stats_get(const struct defrag *d, struct defrag_stats *out)
{
	*out = d->stats;
}

static void
context_give_up(struct defrag *d, struct defrag_context *c)
{
	d->stats.dropped += c->pieces;
	d->active--;
	c->used = false;
}

void
defrag_expire(struct defrag *d, struct wall now)
{
	for (uint32_t i = 0; d->active > 0 && i < d->count; i++) {
		struct defrag_context *c = &d->contexts[i];

		if (c->used && now.ns - c->begun.ns > LIMIT_FRAG_S * NS_PER_S)
			context_give_up(d, c);
	}
}

static bool
context_is(const struct defrag_context *c, const struct packet *p)
{
	return c->used && c->id == p->frag_id && c->segment == p->segment &&
	       c->ip_proto == p->ip_proto && addr_eq(&c->src, &p->src.addr) &&
	       addr_eq(&c->dst, &p->dst.addr);
}

/* The datagram of @p p; a new one takes a free place, or the oldest. */
static struct defrag_context *
context_find(struct defrag *d, const struct packet *p)
{
	struct defrag_context *best = &d->contexts[0];

	for (uint32_t i = 0; i < d->count; i++) {
		struct defrag_context *c = &d->contexts[i];

		if (context_is(c, p))
			return c;
		if (best->used && (!c->used || c->begun.ns < best->begun.ns))
			best = c;
	}
	if (best->used)
		context_give_up(d, best);
	d->active++;
	best->used = true;
	best->ip_proto = p->ip_proto;
	best->id = p->frag_id;
	best->segment = p->segment;
	best->src = p->src.addr;
	best->dst = p->dst.addr;
	best->begun = p->ts;
	best->total = best->count = best->pieces = 0;
	return best;
}

/* What no honest sender makes. */
static bool
piece_is_bad(const struct packet *p, uint32_t len)
{
	return len == 0 || p->cut || p->frag_at + len > DATAGRAM_MAX ||
	       (p->frag_more && len % 8 != 0);
}

bool
defrag_put(struct defrag *d, const struct packet *p, struct cursor *datagram)
{
	uint32_t len = (uint32_t)cur_left(&p->payload);
	struct range at = { p->frag_at, p->frag_at + len };
	struct defrag_context *c;
	uint8_t *data;
	bool overlap;

	d->stats.fragments++;
	if (piece_is_bad(p, len)) {
		d->stats.dropped++;
		return false;
	}
	c = context_find(d, p);
	c->pieces++;
	data = d->data[c - d->contexts];
	overlap = ranges_fill(c->ranges, c->count, data, at, p->payload.at);
	if ((overlap && p->src.addr.family == 6) ||
	    !ranges_add(c->ranges, &c->count, LIMIT_FRAG_PIECES, at) ||
	    (c->total != 0 && at.to > c->total)) {
		context_give_up(d, c);
		return false;
	}
	if (!p->frag_more && c->total == 0)
		c->total = at.to;
	if (c->total == 0 || c->count != 1 || c->ranges[0].from != 0 ||
	    c->ranges[0].to < c->total)
		return false;
	*datagram = cur_new(data, c->total);
	d->stats.reassembled++;
	d->active--;
	c->used = false;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded reassembly; see reasm.h.
 *
 * A block holds the octets [base, base + REASM_WINDOW) of a side. Those up to
 * side->next are in order (`kept` of them: given before, not consumed); behind
 * a hole there are up to LIMIT_REASM_RANGES ranges, sorted and apart. Blocks
 * stand in the order in which they were taken; with none free the oldest one
 * is taken from its flow.
 */
#include "capture/flow/reasm.h"

#include <stdlib.h>
#include <string.h>

#include "capture/flow/ranges.h"
#include "capture/limits.h"

#include "sensor/base/err.h"

/* Arrivals behind a hole before an acknowledged hole is given up: packets
 * may be captured in another order than they were sent. */
#define WAIT_ACKED 3U

/* A segment further ahead than this is not of this stream. */
#define FAR_AHEAD (1U << 20)

struct reasm_block {
	struct flow *flow;
	struct reasm_block *older; /* free: next */
	struct reasm_block *newer;
	uint32_t base; /* sequence number of data[0] */
	uint32_t kept; /* in order: base + kept == side->next */
	uint32_t nranges;
	struct range ranges[LIMIT_REASM_RANGES]; /* from base */
	uint8_t data[REASM_WINDOW];
};

struct reasm {
	struct reasm_block *blocks;
	struct reasm_block *free;
	struct reasm_block *oldest;
	struct reasm_block *newest;
	uint32_t count;
	uint32_t used; /* blocks[used..] were never touched */
	uint64_t dropped;
	reasm_lost_fn on_lost;
	void *arg;
};

struct reasm *
reasm_new(uint32_t octets, reasm_lost_fn on_lost, void *arg)
{
	struct reasm *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->count = octets / REASM_WINDOW < 2 ? 2 : octets / REASM_WINDOW;
	r->on_lost = on_lost;
	r->arg = arg;
	r->blocks = calloc(r->count, sizeof(*r->blocks));
	if (r->blocks == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
reasm_free(struct reasm *r)
{
	if (r == NULL)
		return;
	free(r->blocks);
	free(r);
}

uint64_t
reasm_dropped(const struct reasm *r)
{
	return r->dropped;
}

/* ---- blocks ---- */

static void
block_release(struct reasm *r, struct flow_side *s)
{
	struct reasm_block *b = s->block;

	if (b == NULL)
		return;
	if (b->older == NULL)
		r->oldest = b->newer;
	else
		b->older->newer = b->newer;
	if (b->newer == NULL)
		r->newest = b->older;
	else
		b->newer->older = b->older;
	b->flow = NULL;
	b->older = r->free;
	r->free = b;
	s->block = NULL;
}

/* What is lost with a block: all that it holds. */
static uint64_t
block_held(const struct reasm_block *b)
{
	uint64_t held = b->kept;

	for (uint32_t i = 0; i < b->nranges; i++)
		held += b->ranges[i].to - b->ranges[i].from;
	return held;
}

void
reasm_drop(struct reasm *r, struct flow *f)
{
	for (unsigned i = 0; i < 2; i++) {
		if (f->side[i].block == NULL)
			continue;
		r->dropped += block_held(f->side[i].block);
		block_release(r, &f->side[i]);
	}
}

static struct reasm_block *
block_take(struct reasm *r, struct flow *f, enum side side)
{
	struct reasm_block *b;
	struct flow *loser;

	if (r->free == NULL && r->used < r->count) {
		b = &r->blocks[r->used++];
	} else {
		if (r->free == NULL) {
			loser = r->oldest->flow;
			reasm_drop(r, loser);
			r->on_lost(r->arg, loser);
		}
		es_require(r->free != NULL);
		b = r->free;
		r->free = b->older;
	}
	b->flow = f;
	b->base = f->side[side].next;
	b->kept = 0;
	b->nranges = 0;
	b->newer = NULL;
	b->older = r->newest;
	if (r->newest == NULL)
		r->oldest = b;
	else
		r->newest->newer = b;
	r->newest = b;
	f->side[side].block = b;
	return b;
}

/* The first range may have become part of what is in order. */
static void
block_advance(struct reasm_block *b, struct flow_side *s)
{
	while (b->nranges > 0 && b->ranges[0].from <= b->kept) {
		if (b->ranges[0].to > b->kept)
			b->kept = b->ranges[0].to;
		ranges_remove(b->ranges, &b->nranges, 0);
		s->skips = 0;
	}
	s->next = b->base + b->kept;
}

/* Move what is at @p from to the front. */
static void
block_shift(struct reasm_block *b, uint32_t from)
{
	uint32_t end = b->kept;

	if (from == 0)
		return;
	if (b->nranges > 0)
		end = b->ranges[b->nranges - 1].to;
	memmove(b->data, b->data + from, end - from);
	b->base += from;
	b->kept = b->kept > from ? b->kept - from : 0;
	for (uint32_t i = 0; i < b->nranges; i++) {
		b->ranges[i].from -= from;
		b->ranges[i].to -= from;
	}
}

/* Give up the hole: what is kept is lost with it, the first range follows. */
static enum reasm_result
block_skip_hole(struct reasm *r, struct flow_side *s, struct cursor *out)
{
	struct reasm_block *b = s->block;

	r->dropped += b->ranges[0].from;
	block_shift(b, b->ranges[0].from);
	b->kept = 0;
	block_advance(b, s);
	s->skips = 0;
	s->flags |= SIDE_GAP;
	*out = cur_new(b->data, b->kept);
	return REASM_GAP;
}

/* ---- segments ---- */

/* Begin again at @p seq: all before it is lost. */
static enum reasm_result
side_resync(struct reasm *r, struct flow_side *s, uint32_t seq,
    const struct cursor *payload, struct cursor *out)
{
	if (s->block != NULL) {
		r->dropped += block_held(s->block);
		block_release(r, s);
	}
	r->dropped += seq - s->next;
	s->next = seq + (uint32_t)cur_left(payload);
	s->skips = 0;
	s->flags |= SIDE_GAP;
	*out = *payload;
	return REASM_GAP;
}

/* A segment behind a hole. */
static enum reasm_result
side_ahead(struct reasm *r, struct flow *f, enum side side, uint32_t seq,
    const struct cursor *payload, struct cursor *out)
{
	struct flow_side *s = &f->side[side];
	const struct flow_side *peer = &f->side[side ^ 1];
	uint32_t ahead = seq - s->next;
	uint32_t len = (uint32_t)cur_left(payload);
	bool acked =
	    (peer->flags & SIDE_PROVED) && (int32_t)(peer->ack - s->next) > 0;
	struct reasm_block *b = s->block;
	uint32_t kept = b == NULL ? 0 : b->kept;
	bool fits = kept + ahead + len <= REASM_WINDOW;
	struct range at;

	if (ahead > FAR_AHEAD) {
		r->dropped += len;
		return REASM_NOTHING;
	}
	s->skips++;
	if (fits) {
		if (b == NULL)
			b = block_take(r, f, side);
		at = (struct range){ kept + ahead, kept + ahead + len };
		(void)ranges_fill(
		    b->ranges, b->nranges, b->data, at, payload->at);
		fits =
		    ranges_add(b->ranges, &b->nranges, LIMIT_REASM_RANGES, at);
	}
	if (!fits && (acked || s->skips >= WAIT_ACKED))
		return side_resync(r, s, seq, payload, out);
	if (!fits) {
		r->dropped += len;
		return REASM_NOTHING;
	}
	if ((acked && s->skips >= WAIT_ACKED) || s->skips >= LIMIT_REASM_WAIT)
		return block_skip_hole(r, s, out);
	return REASM_NOTHING;
}

/* A segment that continues what is in order. */
static enum reasm_result
side_append(struct reasm *r, struct flow_side *s, const struct cursor *payload,
    struct cursor *out)
{
	struct reasm_block *b = s->block;
	uint32_t len = (uint32_t)cur_left(payload);

	if (b == NULL) {
		s->next += len;
		*out = *payload;
		return REASM_DATA;
	}
	if (b->kept == REASM_WINDOW)
		return side_resync(r, s, s->next, payload, out);
	if (len > REASM_WINDOW - b->kept)
		len = REASM_WINDOW - b->kept; /* the rest in another call */
	(void)ranges_fill(b->ranges, b->nranges, b->data,
	    (struct range){ b->kept, b->kept + len }, payload->at);
	b->kept += len;
	block_advance(b, s);
	*out = cur_new(b->data, b->kept);
	return REASM_DATA;
}

enum reasm_result
reasm_put(struct reasm *r, struct flow *f, enum side side,
    const struct packet *pkt, struct cursor *out)
{
	struct flow_side *s = &f->side[side];
	struct cursor payload = pkt->payload;
	uint32_t seq = pkt->tcp_seq + ((pkt->tcp_flags & TCP_SYN) ? 1 : 0);
	int32_t ahead = (int32_t)(seq - s->next);

	if (ahead < 0) {
		if ((uint32_t)-ahead >= cur_left(&payload))
			return REASM_NOTHING;
		cur_skip(&payload, (uint32_t)-ahead);
		seq = s->next;
		ahead = 0;
	}
	if (cur_left(&payload) == 0)
		return REASM_NOTHING;
	if (ahead > 0)
		return side_ahead(r, f, side, seq, &payload, out);
	return side_append(r, s, &payload, out);
}

void
reasm_consume(struct reasm *r, struct flow *f, enum side side,
    const struct cursor *out, size_t used)
{
	struct flow_side *s = &f->side[side];
	struct reasm_block *b = s->block;
	size_t given = (size_t)(out->end - out->at);
	uint32_t rest = (uint32_t)(given - (used < given ? used : given));

	if (b != NULL) {
		block_shift(b, b->kept - rest);
		if (b->kept == 0 && b->nranges == 0)
			block_release(r, s);
		return;
	}
	if (rest == 0)
		return;
	if (rest > REASM_WINDOW) {
		r->dropped += rest;
		return;
	}
	b = block_take(r, f, side);
	b->base = s->next - rest;
	b->kept = rest;
	memcpy(b->data, out->end - rest, rest);
}

enum reasm_result
reasm_flush(struct reasm *r, struct flow *f, enum side side, struct cursor *out)
{
	struct flow_side *s = &f->side[side];

	if (s->block == NULL || s->block->nranges == 0)
		return REASM_NOTHING;
	return block_skip_hole(r, s, out);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which dissector sees what: the tables behind dissectors.def, claiming, budgets, and the commit of what was
 * observed; the rules are in dissect.h.
 *
 * A flow's octets are probed in two rounds: dissectors that hope for one of the ports, then those whose content may
 * start with this octet (a set of bits for each octet, made at start). So a flow of unknown content costs a look at
 * one table.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dissect/digest.h"
#include "capture/dissect/run_impl.h"
#include "sensor/base/err.h"

static const struct dissector *const rows[] = {
#define DISSECTOR(name) &dissect_##name,
#include "capture/dissect/dissectors.def"
#undef DISSECTOR
	NULL,
};

/* ---- tables ---- */

static void
set_add(struct dissector_set *set, unsigned i)
{
	set->bits[i / 64] |= UINT64_C(1) << i % 64;
}

static void
run_add_hint(struct dissect_run *run, unsigned i, unsigned tcp, uint64_t port)
{
	uint16_t *head = &run->hint_of[tcp][port & 0xffff];

	es_require(run->nhints + 1 < HINTS_MAX);
	run->nhints++;
	run->hints[run->nhints] =
	    (struct dissect_hint){ .dissector = (uint8_t)i, .next = *head };
	*head = (uint16_t)run->nhints;
}

static void
run_add_first(struct dissect_run *run, unsigned i, unsigned tcp)
{
	const struct dissector *d = run->all[i];

	for (unsigned octet = 0; octet < 256; octet++)
		if (d->first == NULL ||
		    memchr(d->first, (int)octet, d->nfirst) != NULL)
			set_add(&run->first[tcp][octet], i);
}

static bool
run_add(struct dissect_run *run, const struct dissector *d)
{
	unsigned i = run->count;

	if (d->instance_size > 0) {
		run->instances[i] = calloc(1, d->instance_size);
		if (run->instances[i] == NULL)
			return false;
		run->all[i] = d;
		run->count = i + 1; /* so that a failure below frees it */
		if (d->instance_init != NULL &&
		    !d->instance_init(run->instances[i]))
			return false;
		run->count = i;
	}
	es_require(i < DISSECTORS_MAX);
	es_require(d->flow_state_size <= DISSECT_STATE_MAX);
	run->all[run->count++] = d;
	if (d->shapes & DISSECT_DATAGRAM)
		run_add_first(run, i, 0);
	if (d->shapes & DISSECT_STREAM)
		run_add_first(run, i, 1);
	for (size_t k = d->nkeys; k-- > 0;) {
		if (d->keys[k].kind == KEY_UDP_PORT)
			run_add_hint(run, i, 0, d->keys[k].value);
		if (d->keys[k].kind == KEY_TCP_PORT)
			run_add_hint(run, i, 1, d->keys[k].value);
		if (d->keys[k].kind == KEY_IP_PROTO)
			set_add(&run->by_ip_proto[d->keys[k].value & 0xff], i);
	}
	return true;
}

struct dissect_run *
dissect_run_new(dissect_tell_fn tell, void *arg, uint32_t states)
{
	struct dissect_run *run = calloc(1, sizeof(*run));

	if (run == NULL)
		return NULL;
	digest_warm();
	run->tell = tell;
	run->arg = arg;
	states = states < 2 ? 2 : states > UINT16_MAX ? UINT16_MAX : states;
	run->states = calloc(states, sizeof(*run->states));
	run->free_states = calloc(states, sizeof(uint16_t));
	if (run->states == NULL || run->free_states == NULL) {
		dissect_run_free(run);
		return NULL;
	}
	/* Index 0 means none, so the first state is never given. */
	for (uint32_t i = states - 1; i > 0; i--)
		run->free_states[run->nfree++] = (uint16_t)i;
	for (unsigned i = 0; rows[i] != NULL; i++) {
		if (!run_add(run, rows[i])) {
			dissect_run_free(run);
			return NULL;
		}
	}
	return run;
}

void
dissect_run_free(struct dissect_run *run)
{
	if (run == NULL)
		return;
	for (unsigned i = 0; i < run->count; i++) {
		if (run->all[i]->instance_fini != NULL)
			run->all[i]->instance_fini(run->instances[i]);
		free(run->instances[i]);
	}
	free(run->states);
	free(run->free_states);
	free(run);
}

void
dissect_stats_get(const struct dissect_run *run, struct dissect_stats *out)
{
	*out = run->stats;
}

/* ---- one call ---- */

static void *
run_instance(const struct dissect_run *run, const struct dissector *d)
{
	if (d->instance_size == 0)
		return NULL;
	for (unsigned i = 0; i < run->count; i++)
		if (run->all[i] == d)
			return run->instances[i];
	return NULL;
}

static void
run_begin(struct dissect_run *run, const struct dissector *d, struct flow *f)
{
	run->dissector = d;
	run->flow = f;
	run->keep = NULL;
	run->inner = NULL;
	run->inner_from = NULL;
	run->release = false;
	run->staged = 0;
	run->scratch_used = 0;
}

static void
run_commit(struct dissect_run *run)
{
	for (size_t i = 0; i < run->staged; i++)
		run->tell(run->arg, &run->stage[i]);
	run->staged = 0;
}

static bool
verdict_holds(enum verdict v)
{
	return v == VERDICT_OK || v == VERDICT_TRUNCATED;
}

/* ---- frames ---- */

static bool
keys_have(const struct dissector *d, enum dissect_key_kind kind, uint64_t value)
{
	for (size_t i = 0; i < d->nkeys; i++)
		if (d->keys[i].kind == kind && d->keys[i].value == value)
			return true;
	return false;
}

/* All that have a key of this frame; several may read one IP protocol. */
static struct dissector_set
frame_readers(const struct dissect_run *run, const struct packet *pkt)
{
	static const enum dissect_key_kind kinds[] = {
		[PACKET_NET_ETHERTYPE] = KEY_ETHERTYPE,
		[PACKET_NET_SNAP] = KEY_SNAP,
		[PACKET_NET_LLC] = KEY_LLC,
	};
	struct dissector_set set = { { 0 } };

	if (pkt->net == PACKET_NET_IP)
		return run->by_ip_proto[pkt->ip_proto];
	for (unsigned i = 0; i < run->count; i++)
		if (keys_have(run->all[i], kinds[pkt->net], pkt->proto_key))
			set_add(&set, i);
	return set;
}

/* Take one out of a set; false when it is empty. */
static bool
set_take(struct dissector_set *set, unsigned *i)
{
	for (unsigned w = 0; w < ES_ARRAY_LEN(set->bits); w++) {
		if (set->bits[w] == 0)
			continue;
		*i = w * 64 + (unsigned)__builtin_ctzll(set->bits[w]);
		set->bits[w] &= set->bits[w] - 1;
		return true;
	}
	return false;
}

void
dissect_frame(struct dissect_run *run, const struct packet *pkt)
{
	struct dissector_set readers = frame_readers(run, pkt);
	struct dissect_ctx ctx = {
		.pkt = pkt,
		.ends = { pkt->src, pkt->dst },
		.server = SIDE_NONE,
		.partial = pkt->cut,
		.run = run,
	};
	unsigned i;

	while (set_take(&readers, &i)) {
		enum verdict v;

		run_begin(run, run->all[i], NULL);
		ctx.instance = run->instances[i];
		v = run->all[i]->dissect(&ctx, pkt->payload);
		if (verdict_holds(v))
			run_commit(run);
		else if (v == VERDICT_MALFORMED)
			run->stats.malformed++;
	}
}

/* ---- claiming ---- */

static void
flow_release_state(struct dissect_run *run, struct flow *f)
{
	if (f->state_index == 0)
		return;
	run->free_states[run->nfree++] = f->state_index;
	f->state_index = 0;
}

/* Give the flow to @p d; false when no state is left for it. */
static bool
flow_assign(struct dissect_run *run, struct flow *f, const struct dissector *d)
{
	flow_release_state(run, f);
	if (d->flow_state_size > 0) {
		if (run->nfree == 0) {
			run->stats.budget++;
			f->mode = FLOW_IGNORED;
			return false;
		}
		f->state_index = run->free_states[--run->nfree];
		memset(&run->states[f->state_index], 0, d->flow_state_size);
	}
	f->dissector = d;
	f->mode = FLOW_CLAIMED;
	return true;
}

static enum claim
probe_one(struct dissect_run *run, unsigned i, struct dissect_ctx *ctx,
    struct cursor octets, bool hint)
{
	const struct dissector *d = run->all[i];
	unsigned shape =
	    ctx->proto == IPPROTO_TCP ? DISSECT_STREAM : DISSECT_DATAGRAM;

	if ((d->shapes & shape) == 0 || d->probe == NULL)
		return CLAIM_NO;
	ctx->port_hint = hint;
	ctx->instance = run->instances[i];
	return d->probe(ctx, octets);
}

/* Ask everybody who might; CLAIM_YES sets *@p who. */
static enum claim
probe_all(struct dissect_run *run, struct dissect_ctx *ctx,
    struct cursor octets, const struct dissector **who)
{
	unsigned tcp = ctx->proto == IPPROTO_TCP;
	struct dissector_set set = run->first[tcp][cur_peek(&octets, 0)];
	enum claim best = CLAIM_NO;
	unsigned i;

	for (unsigned e = 0; e < 2; e++) {
		uint16_t at = run->hint_of[tcp][ctx->ends[e].port];

		for (; at != 0; at = run->hints[at].next) {
			enum claim c;

			i = run->hints[at].dissector;
			c = probe_one(run, i, ctx, octets, true);
			set.bits[i / 64] &= ~(UINT64_C(1) << i % 64);
			*who = run->all[i];
			if (c == CLAIM_YES)
				return c;
			best = c > best ? c : best;
		}
	}
	while (set_take(&set, &i)) {
		enum claim c = probe_one(run, i, ctx, octets, false);

		*who = run->all[i];
		if (c == CLAIM_YES)
			return c;
		best = c > best ? c : best;
	}
	return best;
}

/* Nobody's yet. True when it was claimed; else *@p used tells what to keep. */
static bool
flow_probe(struct dissect_run *run, struct flow *f, struct dissect_ctx *ctx,
    struct cursor octets, size_t *used)
{
	const struct dissector *who = NULL;
	size_t len = cur_left(&octets);
	enum claim claim;

	*used = len;
	if (len == 0)
		return false;
	run_begin(run, NULL, f);
	claim = probe_all(run, ctx, octets, &who);
	if (claim == CLAIM_YES) {
		if (!flow_assign(run, f, who))
			return false;
		f->name = who->name;
		return true;
	}
	f->probes++;
	if (claim == CLAIM_MORE && ctx->proto == IPPROTO_TCP && !ctx->end &&
	    len < LIMIT_PROBE_OCTETS) {
		*used = 0;
		if (f->probes < LIMIT_PROBE_CALLS * 4)
			return false;
	}
	if (f->probes >= LIMIT_PROBE_CALLS)
		f->mode = FLOW_IGNORED;
	return false;
}

/* ---- flows ---- */

static void
flow_lose(struct dissect_run *run, struct flow *f)
{
	flow_release_state(run, f);
	f->mode = FLOW_IGNORED;
}

/* A payload that broke the protocol. What never showed a good one was
 * claimed in error: it has no name, and a UDP flow may find another owner. */
static void
flow_malformed(
    struct dissect_run *run, struct flow *f, const struct dissect_ctx *ctx)
{
	run->stats.malformed++;
	if (ctx->proto == IPPROTO_UDP && f->shown > 0)
		return;
	if (f->shown == 0)
		f->name = NULL;
	flow_lose(run, f);
	if (ctx->proto == IPPROTO_UDP && ++f->probes < LIMIT_PROBE_CALLS)
		f->mode = FLOW_PROBING;
}

static bool
within(const struct cursor *c, const uint8_t *p)
{
	return p != NULL && p >= c->at && p <= c->end;
}

/* One call of the flow's dissector. Returns how many octets it used. */
static size_t
flow_call(struct dissect_run *run, struct flow *f, struct dissect_ctx *ctx,
    struct cursor octets)
{
	size_t len = cur_left(&octets);
	size_t used = len;
	enum verdict v;

	run_begin(run, f->dissector, f);
	ctx->instance = run_instance(run, f->dissector);
	ctx->state =
	    f->state_index == 0 ? NULL : run->states[f->state_index].octets;
	v = f->dissector->dissect(ctx, octets);
	ctx->server = f->server;
	if (!verdict_holds(v)) {
		if (v == VERDICT_MALFORMED)
			flow_malformed(run, f, ctx);
		else
			flow_lose(run, f);
		return len;
	}
	run_commit(run);
	if (within(&octets, run->keep))
		used = (size_t)(run->keep - octets.at);
	if (run->inner != NULL) {
		if (within(&octets, run->inner_from))
			used = (size_t)(run->inner_from - octets.at);
		(void)flow_assign(run, f, run->inner);
	}
	f->shown += (uint32_t)used + 1;
	if (run->release) {
		flow_lose(run, f);
		return len;
	}
	if (ctx->proto == IPPROTO_TCP &&
	    (f->shown > DISSECT_BUDGET || len - used > DISSECT_HOLD_MAX)) {
		run->stats.budget++;
		flow_lose(run, f);
		return len;
	}
	return used;
}

static void
ctx_fill(struct dissect_ctx *ctx, struct dissect_run *run, const struct flow *f,
    const struct dissect_input *in)
{
	ctx->pkt = in->pkt;
	ctx->ends[0] = flow_end(f, SIDE_ORIG);
	ctx->ends[1] = flow_end(f, SIDE_RESP);
	ctx->proto = f->key.proto;
	ctx->side = (uint8_t)in->side;
	ctx->server = f->server;
	ctx->begin = in->begin;
	ctx->gap = in->gap;
	ctx->end = in->end;
	ctx->partial = f->cut || (in->pkt != NULL && in->pkt->cut);
	ctx->run = run;
}

size_t
dissect_flow(
    struct dissect_run *run, struct flow *f, const struct dissect_input *in)
{
	struct dissect_ctx ctx = { 0 };
	struct cursor octets = in->octets;
	size_t used = 0;
	size_t n;

	ctx_fill(&ctx, run, f, in);
	if (f->mode == FLOW_PROBING && !flow_probe(run, f, &ctx, octets, &used))
		return used;
	used = 0;
	for (unsigned handed = 0; handed < 3; handed++) {
		const struct dissector *owner = f->dissector;

		n = flow_call(run, f, &ctx, octets);
		used += n;
		cur_skip(&octets, n);
		if (f->mode != FLOW_CLAIMED || f->dissector == owner ||
		    cur_left(&octets) == 0)
			break;
	}
	return f->mode == FLOW_IGNORED ? cur_left(&in->octets) : used;
}

void
dissect_flow_end(struct dissect_run *run, struct flow *f)
{
	const struct dissect_input in = { .side = SIDE_NONE, .end = true };
	struct dissect_ctx ctx = { 0 };

	if (f->mode == FLOW_CLAIMED && f->dissector->fini != NULL) {
		ctx_fill(&ctx, run, f, &in);
		run_begin(run, f->dissector, f);
		ctx.instance = run_instance(run, f->dissector);
		if (f->state_index != 0)
			ctx.state = run->states[f->state_index].octets;
		f->dissector->fini(&ctx);
		run_commit(run);
	}
	flow_lose(run, f);
}

/* ---- steering ---- */

void
dissect_keep(struct dissect_ctx *ctx, const struct cursor *from)
{
	ctx->run->keep = from->at;
}

void
dissect_release(struct dissect_ctx *ctx)
{
	ctx->run->release = true;
}

void
dissect_server_is(struct dissect_ctx *ctx, unsigned side)
{
	struct flow *f = ctx->run->flow;

	if (f == NULL || f->handshake || side >= SIDE_NONE)
		return;
	f->server = (uint8_t)side;
	ctx->server = (uint8_t)side;
}

void
dissect_service_name(struct dissect_ctx *ctx, const char *name)
{
	if (ctx->run->flow != NULL)
		ctx->run->flow->name = *name == '\0' ? NULL : name;
}

void
dissect_hand_over(struct dissect_ctx *ctx, const struct dissector *inner,
    const struct cursor *from)
{
	ctx->run->inner = inner;
	ctx->run->inner_from = from == NULL ? NULL : from->at;
}

void
dissect_expect_data(
    struct dissect_ctx *ctx, unsigned proto, const struct endpoint *end)
{
	struct dissect_run *run = ctx->run;
	struct dissect_expectation *e =
	    &run->expected[run->nexpected % LIMIT_EXPECTED];

	run->nexpected++;
	e->end = *end;
	e->proto = (uint8_t)proto;
	e->segment = run->flow != NULL ? run->flow->key.segment : 0;
}

bool
dissect_any_expected(const struct dissect_run *run)
{
	return run->nexpected > 0;
}

bool
dissect_expected(const struct dissect_run *run, unsigned proto,
    const struct endpoint *end, uint64_t segment)
{
	unsigned n =
	    run->nexpected < LIMIT_EXPECTED ? run->nexpected : LIMIT_EXPECTED;

	for (unsigned i = 0; i < n; i++) {
		const struct dissect_expectation *e = &run->expected[i];

		if (e->proto == proto && e->end.port == end->port &&
		    e->segment == segment && addr_eq(&e->end.addr, &end->addr))
			return true;
	}
	return false;
}

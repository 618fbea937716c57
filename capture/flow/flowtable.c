/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of flows; see flow.h. Buckets hold chains of indices into one
 * array of flows; free ones are chained through the same field. The hash is
 * keyed, so nobody outside can make the chains long.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/flow/flow.h"
#include "capture/limits.h"

#define SYN_ACK (TCP_SYN | TCP_ACK)

struct flow_list {
	uint32_t oldest;
	uint32_t newest;
};

struct flowtable {
	struct flow *flows;
	uint32_t *buckets;
	uint32_t mask;
	uint32_t max;
	uint32_t used; /* flows[used..] were never touched */
	uint32_t free; /* chain of those that were */
	uint64_t seed;
	uint64_t next_id;
	struct flow_list lists[FLOW_CLASSES];
	flow_end_fn on_end;
	void *arg;
	struct flowtable_stats stats;
};

static const int64_t idle_s[FLOW_CLASSES] = {
	[FLOW_CLOSED] = LIMIT_TCP_CLOSED_S,
	[FLOW_NEW] = LIMIT_TCP_NEW_S,
	[FLOW_REPLIED] = LIMIT_UDP_S,
	[FLOW_OPEN] = LIMIT_TCP_OPEN_S,
};

/* Which to give up first when the table is full. */
static const enum flow_class victims[FLOW_CLASSES] = { FLOW_CLOSED, FLOW_NEW,
	FLOW_REPLIED, FLOW_OPEN };

struct flowtable *
flowtable_new(uint32_t max, uint64_t seed, flow_end_fn on_end, void *arg)
{
	struct flowtable *t = calloc(1, sizeof(*t));
	uint32_t buckets = 4;

	while (buckets < max && buckets < (1U << 30))
		buckets *= 2;
	if (t == NULL)
		return NULL;
	t->flows = calloc(max, sizeof(*t->flows));
	t->buckets = malloc(buckets * sizeof(*t->buckets));
	if (t->flows == NULL || t->buckets == NULL) {
		flowtable_free(t);
		return NULL;
	}
	memset(t->buckets, 0xff, buckets * sizeof(*t->buckets));
	for (unsigned i = 0; i < FLOW_CLASSES; i++)
		t->lists[i] = (struct flow_list){ FLOW_NONE, FLOW_NONE };
	t->mask = buckets - 1;
	t->max = max;
	t->free = FLOW_NONE;
	t->seed = seed;
	t->on_end = on_end;
	t->arg = arg;
	return t;
}

void
flowtable_free(struct flowtable *t)
{
	if (t == NULL)
		return;
	free(t->flows);
	free(t->buckets);
	free(t);
}

/* ---- lists ---- */

static void
flow_unlist(struct flowtable *t, struct flow *f)
{
	struct flow_list *l = &t->lists[f->list];

	if (f->older == FLOW_NONE)
		l->oldest = f->newer;
	else
		t->flows[f->older].newer = f->newer;
	if (f->newer == FLOW_NONE)
		l->newest = f->older;
	else
		t->flows[f->newer].older = f->older;
}

static void
flow_enlist(struct flowtable *t, struct flow *f, enum flow_class to)
{
	struct flow_list *l = &t->lists[to];
	uint32_t index = (uint32_t)(f - t->flows);

	f->list = (uint8_t)to;
	f->listed = f->last_seen;
	f->newer = FLOW_NONE;
	f->older = l->newest;
	if (l->newest == FLOW_NONE)
		l->oldest = index;
	else
		t->flows[l->newest].newer = index;
	l->newest = index;
}

void
flowtable_move(struct flowtable *t, struct flow *f, enum flow_class to)
{
	if (f->list == to)
		return;
	flow_unlist(t, f);
	flow_enlist(t, f, to);
}

/* ---- keys ---- */

__extension__ typedef unsigned __int128 wide;

static inline uint64_t
key_fold(uint64_t a, uint64_t b)
{
	wide product = (wide)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
key_word(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

static uint32_t
key_hash(const struct flow_key *k, uint64_t seed)
{
	const uint8_t *p = k->a;
	uint64_t h = seed;

	h = key_fold(key_word(p) ^ h, key_word(k->b) ^ 0x9e3779b97f4a7c15ULL);
	if (k->family == 6)
		h = key_fold(key_word(p + 8) ^ h,
		    key_word(k->b + 8) ^ 0xbf58476d1ce4e5b9ULL);
	h = key_fold(k->segment ^ h,
	    ((uint64_t)k->port_a << 32 | (uint64_t)k->port_b << 8 | k->proto) ^
		0x94d049bb133111ebULL);
	return (uint32_t)(h ^ h >> 32);
}

/* memcmp as words: keys are compared for every packet. */
static inline bool
key_eq(const struct flow_key *x, const struct flow_key *y)
{
	const uint8_t *a = (const uint8_t *)x;
	const uint8_t *b = (const uint8_t *)y;
	uint64_t differ = 0;

	for (size_t i = 0; i < sizeof(*x); i += 8)
		differ |= key_word(a + i) ^ key_word(b + i);
	return differ == 0;
}

_Static_assert(sizeof(struct flow_key) % 8 == 0, "a key is whole words");

static inline int
addr_order(const struct addr *a, const struct addr *b)
{
	uint64_t x = __builtin_bswap64(key_word(a->b));
	uint64_t y = __builtin_bswap64(key_word(b->b));

	if (x == y) {
		x = __builtin_bswap64(key_word(a->b + 8));
		y = __builtin_bswap64(key_word(b->b + 8));
	}
	return x < y ? -1 : x > y;
}

/* Fill @p k; true when the sender is its b. */
static bool
key_make(struct flow_key *k, const struct packet *p)
{
	int order;
	const struct endpoint *a = &p->src;
	const struct endpoint *b = &p->dst;

	order = addr_order(&a->addr, &b->addr);
	if (order == 0)
		order = a->port < b->port ? -1 : 1;
	if (order > 0) {
		a = &p->dst;
		b = &p->src;
	}
	memcpy(k->a, a->addr.b, sizeof(k->a));
	memcpy(k->b, b->addr.b, sizeof(k->b));
	k->segment = p->segment;
	k->port_a = a->port;
	k->port_b = b->port;
	k->proto = p->ip_proto;
	k->family = p->src.addr.family;
	k->pad[0] = k->pad[1] = 0;
	return order > 0;
}

struct endpoint
flow_end(const struct flow *f, enum side side)
{
	bool b = f->orig_is_b != (side == SIDE_RESP);

	return (struct endpoint){
		.addr = addr_from_bytes(
		    b ? f->key.b : f->key.a, f->key.family == 4 ? 4 : 16),
		.port = b ? f->key.port_b : f->key.port_a,
	};
}

/* ---- life ---- */

static void
flow_forget(struct flowtable *t, struct flow *f)
{
	uint32_t index = (uint32_t)(f - t->flows);
	uint32_t *at = &t->buckets[f->hash & t->mask];

	t->on_end(t->arg, f);
	while (*at != index)
		at = &t->flows[*at].chain;
	*at = f->chain;
	flow_unlist(t, f);
	f->chain = t->free;
	t->free = index;
}

static uint32_t
flow_slot(struct flowtable *t)
{
	uint32_t index;

	if (t->free == FLOW_NONE && t->used < t->max)
		return t->used++;
	for (unsigned i = 0; t->free == FLOW_NONE; i++) {
		uint32_t oldest = t->lists[victims[i]].oldest;

		if (oldest == FLOW_NONE)
			continue;
		t->stats.evicted++;
		flow_forget(t, &t->flows[oldest]);
	}
	index = t->free;
	t->free = t->flows[index].chain;
	return index;
}

static struct flow *
flow_begin(struct flowtable *t, const struct flow_key *key, uint32_t hash)
{
	uint32_t index = flow_slot(t);
	struct flow *f = &t->flows[index];
	uint32_t *bucket = &t->buckets[hash & t->mask];

	memset(f, 0, sizeof(*f));
	f->key = *key;
	f->hash = hash;
	f->id = ++t->next_id;
	f->server = f->told_server = SIDE_NONE;
	f->chain = *bucket;
	*bucket = index;
	flow_enlist(t, f, FLOW_NEW);
	t->stats.begun++;
	return f;
}

struct flow *
flowtable_track(struct flowtable *t, const struct packet *pkt, enum side *side)
{
	struct flow_key key;
	bool from_b = key_make(&key, pkt);
	uint32_t hash = key_hash(&key, t->seed);
	uint32_t at = t->buckets[hash & t->mask];
	struct flow *f;

	while (at != FLOW_NONE &&
	       (t->flows[at].hash != hash || !key_eq(&t->flows[at].key, &key)))
		at = t->flows[at].chain;
	if (at != FLOW_NONE) {
		f = &t->flows[at];
		f->last_seen = pkt->ts;
		if (pkt->ts.ns - f->listed.ns > NS_PER_S) {
			flow_unlist(t, f);
			flow_enlist(t, f, (enum flow_class)f->list);
		}
	} else {
		f = flow_begin(t, &key, hash);
		f->first_seen = f->last_seen = f->listed = pkt->ts;
		/* A handshake that is seen from its second packet on. */
		f->orig_is_b =
		    from_b != ((pkt->tcp_flags & SYN_ACK) == SYN_ACK);
	}
	*side = from_b == f->orig_is_b ? SIDE_ORIG : SIDE_RESP;
	return f;
}

void
flowtable_restart(
    struct flowtable *t, struct flow *f, enum side side, struct wall now)
{
	bool sender_is_b = f->orig_is_b == (side == SIDE_ORIG);
	struct flow kept;

	t->on_end(t->arg, f);
	flow_unlist(t, f);
	kept = *f;
	memset(f, 0, sizeof(*f));
	f->key = kept.key;
	f->hash = kept.hash;
	f->chain = kept.chain;
	f->id = ++t->next_id;
	f->server = f->told_server = SIDE_NONE;
	f->first_seen = f->last_seen = f->listed = now;
	f->orig_is_b = sender_is_b;
	flow_enlist(t, f, FLOW_NEW);
	t->stats.begun++;
}

void
flowtable_expire(struct flowtable *t, struct wall now)
{
	for (unsigned i = 0; i < FLOW_CLASSES; i++) {
		struct flow_list *l = &t->lists[i];

		while (l->oldest != FLOW_NONE) {
			struct flow *f = &t->flows[l->oldest];

			if (now.ns - f->last_seen.ns <= idle_s[i] * NS_PER_S)
				break;
			flow_forget(t, f);
		}
	}
}

void
flowtable_finish(struct flowtable *t)
{
	for (unsigned i = 0; i < FLOW_CLASSES; i++)
		while (t->lists[i].oldest != FLOW_NONE)
			flow_forget(t, &t->flows[t->lists[i].oldest]);
}

void
flowtable_stats_get(const struct flowtable *t, struct flowtable_stats *out)
{
	*out = t->stats;
}

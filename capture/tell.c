/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts that were told; see tell.h.
 */
#include "capture/tell.h"

#include <stdlib.h>

#include "sensor/base/hash.h"

#define WAYS 8U

struct fact {
	uint64_t hash; /* 0: empty */
	int64_t until; /* told again after this */
};

struct teller {
	struct capture_sink sink;
	uint64_t seed;
	int64_t heartbeat_ns;
	struct tell_stats stats;
	uint64_t mask;
	struct fact (*sets)[WAYS];
};

struct teller *
teller_new(const struct capture_sink *sink, uint32_t max_facts, uint64_t seed,
    int64_t heartbeat_ns)
{
	struct teller *t = calloc(1, sizeof(*t));
	uint32_t sets = 1;

	if (t == NULL)
		return NULL;
	while (sets * WAYS < max_facts && sets < (1U << 26))
		sets *= 2;
	t->sets = calloc(sets, sizeof(*t->sets));
	if (t->sets == NULL) {
		free(t);
		return NULL;
	}
	t->mask = sets - 1;
	t->sink = *sink;
	t->seed = seed;
	t->heartbeat_ns = heartbeat_ns;
	return t;
}

void
teller_free(struct teller *t)
{
	if (t == NULL)
		return;
	free(t->sets);
	free(t);
}

void
teller_stats_get(const struct teller *t, struct tell_stats *out)
{
	*out = t->stats;
}

int64_t
teller_next(const struct teller *t, struct wall now)
{
	return t->heartbeat_ns == 0 ? INT64_MAX : now.ns + t->heartbeat_ns;
}

/* All that makes a fact itself; not when and where it was heard. */
static uint64_t
fact_hash(const struct teller *t, const struct observation *o)
{
	const struct {
		uint64_t seed;
		uint64_t segment;
		struct addr addr;
		uint32_t kind;
		uint32_t aux;
		uint16_t port;
		uint16_t source;
		uint8_t proto;
		uint8_t strength;
		uint8_t has_mac;
		uint8_t zero;
		struct mac mac;
		uint16_t zeroes;
	} head = {
		.seed = t->seed,
		.segment = o->segment,
		.addr = o->addr,
		.kind = (uint32_t)o->kind,
		.aux = o->aux,
		.port = o->port,
		.source = o->source,
		.proto = o->proto,
		.strength = o->strength,
		.has_mac = o->has_mac,
		.mac = o->mac,
	};
	uint64_t h = hash_bytes(&head, sizeof(head));

	if (o->text.len > 0)
		h = hash_mix(h, hash_bytes(o->text.p, o->text.len));
	if (o->text2.len > 0)
		h = hash_mix(h, hash_bytes(o->text2.p, o->text2.len) ^ 1);
	if (o->data.len > 0)
		h = hash_mix(h, hash_bytes(o->data.p, o->data.len) ^ 2);
	return h == 0 ? 1 : h;
}

/* The place of the fact: its own, or the one to use for it. */
static struct fact *
fact_find(struct fact *set, uint64_t hash)
{
	struct fact *best = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].hash == 0) {
			set[i].until = 0;
			return &set[i];
		}
		if (set[i].until < best->until)
			best = &set[i];
	}
	return best;
}

bool
teller_tell_always(struct teller *t, const struct observation *obs)
{
	if (!t->sink.observe(t->sink.arg, obs)) {
		t->stats.dropped++;
		return false;
	}
	t->stats.told++;
	return true;
}

bool
teller_tell(struct teller *t, const struct observation *obs)
{
	uint64_t hash = fact_hash(t, obs);
	struct fact *f = fact_find(t->sets[hash & t->mask], hash);

	if (f->hash == hash && obs->ts.ns < f->until)
		return true;
	if (!teller_tell_always(t, obs))
		return false;
	f->hash = hash;
	f->until = teller_next(t, obs->ts);
	return true;
}

void
teller_mark(struct teller *t, const struct observation *obs)
{
	uint64_t hash = fact_hash(t, obs);
	struct fact *f = fact_find(t->sets[hash & t->mask], hash);

	f->hash = hash;
	f->until = teller_next(t, obs->ts);
}

bool
teller_is_new(const struct teller *t, const struct observation *obs)
{
	uint64_t hash = fact_hash(t, obs);
	const struct fact *set = t->sets[hash & t->mask];

	for (unsigned i = 0; i < WAYS; i++)
		if (set[i].hash == hash)
			return obs->ts.ns >= set[i].until;
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: see gate.h.
 *
 * Rates are kept as the time at which the bucket will be full again (GCRA): one number a bucket, no refill timer. The
 * buckets of hosts and networks lie in a fixed four-way table; an idle bucket says nothing and may be reused, and when
 * all four are busy the newcomer waits, so the table can neither grow nor be tricked into forgetting.
 */
#include "engine/net/gate.h"

#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"
#include "sensor/base/hash.h"
#include "sensor/base/log.h"
#include "sensor/base/str.h"

#define SETS 1024
#define WAYS 4
#define REFUSALS 1024
#define REFUSAL_SPAN_NS (INT64_C(3600) * NS_PER_S)
#define CONN_RETRY_MS 50

struct bucket {
	struct addr key;
	int64_t full_ns; /* when nothing of the rate is used any more */
	uint32_t open;	 /* connections to this host */
};

struct refusal {
	struct audit audit;
	int64_t since_ns; /* 0 = free */
};

struct gate {
	struct scope scope;
	void (*tell)(void *arg, const struct audit *a);
	void *arg;
	struct gate_counts counts;
	int64_t total_full_ns;
	struct bucket hosts[SETS][WAYS];
	struct bucket nets[SETS][WAYS];
	struct refusal refusals[REFUSALS];
};

int
gate_new(void (*tell)(void *arg, const struct audit *a), void *arg,
    struct gate **out)
{
	struct gate *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return ES_E(NOMEM);
	scope_init(&g->scope);
	g->tell = tell;
	g->arg = arg;
	*out = g;
	return 0;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	gate_flush(g);
	scope_fini(&g->scope);
	free(g);
}

int
gate_scope_set(struct gate *g, const struct scope *scope)
{
	struct buf buf;
	struct cursor cur;
	struct scope copy;
	int ret;

	/* The codec is the one deep copy of a scope there is. */
	buf_init(&buf, SIZE_MAX);
	scope_pack(&buf, scope);
	cur = cur_new(buf.data, buf.len);
	ret = buf.bad ? ES_E(NOMEM) : scope_unpack(&cur, &copy);
	if (ret == 0) {
		scope_fini(&g->scope);
		g->scope = copy;
	} else if (!buf.bad) {
		scope_fini(&copy);
	}
	buf_fini(&buf);
	return ret;
}

const struct scope *
gate_scope(const struct gate *g)
{
	return &g->scope;
}

static void
refusal_tell(struct gate *g, struct refusal *r)
{
	if (r->since_ns != 0 && r->audit.repeats > 0)
		g->tell(g->arg, &r->audit);
	r->since_ns = 0;
}

/* The first of its kind is told at once, the others when its hour is over or its place is needed. */
enum gate_answer
gate_refuse(struct gate *g, const struct contact *c, enum scope_verdict verdict)
{
	size_t i = hash_mix(addr_hash(&c->dst), verdict) % REFUSALS;
	struct refusal *r = &g->refusals[i];
	int64_t now = mono_now().ns;

	g->counts.refused++;
	if (r->since_ns != 0 && now - r->since_ns < REFUSAL_SPAN_NS &&
	    r->audit.verdict == verdict && addr_eq(&r->audit.dst, &c->dst)) {
		r->audit.repeats++;
		r->audit.ended = wall_now();
		return GATE_NO;
	}
	refusal_tell(g, r);
	r->since_ns = now;
	r->audit = (struct audit){ .target_id = c->target_id,
		.scope_version = g->scope.version,
		.started = wall_now(),
		.dst = c->dst,
		.dport = c->port,
		.proto = c->proto,
		.verdict = (uint8_t)verdict };
	r->audit.ended = r->audit.started;
	str_copy(r->audit.script, sizeof(r->audit.script), c->script);
	g->tell(g->arg, &r->audit);
	return GATE_NO;
}

void
gate_flush(struct gate *g)
{
	for (size_t i = 0; i < REFUSALS; i++)
		refusal_tell(g, &g->refusals[i]);
}

/* The bucket of @p key; NULL when all its places are in use. */
static struct bucket *
bucket_get(struct bucket table[SETS][WAYS], const struct addr *key, int64_t now)
{
	struct bucket *set = table[addr_hash(key) % SETS];
	struct bucket *idle = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		if (addr_eq(&set[i].key, key))
			return &set[i];
		if (set[i].open == 0 && set[i].full_ns <= now)
			idle = &set[i];
	}
	if (idle != NULL)
		*idle = (struct bucket){ .key = *key };
	return idle;
}

/* Nanoseconds until one more contact fits; 0 = now. A tenth of a second's worth may come at once. */
static int64_t
bucket_wait(int64_t full_ns, uint32_t rate, int64_t now)
{
	int64_t burst = NS_PER_S / 10;

	if (rate == 0 || full_ns <= now + burst)
		return 0;
	return full_ns - now - burst;
}

static void
bucket_take(int64_t *full_ns, uint32_t rate, int64_t now)
{
	if (rate == 0)
		return;
	if (*full_ns < now)
		*full_ns = now;
	*full_ns += NS_PER_S / rate;
}

static struct addr
net_of(const struct addr *a)
{
	struct addr net = *a;

	memset(net.b + (a->family == 4 ? 3 : 8), 0, a->family == 4 ? 1 : 8);
	return net;
}

static int64_t
max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool
is_crowded(
    const struct scope *s, const struct contact *c, const struct bucket *host)
{
	return s->conns_host != 0 && c->proto == IPPROTO_TCP &&
	       host->open >= s->conns_host;
}

bool
gate_is_crowded(struct gate *g, const struct contact *c)
{
	const struct bucket *host =
	    bucket_get(g->hosts, &c->dst, mono_now().ns);

	return host != NULL && is_crowded(&g->scope, c, host);
}

/* Ask every bucket, take from all or none. Returns the nanoseconds to wait. */
static int64_t
rates_take(struct gate *g, const struct contact *c)
{
	const struct scope *s = &g->scope;
	int64_t now = mono_now().ns;
	struct addr net = net_of(&c->dst);
	struct bucket *host = bucket_get(g->hosts, &c->dst, now);
	struct bucket *subnet = bucket_get(g->nets, &net, now);
	int64_t wait;

	if (host == NULL || subnet == NULL)
		return CONN_RETRY_MS * NS_PER_MS;
	wait = bucket_wait(g->total_full_ns, s->rate_total, now);
	wait = max_ns(wait, bucket_wait(host->full_ns, s->rate_host, now));
	wait = max_ns(wait, bucket_wait(subnet->full_ns, s->rate_net, now));
	if (is_crowded(s, c, host))
		wait = max_ns(wait, CONN_RETRY_MS * NS_PER_MS);
	if (wait == 0) {
		bucket_take(&g->total_full_ns, s->rate_total, now);
		bucket_take(&host->full_ns, s->rate_host, now);
		bucket_take(&subnet->full_ns, s->rate_net, now);
	}
	return wait;
}

enum gate_answer
gate_ask(struct gate *g, const struct contact *c, int64_t *wait_ms)
{
	enum scope_verdict v =
	    scope_check(&g->scope, &c->dst, c->proto, c->port);
	int64_t wait;

	if (v != SCOPE_ALLOWED)
		return gate_refuse(g, c, v);
	wait = rates_take(g, c);
	if (wait > 0) {
		g->counts.delayed++;
		*wait_ms = wait / NS_PER_MS + 1;
		return GATE_WAIT;
	}
	g->counts.allowed++;
	return GATE_GO;
}

bool
gate_may_resolve(struct gate *g, const struct contact *who)
{
	struct contact c = *who;
	struct __res_state res;
	bool may = true;

	memset(&res, 0, sizeof(res));
	if (g->scope.halted) {
		gate_refuse(g, &c, SCOPE_HALTED);
		return false;
	}
	if (res_ninit(&res) != 0)
		return false;
	c.port = 53;
	c.proto = IPPROTO_UDP;
	for (int i = 0; i < res.nscount && may; i++) {
		enum scope_verdict v;
		const struct sockaddr_in6 *sin6 = res._u._ext.nsaddrs[i];

		if (res.nsaddr_list[i].sin_family == AF_INET)
			c.dst =
			    addr_from_bytes(&res.nsaddr_list[i].sin_addr, 4);
		else if (sin6 != NULL)
			c.dst = addr_from_bytes(&sin6->sin6_addr, 16);
		else
			continue;
		v = scope_check(&g->scope, &c.dst, c.proto, c.port);
		if (v != SCOPE_ALLOWED) {
			gate_refuse(g, &c, v);
			may = false;
		}
	}
	res_nclose(&res);
	return may;
}

void
gate_contact_open(struct gate *g, struct gate_contact *gc,
    const struct contact *c, const struct addr *src, uint16_t sport)
{
	struct bucket *b;

	gate_contact_close(g, gc, 0);
	gc->open = true;
	gc->audit = (struct audit){ .target_id = c->target_id,
		.scope_version = g->scope.version,
		.started = wall_now(),
		.src = *src,
		.dst = c->dst,
		.sport = sport,
		.dport = c->port,
		.proto = c->proto,
		.verdict = SCOPE_ALLOWED };
	str_copy(gc->audit.script, sizeof(gc->audit.script), c->script);
	b = bucket_get(g->hosts, &c->dst, mono_now().ns);
	if (b != NULL && c->proto == IPPROTO_TCP) {
		b->open++;
		gc->counted = true;
	}
}

void
gate_contact_close(struct gate *g, struct gate_contact *gc, unsigned outcome)
{
	struct bucket *b;

	if (!gc->open)
		return;
	es_require(g != NULL);
	gc->open = false;
	b = bucket_get(g->hosts, &gc->audit.dst, mono_now().ns);
	if (gc->counted && b != NULL && b->open > 0)
		b->open--;
	gc->counted = false;
	gc->audit.ended = wall_now();
	gc->audit.outcome = (uint8_t)outcome;
	g->tell(g->arg, &gc->audit);
}

void
gate_contact_count(
    struct gate *g, struct gate_contact *gc, size_t out, size_t in)
{
	g->counts.octets_out += out;
	g->counts.octets_in += in;
	gc->audit.bytes_out += out;
	gc->audit.bytes_in += in;
}

void
gate_counts_get(const struct gate *g, struct gate_counts *out)
{
	*out = g->counts;
}

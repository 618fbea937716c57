/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that keeps what it was told; see heard.h.
 */
#include "heard.h"

#include <string.h>

#include "frames.h"
#include "sensor/base/hash.h"

static void
copy_text(char *dst, size_t size, struct text t)
{
	size_t n = t.len < size - 1 ? t.len : size - 1;

	if (n > 0)
		memcpy(dst, t.p, n);
	dst[n] = '\0';
}

static bool
heard_observe(void *arg, const struct observation *o)
{
	struct heard *h = arg;
	struct heard_fact *f;

	if (h->refuse || h->count == HEARD_MAX) {
		h->refused++;
		return false;
	}
	f = &h->facts[h->count++];
	memset(f, 0, sizeof(*f));
	f->kind = o->kind;
	f->addr = o->addr;
	f->mac = o->mac;
	f->has_mac = o->has_mac;
	f->partial = o->partial;
	f->segment = o->segment;
	f->frame = o->frame;
	f->port = o->port;
	f->proto = o->proto;
	f->strength = o->strength;
	f->aux = o->aux;
	copy_text(f->text, sizeof(f->text), o->text);
	copy_text(f->data, sizeof(f->data), o->data);
	f->data_len = o->data.len;
	h->hash = hash_mix(h->hash, hash_bytes(f, sizeof(*f)));
	return true;
}

static void
heard_clock(void *arg, struct wall now)
{
	struct heard *h = arg;

	(void)now;
	h->clock++;
}

struct capture_sink
heard_sink(struct heard *h)
{
	return (struct capture_sink){
		.arg = h,
		.observe = heard_observe,
		.clock = heard_clock,
	};
}

const struct heard_fact *
heard_find(
    const struct heard *h, enum obs_kind kind, unsigned host, unsigned port)
{
	struct addr addr = host4(host);

	for (size_t i = 0; i < h->count; i++)
		if (h->facts[i].kind == kind &&
		    addr_eq(&h->facts[i].addr, &addr) &&
		    (port == 0 || h->facts[i].port == port))
			return &h->facts[i];
	return NULL;
}

size_t
heard_count(const struct heard *h, enum obs_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < h->count; i++)
		n += h->facts[i].kind == kind;
	return n;
}

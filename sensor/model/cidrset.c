/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted set of prefixes; see cidrset.h.
 *
 * Order is family, base, length, so a prefix stands before all that it
 * contains. To find the longest one that has an address, take its predecessor
 * p: if p has the address, p is the longest. If not, every prefix that has the
 * address and stands before p has p's base as well, so it is no longer than
 * what the two have in common: cut the address to that length and look again.
 * Each step shortens the key, and each is one binary search.
 */
#include "sensor/model/cidrset.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

void
cidrset_init(struct cidrset *set)
{
	memset(set, 0, sizeof(*set));
}

void
cidrset_fini(struct cidrset *set)
{
	free(set->items);
	memset(set, 0, sizeof(*set));
}

static int
compare(const struct cidr *a, const struct cidr *b)
{
	int d = addr_cmp(&a->base, &b->base);

	return d != 0 ? d : (int)a->len - (int)b->len;
}

/* How many items stand at or before the key. */
static size_t
upper_bound(const struct cidrset *set, const struct cidr *key)
{
	size_t lo = 0, hi = set->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare(&set->items[mid], key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Keep the first len bits. */
static void
cut(struct cidr *key, unsigned len)
{
	unsigned i = len / 8;

	if (len % 8 != 0)
		key->base.b[i++] &= (uint8_t)(0xff00U >> len % 8);
	memset(key->base.b + i, 0, sizeof(key->base.b) - i);
	key->len = (uint8_t)len;
}

static int
grow(struct cidrset *set)
{
	size_t cap = set->cap == 0 ? 8 : set->cap * 2;
	struct cidr *items = realloc(set->items, cap * sizeof(*items));

	if (items == NULL)
		return ES_E(NOMEM);
	set->items = items;
	set->cap = cap;
	return 0;
}

int
cidrset_add(struct cidrset *set, const struct cidr *c)
{
	struct cidr key = *c;
	size_t at;
	int rc;

	cut(&key, c->len);
	at = upper_bound(set, &key);
	if (at > 0 && compare(&set->items[at - 1], &key) == 0)
		return 0;
	if (set->count == set->cap && (rc = grow(set)) < 0)
		return rc;
	memmove(&set->items[at + 1], &set->items[at],
	    (set->count - at) * sizeof(*set->items));
	set->items[at] = key;
	set->count++;
	return 0;
}

/* Leading bits that two addresses of one family share. */
static unsigned
common_bits(const struct addr *a, const struct addr *b)
{
	unsigned bits = (unsigned)addr_len(a) * 8, i;

	for (i = 0; i < bits; i += 8) {
		unsigned x = a->b[i / 8] ^ b->b[i / 8];

		if (x != 0)
			return i + (unsigned)__builtin_clz(x) - 24;
	}
	return bits;
}

const struct cidr *
cidrset_find(const struct cidrset *set, const struct addr *a)
{
	struct cidr key = { .base = *a, .len = (uint8_t)(addr_len(a) * 8) };
	size_t at;

	while ((at = upper_bound(set, &key)) > 0) {
		const struct cidr *p = &set->items[at - 1];

		if (p->base.family != a->family)
			return NULL;
		if (cidr_has(p, a))
			return p;
		cut(&key, common_bits(&p->base, a));
	}
	return NULL;
}

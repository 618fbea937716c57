/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunked pools and their index; see pool.h.
 *
 * The index grows by doubling when three quarters are used. A removal closes the gap by moving later entries of the
 * run back (Knuth 6.4 R), so there are no tombstones and a table under attack does not decay.
 */
#include "sensor/inventory/pool.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

#define INDEX_FIRST 1024U

void
pool_init(struct pool *p, size_t size, uint32_t max)
{
	*p = (struct pool){
		.size = (size + 7) & ~(size_t)7, .free = UINT32_MAX, .max = max
	};
}

void
pool_fini(struct pool *p)
{
	uint32_t i;

	for (i = 0; i < p->nchunks; i++)
		free(p->chunks[i]);
	free(p->chunks);
	*p = (struct pool){ .free = UINT32_MAX };
}

static bool
add_chunk(struct pool *p)
{
	uint8_t **chunks;

	if ((p->nchunks & (p->nchunks - 1)) == 0) {
		size_t cap = p->nchunks == 0 ? 1 : (size_t)p->nchunks * 2;

		chunks = realloc(p->chunks, cap * sizeof(*chunks));
		if (chunks == NULL)
			return false;
		p->chunks = chunks;
	}
	p->chunks[p->nchunks] = malloc(POOL_CHUNK * p->size);
	if (p->chunks[p->nchunks] == NULL)
		return false;
	p->nchunks++;
	return true;
}

uint32_t
pool_take(struct pool *p)
{
	uint32_t handle = p->free;

	if (p->used >= p->max)
		return UINT32_MAX;
	if (handle != UINT32_MAX) {
		memcpy(&p->free, pool_at(p, handle), sizeof(p->free));
	} else {
		if (p->top >> POOL_CHUNK_BITS >= p->nchunks && !add_chunk(p))
			return UINT32_MAX;
		handle = p->top++;
	}
	memset(pool_at(p, handle), 0, p->size);
	p->used++;
	return handle;
}

void
pool_release(struct pool *p, uint32_t handle)
{
	memset(pool_at(p, handle), 0, p->size);
	memcpy(pool_at(p, handle), &p->free, sizeof(p->free));
	p->free = handle;
	p->used--;
}

/* ---- index ---- */

void
index_init(struct index *ix)
{
	*ix = (struct index){ NULL, 0, 0 };
}

void
index_fini(struct index *ix)
{
	free(ix->slots);
	index_init(ix);
}

static uint32_t
tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

uint32_t
index_find(const struct index *ix, uint64_t hash,
    bool (*same)(const void *arg, const void *key, uint32_t handle),
    const void *arg, const void *key)
{
	uint32_t tag = tag_of(hash), i;

	if (ix->slots == NULL)
		return UINT32_MAX;
	for (i = tag & ix->mask; ix->slots[i].handle != UINT32_MAX;
	     i = (i + 1) & ix->mask) {
		if (ix->slots[i].tag == tag &&
		    same(arg, key, ix->slots[i].handle))
			return ix->slots[i].handle;
	}
	return UINT32_MAX;
}

static void
place(struct index_slot *slots, uint32_t mask, struct index_slot entry)
{
	uint32_t i = entry.tag & mask;

	while (slots[i].handle != UINT32_MAX)
		i = (i + 1) & mask;
	slots[i] = entry;
}

static int
grow(struct index *ix)
{
	uint32_t size = ix->slots == NULL ? INDEX_FIRST : (ix->mask + 1) * 2;
	struct index_slot *slots = malloc(size * sizeof(*slots));
	uint32_t i;

	if (slots == NULL)
		return ES_E(NOMEM);
	memset(slots, 0xff, size * sizeof(*slots));
	for (i = 0; ix->slots != NULL && i <= ix->mask; i++) {
		if (ix->slots[i].handle != UINT32_MAX)
			place(slots, size - 1, ix->slots[i]);
	}
	free(ix->slots);
	ix->slots = slots;
	ix->mask = size - 1;
	return 0;
}

int
index_add(struct index *ix, uint64_t hash, uint32_t handle)
{
	if (ix->slots == NULL || ix->used + 1 > (ix->mask + 1) / 4 * 3) {
		int rc = grow(ix);

		if (rc < 0)
			return rc;
	}
	place(ix->slots, ix->mask,
	    (struct index_slot){ .handle = handle, .tag = tag_of(hash) });
	ix->used++;
	return 0;
}

void
index_remove(struct index *ix, uint64_t hash, uint32_t handle)
{
	uint32_t gap = tag_of(hash) & ix->mask, i;

	if (ix->slots == NULL)
		return;
	while (ix->slots[gap].handle != handle) {
		if (ix->slots[gap].handle == UINT32_MAX)
			return;
		gap = (gap + 1) & ix->mask;
	}
	for (i = (gap + 1) & ix->mask; ix->slots[i].handle != UINT32_MAX;
	     i = (i + 1) & ix->mask) {
		uint32_t home = ix->slots[i].tag & ix->mask;

		if (((i - home) & ix->mask) >= ((i - gap) & ix->mask)) {
			ix->slots[gap] = ix->slots[i];
			gap = i;
		}
	}
	ix->slots[gap].handle = UINT32_MAX;
	ix->used--;
}

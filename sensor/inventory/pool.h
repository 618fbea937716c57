/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool: items of one size under 32-bit handles. It grows in chunks, so items never move; and an index over them by a
 * 64-bit hash. Both grow with what is in them and stop at the limit they were given.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"

#define POOL_CHUNK_BITS 10
#define POOL_CHUNK (1U << POOL_CHUNK_BITS)

struct pool {
	uint8_t **chunks;
	size_t size; /* of one item */
	uint32_t nchunks;
	uint32_t top;  /* handles ever given */
	uint32_t free; /* first released handle, linked through the items */
	uint32_t used;
	uint32_t max;
};

void pool_init(struct pool *p, size_t size, uint32_t max);
void pool_fini(struct pool *p);

/** A zeroed item; UINT32_MAX when the limit is reached or memory is out. */
uint32_t pool_take(struct pool *p);
void pool_release(struct pool *p, uint32_t handle);

static inline void *
pool_at(const struct pool *p, uint32_t handle)
{
	return p->chunks[handle >> POOL_CHUNK_BITS] +
	       (size_t)(handle & (POOL_CHUNK - 1)) * p->size;
}

/* Open addressing with linear probing; a slot holds a handle and the upper bits of its hash. */
struct index_slot {
	uint32_t handle;
	uint32_t tag;
};

struct index {
	struct index_slot *slots;
	uint32_t mask;
	uint32_t used;
};

void index_init(struct index *ix);
void index_fini(struct index *ix);

/** The handle for which @p same says yes; UINT32_MAX when there is none. */
uint32_t index_find(const struct index *ix, uint64_t hash,
    bool (*same)(const void *arg, const void *key, uint32_t handle),
    const void *arg, const void *key);

/** Returns 0 or ES_E(NOMEM). The key must not be in yet. */
int index_add(struct index *ix, uint64_t hash, uint32_t handle) ES_MUST_CHECK;
void index_remove(struct index *ix, uint64_t hash, uint32_t handle);

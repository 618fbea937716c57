/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing for tables that hold hostile keys: XXH3 with a seed drawn once a process, so that nobody outside can
 * choose collisions. Never stored, never sent: ids that must be stable come from SHA-256.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/** The process' seed: random, or a fixed one after hash_seed_fixed (replay and tests: same order every time). */
uint64_t hash_seed(void);

/** Make table order repeatable from here on. Call before the first table is filled. */
void hash_seed_fixed(void);

uint64_t hash_bytes(const void *data, size_t len);

/** Mix of two words, seeded; for keys that are already integers. */
static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;

	h ^= b + (h >> 29);
	h *= 0x94d049bb133111ebULL;
	return h ^ (h >> 32);
}

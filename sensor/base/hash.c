/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing; see hash.h.
 */
#include "sensor/base/hash.h"

#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sensor/base/mono.h"

static uint64_t seed;

uint64_t
hash_seed(void)
{
	if (seed == 0) {
		if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
			seed = (uint64_t)mono_now().ns;
		seed |= 1;
	}
	return seed;
}

void
hash_seed_fixed(void)
{
	seed = 0x6561727368673031ULL;
}

uint64_t
hash_bytes(const void *data, size_t len)
{
	return XXH3_64bits_withSeed(data, len, hash_seed());
}

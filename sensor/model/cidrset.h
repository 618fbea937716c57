/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cidrset: a set of prefixes with longest-prefix lookup. Scope, excludes and rate classes are made of it; both the
 * sensor's policy and the engine's gate ask it, so it is checked against a linear scan in its test.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/model/addr.h"

struct cidrset {
	struct cidr *items; /* sorted by family, base, length */
	size_t count;
	size_t cap;
};

void cidrset_init(struct cidrset *set);
void cidrset_fini(struct cidrset *set);

/** Returns 0 or ES_E(NOMEM). Adding twice is harmless. */
int cidrset_add(struct cidrset *set, const struct cidr *c) ES_MUST_CHECK;

/** The longest prefix that has @p a, borrowed until the next add; NULL when none has. */
const struct cidr *cidrset_find(
    const struct cidrset *set, const struct addr *a);

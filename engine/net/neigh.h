/* SPDX-License-Identifier: Apache-2.0 */
/*
 * neigh: what the kernel's neighbour table (ARP, NDP) holds of one address on one link.
 */
#pragma once

#include <stdbool.h>

#include "sensor/base/attrs.h"
#include "sensor/model/addr.h"

/**
 * Look @p a up on the link @p ifindex. Returns 0 with the card's address in @p out, ES_E(NOTFOUND) when the kernel does
 * not know it, ES_E(TIMEOUT) when it asked and nobody answered, or ES_E(SYS).
 */
int neigh_find(
    unsigned ifindex, const struct addr *a, struct mac *out) ES_MUST_CHECK;

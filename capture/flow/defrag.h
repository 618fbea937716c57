/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag: IP datagrams put together from their fragments, with bounded memory: so many datagrams at a time; when all
 * are under way, the one begun first is given up.
 *
 * The key has the address family and the segment in it, so that fragments of two networks with the same addresses
 * do not meet. Of octets that come twice in IPv4 the first ones win; in IPv6 an overlap kills the datagram
 * (RFC 5722).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/model/packet.h"

struct defrag;

struct defrag_stats {
	uint64_t fragments;
	uint64_t reassembled;
	uint64_t dropped;
};

/** @p contexts datagrams at a time, LIMIT_FRAG_CONTEXTS at most. Returns NULL without memory. */
struct defrag *defrag_new(uint32_t contexts);
void defrag_free(struct defrag *d);

/** Take a fragment. True when it completed @p datagram (what follows the IP header), valid until the next call. */
bool defrag_put(
    struct defrag *d, const struct packet *pkt, struct cursor *datagram);

/** Give up what is older than LIMIT_FRAG_S; about once a second. */
void defrag_expire(struct defrag *d, struct wall now);
void defrag_stats_get(const struct defrag *d, struct defrag_stats *out);

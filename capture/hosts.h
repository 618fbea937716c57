/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hosts: which addresses spoke, how sure that is, and from which MAC their frames came: the facts that every packet
 * shows and nearly none of them newly.
 *
 * The table has sets of eight. A full set forgets its weakest member, of equals the oldest, so that a flood of
 * invented addresses (claimed) leaves those alone that were answered (two-way); and it is only a memory of what was
 * told: a host that is forgotten is told again.
 */
#pragma once

#include "capture/flow/flow.h"
#include "capture/tell.h"

struct hosts;

/** Returns NULL without memory. */
struct hosts *hosts_new(struct teller *teller, uint32_t max, uint64_t seed);
void hosts_free(struct hosts *h);

/** The sender of @p pkt spoke. @p side remembers, for the packets that follow; NULL: no flow. */
void hosts_spoke(
    struct hosts *h, const struct packet *pkt, struct flow_side *side);

/** The sender of @p pkt is now known this well. */
void hosts_proved(struct hosts *h, const struct packet *pkt,
    struct flow_side *side, enum strength strength);

uint64_t hosts_evicted(const struct hosts *h);

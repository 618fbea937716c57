/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell: the last stage: a fact goes to the sink once, then again only as a heartbeat. What the sink refuses counts
 * as not told, so it comes again with the next packet that shows it.
 *
 * Facts that were told are remembered as hashes in sets of eight, of which the oldest goes when one is full: then a
 * fact is told twice, never lost.
 */
#pragma once

#include "capture/capture.h"

struct teller;

struct tell_stats {
	uint64_t told;
	uint64_t dropped;
};

/** @p heartbeat_ns 0: a fact is told once for ever. Returns NULL without memory. */
struct teller *teller_new(const struct capture_sink *sink, uint32_t max_facts,
    uint64_t seed, int64_t heartbeat_ns);
void teller_free(struct teller *t);

/** Tell @p obs unless it is known. False when the sink refused. */
bool teller_tell(struct teller *t, const struct observation *obs);

/** Tell it without asking whether it is known: its owner remembers. */
bool teller_tell_always(struct teller *t, const struct observation *obs);

/** As told, without telling. */
void teller_mark(struct teller *t, const struct observation *obs);

/** Would telling this fact be new? (Without telling it.) */
bool teller_is_new(const struct teller *t, const struct observation *obs);

/** When a fact told at @p now is to be told again. */
int64_t teller_next(const struct teller *t, struct wall now);
void teller_stats_get(const struct teller *t, struct tell_stats *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resume: where to go on with a receiver that came up, from what it says it has last and what the outbox keeps. Only
 * reads; the pump acts on it.
 */
#pragma once

#include "sensor/publish/publisher.h"

struct store;

enum resume_verdict {
	/* It has what our cursor says. */
	RESUME_ON,
	/* It has more: only the answer was lost, or the cursor was not written. */
	RESUME_AHEAD,
	/* It has less, and what it lost is still kept. */
	RESUME_BEHIND,
	/* It has a later id that is not ours, which bars what we have below it. */
	RESUME_BARRED
};

struct resume_plan {
	enum resume_verdict verdict;
	uint64_t cursor; /* to go on after */
	uint64_t events; /* sequences skipped, sent again, or barred */
};

/** Returns 0, or the store's error. */
int resume_decide(struct store *outbox, const struct resume *r, uint64_t cursor,
    struct resume_plan *out) ES_MUST_CHECK;

/** The first kept event after a sequence, without its JSON; false when there is none (or the store failed). */
bool resume_next_kept(struct store *outbox, uint64_t after, struct event *out);

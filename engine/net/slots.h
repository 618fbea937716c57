/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots: how many threads may hold connected sockets at once (nse-modules §1.12). One slot per thread, whatever the
 * number of its sockets. Waiters are served in order; each operation is O(1).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "engine/thread.h"

struct slot_waiter {
	TAILQ_ENTRY(slot_waiter) link;
	struct wait_token token;
	bool queued;
	bool granted; /* holds a slot that its owner has not taken up yet */
};

struct slots {
	size_t limit;
	size_t held;
	size_t waiting;
	TAILQ_HEAD(, slot_waiter) waiters;
};

void slots_init(struct slots *s, size_t limit);
/** Take a slot; false when none is free. */
bool slots_take(struct slots *s);
/** Queue up; @p w must stay until it was woken with w->granted, or slots_leave. */
void slots_wait(struct slots *s, struct slot_waiter *w);
/** Out of the queue, giving back what was granted meanwhile; harmless when not in it. */
void slots_leave(struct slots *s, struct engine *e, struct slot_waiter *w);
/** Give a slot back: it goes to the longest waiter, which is woken. */
void slots_release(struct slots *s, struct engine *e);

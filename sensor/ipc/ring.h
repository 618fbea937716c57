/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: a first-in first-out queue of byte frames in one block of fixed size.
 * Allocates once, so a role that may not allocate later can still queue.
 *
 * A frame is a u32 length and its octets, rounded up to 8, and never wraps:
 * where one does not fit before the end, a length of RING_SKIP sends the reader
 * back to the start.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "sensor/base/attrs.h"

struct ring {
	uint8_t *data;
	size_t size;
	size_t head; /* oldest frame */
	size_t tail; /* where the next one goes */
	size_t used; /* octets, with lengths, padding and skips */
};

/** Returns 0 or ES_E(NOMEM). @p size is rounded down to a multiple of 8. */
int ring_init(struct ring *r, size_t size) ES_MUST_CHECK;
void ring_fini(struct ring *r);

/** Append one frame, the concatenation of both parts. False when there is no
 * room: nothing has changed then. */
bool ring_push(struct ring *r, const struct iovec parts[static 2]);

/** The oldest frame, borrowed until the next push; NULL when empty. */
uint8_t *ring_front(struct ring *r, size_t *len);
/** Drop the frame that ring_front returned. */
void ring_pop(struct ring *r);

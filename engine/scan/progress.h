/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: one line on the terminal that says what a scan is doing, how far it is, and when it may be done. It is
 * rewritten in place, and gone whenever something lasting is printed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/mono.h"

struct progress {
	bool enabled;
	bool shown;
	const char *step; /* borrowed */
	struct mono begun;
	struct mono drawn;
};

void progress_init(struct progress *p, bool enabled);

/** A new step begins, for example "Connect scan". */
void progress_step(struct progress *p, const char *step);

/** @p ended of @p all; @p detail (may be "") follows. Draws at most five times a second. */
void progress_show(
    struct progress *p, uint64_t ended, uint64_t all, const char *detail);

/** Take the line away. */
void progress_clear(struct progress *p);

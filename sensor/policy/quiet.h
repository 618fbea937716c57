/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiet: hours of the day, local time, in which nobody is asked: "22:00-06:00,12:00-13:00".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/base/mono.h"

#define QUIET_MAX 8

struct quiet_span {
	uint16_t from; /* minutes of the day */
	uint16_t to;   /* lower than `from`: over midnight */
};

struct quiet {
	struct quiet_span spans[QUIET_MAX];
	unsigned count;
};

/** Returns 0 or ES_E(CONFIG) with what is wrong in @p eb. NULL and "" mean none. */
int quiet_parse(
    const char *text, struct quiet *out, struct errbuf *eb) ES_MUST_CHECK;

/** The span that holds @p now; NULL when it is not quiet. */
const struct quiet_span *quiet_at(const struct quiet *q, struct wall now);

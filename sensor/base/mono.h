/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks that cannot be mixed up: struct mono for time-outs (CLOCK_MONOTONIC) and struct wall for what is
 * written down (UTC since 1970). Both count nanoseconds. Packets carry wall time, so replay runs on theirs.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

struct mono {
	int64_t ns;
};

struct wall {
	int64_t ns;
};

struct mono mono_now(void);
struct wall wall_now(void);

/** Milliseconds from @p since to @p until; negative when it is earlier. */
static inline int64_t
mono_ms_between(struct mono since, struct mono until)
{
	return (until.ns - since.ns) / NS_PER_MS;
}

/** Length of the text of wall_fmt with its NUL. */
#define WALL_TEXT 40

/** RFC 3339 in UTC with microseconds ("2026-05-04T09:12:33.482913Z"), in @p out; returns @p out. */
char *wall_fmt(struct wall w, char out[static WALL_TEXT]);

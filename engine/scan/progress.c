/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress line on standard error; see progress.h.
 */
#include "engine/scan/progress.h"

#include <inttypes.h>
#include <stdio.h>

#define DRAW_MS 200
/* Before this much time and work no estimate is worth reading. */
#define ESTIMATE_AFTER_MS 1000

void
progress_init(struct progress *p, bool enabled)
{
	*p = (struct progress){ .enabled = enabled };
}

void
progress_step(struct progress *p, const char *step)
{
	progress_clear(p);
	p->step = step;
	p->begun = mono_now();
	p->drawn = p->begun;
}

static void
draw_eta(int64_t spent_ms, uint64_t ended, uint64_t all)
{
	int64_t left_s;

	if (spent_ms < ESTIMATE_AFTER_MS || ended == 0 || ended >= all)
		return;
	left_s = (int64_t)((double)spent_ms / (double)ended *
			   (double)(all - ended) / 1000) +
		 1;
	fprintf(stderr, ", %" PRId64 ":%02" PRId64 " left", left_s / 60,
	    left_s % 60);
}

void
progress_show(
    struct progress *p, uint64_t ended, uint64_t all, const char *detail)
{
	struct mono now = mono_now();

	if (!p->enabled || mono_ms_between(p->drawn, now) < DRAW_MS)
		return;
	p->drawn = now;
	p->shown = true;
	fprintf(stderr, "\r\033[K%s: %" PRIu64 " of %" PRIu64 " (%.0f%%)%s%s",
	    p->step, ended, all,
	    all == 0 ? 0.0 : 100.0 * (double)ended / (double)all,
	    detail[0] == '\0' ? "" : ", ", detail);
	draw_eta(mono_ms_between(p->begun, now), ended, all);
	fflush(stderr);
}

void
progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}

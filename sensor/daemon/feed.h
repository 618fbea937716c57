/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feed: capture's side of the border: observations are packed into batches that travel as one message. Used by the
 * capture role of `run` and of `replay`.
 */
#pragma once

#include "capture/capture.h"
#include "sensor/ipc/body.h"
#include "sensor/ipc/chan.h"

/* What MSG_CAPTURE_STATS carries: counters, and how far a file is read (0 in all: not known). */
struct capture_report {
	struct capture_stats stats;
	uint64_t octets_done;
	uint64_t octets_all;
};

struct feed {
	struct chan *chan;
	bool wait; /* replay: rather wait than lose */
	struct buf batch;
	struct buf small;
	uint64_t seq;
	bool broken; /* nobody listens any more */
};

void feed_init(struct feed *f, struct chan *chan, bool wait);
void feed_fini(struct feed *f);

/** A sink whose argument is the feed; with the packets' clock when @p clock. */
struct capture_sink feed_sink(struct feed *f, bool clock);

/** Send what is batched. */
void feed_flush(struct feed *f);
void feed_hello(struct feed *f, const struct hello *hello);
void feed_report(struct feed *f, const struct capture_report *report);
void feed_end(struct feed *f, int code, const char *text);

int capture_report_unpack(
    struct cursor *in, struct capture_report *report) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish: the pump between the outbox and the publishers.
 *
 * Each publisher has a lane: its own cursor, one batch under way, its own
 * troubles. A batch leaves as soon as the one before it is answered, so a lone
 * event waits for nothing and a burst travels in large batches. A batch ends at
 * PUBLISHER_BATCH_MAX events or 1 MiB.
 *
 * Two handles to the store: `outbox` must see committed events only (a
 * read-only store of its own, when there is a folder), since what Redis has
 * cannot be rolled back; `store` is the writer, for cursors and trimming.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/base/mono.h"
#include "sensor/publish/publisher.h"

struct uv_loop_s;
struct store;
struct pump;

struct pump_options {
	struct uv_loop_s *loop;
	struct store *store;
	struct store *outbox;
	const char *sensor_name; /* borrowed, as the publishers' strings */
	const struct publisher_config *publishers;
	size_t count;
};

/**
 * Open every publisher; they connect on the loop. On failure @p eb names the publisher and the remedy, and the loop
 * has closing handles to run. SIGPIPE is ignored from here on, unless the process handles it.
 */
int pump_open(const struct pump_options *options, struct pump **out,
    struct errbuf *eb) ES_MUST_CHECK;

/** Events were committed. Cheap, and enough once for many. (Commits nobody
 * tells of are found within a second.) */
void pump_wake(struct pump *p);

/** True when every publisher that is up has everything committed: at shutdown,
 * when to stop waiting. */
bool pump_drained(struct pump *p);

/** The stores are not used after this; memory goes when the loop has run. NULL
 * is allowed. */
void pump_close(struct pump *p);

struct publisher_status {
	const char *name;
	const char *type;
	char where[400]; /* without secrets */
	bool up;
	char why[256];	     /* it is down; "" = not tried yet */
	struct wall since;   /* up or down */
	uint64_t cursor;     /* last sequence delivered */
	uint64_t lag;	     /* sequences behind the outbox */
	uint64_t acked;	     /* events delivered since start */
	uint64_t downs;	     /* times it went down or refused */
	uint64_t skipped;    /* the receiver had them already */
	uint64_t resent;     /* the receiver had lost them */
	uint64_t impossible; /* it holds a later id that is not ours: never
				delivered */
};

size_t pump_count(const struct pump *p);
/** @p index below pump_count. */
void pump_status(struct pump *p, size_t index, struct publisher_status *out);

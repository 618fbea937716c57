/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: the state of a running sensor as one JSON object: the answer to `earshot status` and the body of sensor.stats.
 */
#pragma once

#include "engine/engine.h"
#include "sensor/daemon/feed.h"
#include "sensor/daemon/pipeline.h"
#include "sensor/daemon/seat.h"
#include "sensor/publish/publish.h"

struct report {
	const struct run *run;
	const struct beats *beats;
	struct pipeline *pipeline;
	struct pump *pump; /* NULL: no publishers */
	const struct capture_report *capture;
	const struct engine_stats *engine;
};

/** The counters of MSG_ENGINE_STATS. */
int report_engine_unpack(
    struct cursor *in, struct engine_stats *out) ES_MUST_CHECK;

void report_json(const struct report *r, struct buf *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: the state of a running sensor as one JSON object: the answer to `earshot status` and the body of sensor.stats.
 */
#pragma once

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
};

void report_json(const struct report *r, struct buf *out);

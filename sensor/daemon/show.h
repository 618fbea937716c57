/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show: what a person reads on a terminal: events in one line, progress, tables. What came from a wire was made safe
 * when the event was written; it is made safe for a terminal here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sensor/base/mono.h"

/** "09:12:33  service.new      tcp/22 ssh on 10.0.0.5": time, code and message of an event's JSON. */
void show_event(FILE *out, const char *json);

/** Progress of something long on one line of a terminal; does nothing elsewhere. */
struct progress {
	FILE *out; /* NULL: not a terminal */
	struct mono began;
	struct mono shown;
};

void progress_begin(struct progress *p, FILE *out);
/** True when it is time for another line; the caller then calls progress_line. */
bool progress_due(struct progress *p);
void progress_line(struct progress *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/** Remove the line. */
void progress_end(struct progress *p);
double progress_seconds(const struct progress *p);

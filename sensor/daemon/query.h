/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: what the commands share that read the state folder: opening it beside a running sensor, and printing rows as
 * JSON Lines or as a table.
 */
#pragma once

#include "sensor/base/buf.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/run.h"
#include "sensor/model/json.h"
#include "sensor/store/store.h"

struct query {
	struct cli cli;
	struct run run;
	struct store *store; /* read-only */
	bool json;
	unsigned long rows; /* printed so far */
	struct buf line;
};

/** Resolve the configuration that was read with @p c and open its store. Returns 0 or an exit code, said. */
int query_open(struct query *q, const struct cli *c);
/** Release all; returns the command's exit code for a read that ended with @p rc. */
int query_close(struct query *q, int rc);

/** A command without options of its own and without operands: read the line, open, visit, close. */
int query_run(
    const char *command, int argc, char **argv, int (*visit)(struct query *q));

/** Begin a JSON line; query_print_json ends it. */
struct json query_json(struct query *q);
void query_print_json(struct query *q, struct json *j);

/** One row of a table; made safe for a terminal. The first call of a table prints @p head before it. */
void query_row(struct query *q, const char *head, const char *fmt, ...)
    ES_PRINTF(3, 4);

/** "2026-05-04 09:12:33" in UTC; "-" for 0. */
#define QUERY_TIME 24
char *query_time(int64_t ns, char out[static QUERY_TIME]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot events [-f]: the events that are kept in the outbox, as they are published; with -f those to come.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sensor/daemon/query.h"
#include "sensor/daemon/show.h"

#define AT_ONCE 1000
#define FOLLOW_MS 250

enum {
	OPT_FOLLOW,
	OPT_AFTER
};

static const struct cli_option options[] = {
	[OPT_FOLLOW] = { "follow", 'f', NULL,
	    "go on with events as they happen" },
	[OPT_AFTER] = { "after", 0, "N", "only events after sequence N" },
	{ .name = NULL },
};

struct view {
	struct query *q;
	uint64_t after;
	size_t seen;
	bool closed; /* nobody reads what we print */
};

static bool
print(void *arg, const struct event *e)
{
	struct view *v = arg;

	v->after = e->sequence;
	v->seen++;
	if (v->q->json)
		printf("%s\n", e->json);
	else
		show_event(stdout, e->json);
	v->closed = ferror(stdout) != 0;
	return !v->closed;
}

static int
follow(struct view *v, bool more)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_MS * NS_PER_MS };
	int rc;

	do {
		v->seen = 0;
		rc =
		    store_outbox_read(v->q->store, v->after, AT_ONCE, print, v);
		if (rc < 0 || v->closed)
			return rc;
		if (v->seen == 0 && more) {
			v->closed = fflush(stdout) != 0;
			nanosleep(&pause, NULL);
		}
	} while ((v->seen > 0 || more) && !v->closed);
	return 0;
}

static int
run(int argc, char **argv)
{
	struct view v = { .q = NULL };
	bool more = false;
	const char *value;
	struct query q;
	struct cli c;
	int what, code;
	char *end = NULL;

	cli_init(&c, command_find("events"), argc, argv);
	while ((what = cli_next(&c, &value)) >= 0) {
		more = more || what == OPT_FOLLOW;
		if (what == OPT_AFTER) {
			v.after = strtoull(value, &end, 10);
			if (*value == '\0' || *end != '\0')
				return cli_fail(CLI_USAGE,
				    "events: '%s' is no sequence", value);
		}
	}
	if (what != CLI_END)
		return cli_stop(what);
	if (c.first < argc)
		return cli_fail(CLI_USAGE, "events takes no operand");
	code = query_open(&q, &c);
	if (code != CLI_OK)
		return code;
	v.q = &q;
	return query_close(&q, follow(&v, more));
}

const struct command command_events = {
	.name = "events",
	.summary = "Show the events that are kept, as they are published",
	.options = options,
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Redis of one stream and one list on the test's own loop, which does what a
 * test tells it: lose an answer, refuse a command, pretend to hold other ids.
 */
#pragma once

#include <uv.h>

#include "sensor/base/buf.h"
#include "sensor/publish/redis_resp.h"

#define FAKE_ENTRIES 4096

struct fake_entry {
	unsigned long long ms;
	unsigned long long sub;
	char json[200];
};

struct fake_mark {
	size_t count;
	bool key_exists;
	unsigned long long last_ms;
	unsigned long long last_sub;
};

struct fake_redis {
	char path[64];
	uv_loop_t *loop;
	uv_pipe_t listener;
	struct fake_client *client; /* one at a time, as the publisher is */
	struct fake_entry entries[FAKE_ENTRIES];
	struct fake_mark at;
	/* What it has seen. */
	unsigned logins;
	unsigned execs;
	size_t largest_batch;
	size_t pushed; /* values of RPUSH */
	/* What it is told. */
	unsigned lose_answers;	 /* carry out EXEC, then close */
	const char *refuse_xadd; /* error for the next XADD only */
	bool silent;		 /* answer nothing */
};

void fake_redis_start(struct fake_redis *f, uv_loop_t *loop);
/** Close; the loop must run afterwards. */
void fake_redis_stop(struct fake_redis *f);

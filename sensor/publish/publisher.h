/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher: a consumer of the outbox with its own cursor. One file and one row
 * in publishers.def each.
 *
 * The pump (publish.h) reads the outbox and offers one batch at a time; the
 * publisher says when it is safe with the receiver. A publisher that is down
 * holds its own place and nobody else's. Nothing here blocks: a publisher works
 * on the loop, and calls its host from the loop only, never from inside open()
 * or take().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/event.h"

#define PUBLISHER_BATCH_MAX 500

struct uv_loop_s;
struct publisher_instance;

/*
 * One entry of `publish:` in the configuration. Strings are borrowed from the configuration; NULL counts as "".
 * url is redis://user:password@host:port/db, redis+unix:///path?db=n, or the file of jsonl.
 */
struct publisher_config {
	const char *name; /* unique, also the cursor's name */
	const char *type; /* "redis-stream", ... */
	const char *url;
	const char *key; /* stream, list or channel; "" = the type's default */
	const char *username;
	const char *password_file;
	const char *field;     /* stream: field of the JSON, "" = "event" */
	const char *sync;      /* jsonl: "batch", "second" (""), "never" */
	uint64_t maxlen;       /* stream: MAXLEN ~, 0 = 100000 */
	uint64_t max_octets;   /* jsonl: rotate at this size, 0 = 64 MiB */
	uint32_t keep;	       /* jsonl: rotated files kept, 0 = 4 */
	uint32_t timeout_ms;   /* to connect, and for an answer; 0 = 5000 */
	uint32_t retry_max_ms; /* longest pause between attempts; 0 = 60000 */
	bool push_left;	       /* list: LPUSH instead of RPUSH */
};

/* What the receiver says it has last, so that the pump knows where to go on. */
enum resume_kind {
	/* It cannot be asked: our own cursor decides. */
	RESUME_CURSOR,
	/* ms-sub is its highest stream id (0-0: it is empty), which decides forwards and backwards. */
	RESUME_STREAM,
	/* sequence and id are those of its last event, which decides forwards where that event is ours. */
	RESUME_EVENT
};

struct resume {
	enum resume_kind kind;
	uint64_t ms;
	uint32_t sub;
	uint64_t sequence; /* of its last event; 0 = not known */
	char id[33];	   /* of its last event; "" = not known */
};

/* What a publisher may tell its pump. */
struct publisher_host {
	void *arg;
	struct uv_loop_s *loop;
	const char *sensor_name;
	/* Everything up to this sequence is with the receiver. */
	void (*acked)(void *arg, uint64_t sequence);
	/* Connected and able to take events. */
	void (*ready)(void *arg, const struct resume *resume);
	/* Down, and whatever was under way is forgotten: @p why in one line.
	 * The publisher comes back on its own. */
	void (*down)(void *arg, const char *why);
};

struct publisher {
	const char *type;
	const char *help;
	/* Check the configuration and prepare; connects later on the loop. */
	int (*open)(const struct publisher_config *config,
	    const struct publisher_host *host, struct publisher_instance **out,
	    struct errbuf *eb);
	/* Where events go, for a person; without secrets. */
	void (*where)(
	    const struct publisher_instance *p, char *out, size_t size);
	/* Take a batch in order (borrowed), 1 to PUBLISHER_BATCH_MAX events;
	 * only when ready and the last one is acked. */
	void (*take)(struct publisher_instance *p, const struct event *events,
	    size_t count);
	/* The host hears nothing after this; memory goes when the loop has run.
	 * Not from inside a host call. */
	void (*close)(struct publisher_instance *p);
};

/** The row of @p type, NULL when there is none. */
const struct publisher *publisher_find(const char *type);

/** The row at @p index in table order, NULL past the end. */
const struct publisher *publisher_at(size_t index);

/** Read event.sequence and event.id from an event that a receiver holds; false
 * when it is none of ours. */
bool publisher_peek(const char *json, size_t len, struct resume *out);

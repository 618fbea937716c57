/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher: a consumer of the outbox with its own cursor. One file and one row in publishers.def each.
 *
 * The pump (publish.h) reads the outbox and offers batches; a publisher says when a batch is safe with the receiver.
 * A publisher that is down holds its own place and nobody else's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/event.h"

struct uv_loop_s;
struct publisher_instance;

/* One entry of `publish:` in the configuration. Strings are borrowed from the configuration. */
struct publisher_config {
	const char *name; /* unique, also the cursor's name */
	const char *type; /* "redis-stream", ... */
	const char *
	    url; /* redis://user:password@host:port/db, redis+unix:///path?db=n, file path for jsonl */
	const char *key; /* stream, list or channel; "" = the type's default */
	const char *username;
	const char *password_file;
	const char *field;   /* stream field of the JSON, "" = "event" */
	uint64_t maxlen;     /* stream: MAXLEN ~, 0 = 100000 */
	uint64_t max_octets; /* jsonl: rotate at this size, 0 = 64 MiB */
	uint32_t keep;	     /* jsonl: rotated files kept */
	bool push_left;	     /* list: LPUSH instead of RPUSH */
};

/* What a publisher may tell its pump. */
struct publisher_host {
	void *arg;
	struct uv_loop_s *loop;
	const char *sensor_name;
	/* Everything up to this sequence is with the receiver. */
	void (*acked)(void *arg, uint64_t sequence);
	/* Connected and able to take events; @p resume_ms-@p resume_sub is the last id the receiver has (0-0: none, or
	   not known: resume from the cursor). */
	void (*ready)(
	    void *arg, bool known, uint64_t resume_ms, uint32_t resume_sub);
	/* Down: @p why in one line. The pump shows it, the publisher reconnects on its own. */
	void (*down)(void *arg, const char *why);
	/* Room again after take() returned false. */
	void (*writable)(void *arg);
};

struct publisher {
	const char *type;
	const char *help;
	/* Check the configuration and prepare; connects later on the loop. */
	int (*open)(const struct publisher_config *config,
	    const struct publisher_host *host, struct publisher_instance **out,
	    struct errbuf *eb);
	/* Take a batch in order (borrowed). Returns false when full or down: offer again after writable/ready. */
	bool (*take)(struct publisher_instance *p, const struct event *events,
	    size_t count);
	void (*close)(struct publisher_instance *p);
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_conn: a connection to Redis that keeps itself up: connects, logs in,
 * selects the database, tells its name, matches answers to commands, notices a
 * server that stopped answering, and comes back after a pause that grows from
 * 0.5 s to a minute with jitter. It knows nothing of events.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/publish/redis_fault.h"
#include "sensor/publish/redis_resp.h"
#include "sensor/publish/redis_url.h"

struct uv_loop_s;
struct redis_conn;

/* Called from the loop. */
struct redis_conn_host {
	void *arg;
	void (*ready)(void *arg);
	/* The answer to the oldest command without one; borrowed. */
	void (*answer)(void *arg, const struct resp *r);
	/* Commands without an answer are forgotten: they may have been carried
	 * out or not. */
	void (*down)(void *arg, const char *why);
};

struct redis_conn_options {
	struct uv_loop_s *loop;
	struct redis_url url;
	const char *client_name; /* copied */
	uint32_t timeout_ms;	 /* 0 = 5000 */
	uint32_t retry_max_ms;	 /* 0 = 60000 */
};

/** Start; the first attempt is made from the loop. NULL without memory. */
struct redis_conn *redis_conn_new(const struct redis_conn_options *options,
    const struct redis_conn_host *host);

/** Add a command to what the next redis_conn_send sends. Any failure shows
 * there. */
void redis_conn_command(
    struct redis_conn *c, size_t argc, const char **argv, const size_t *lens);
void redis_conn_send(struct redis_conn *c);

/** Give this connection up because of what the server answered; down() is
 * called, and another is tried later. */
void redis_conn_fail(
    struct redis_conn *c, enum redis_fault fault, const char *why);

/** As redis_conn_fail for an error reply: class and remedy come from its text.
 */
void redis_conn_refused(struct redis_conn *c, const struct resp *error);

/** The server took something: pauses start from the shortest again. */
void redis_conn_settle(struct redis_conn *c);

/** The host hears nothing after this. Not from inside its callbacks. */
void redis_conn_free(struct redis_conn *c);

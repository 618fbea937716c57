/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_link: one byte stream to a Redis server over libuv: TCP (every address
 * of the name in turn) or a unix socket.
 *
 * The seam for TLS: it will be another stream behind these same functions. A
 * link is used once; after a failure its owner closes it and opens another.
 */
#pragma once

#include <stddef.h>

#include "sensor/base/buf.h"
#include "sensor/publish/redis_url.h"

struct uv_loop_s;
struct redis_link;

/* Called from the loop, never from inside a redis_link function. */
struct redis_link_host {
	void *arg;
	void (*opened)(void *arg);
	void (*octets)(void *arg, const char *data, size_t len);
	void (*failed)(void *arg, const char *why);
	/* What was given to send is with the kernel; the next may come. */
	void (*sent)(void *arg);
};

/** Start to connect. @p url is borrowed while the link lives. NULL without
 * memory. */
struct redis_link *redis_link_open(struct uv_loop_s *loop,
    const struct redis_url *url, const struct redis_link_host *host);

/** Send all of @p b, which is emptied. Only when open and the one before was
 * sent. Returns 0 or a negative code. */
int redis_link_send(struct redis_link *l, struct buf *b) ES_MUST_CHECK;

/** No call to the host after this, also from inside one. NULL is allowed. */
void redis_link_close(struct redis_link *l);

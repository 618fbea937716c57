/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A byte stream over libuv; see redis_link.h.
 *
 * libuv keeps pointers to handles and requests until their callbacks have run,
 * so a closed link stays in memory until nothing of it is under way
 * (`pending`). A connection attempt has a handle of its own: libuv cannot reuse
 * one.
 */
#include "sensor/publish/redis_link.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "sensor/base/err.h"

#define INPUT_OCTETS 16384
#define KEEPALIVE_S 60

/* One attempt; freed by its own close callback. */
struct attempt {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} u;
	struct redis_link *link;
};

struct redis_link {
	struct redis_link_host host;
	uv_loop_t *loop;
	const struct redis_url *url;
	bool closed;
	unsigned pending; /* handles and look-ups that point here */
	uv_getaddrinfo_t lookup;
	struct addrinfo *addresses;
	const struct addrinfo *next;
	struct attempt *attempt;
	uv_connect_t connect;
	uv_timer_t start;
	uv_write_t write;
	struct buf writing;
	char input[INPUT_OCTETS];
};

static void
release(struct redis_link *l)
{
	es_require(l->pending > 0);
	if (--l->pending > 0 || !l->closed)
		return;
	uv_freeaddrinfo(l->addresses);
	buf_fini(&l->writing);
	free(l);
}

static void
fail(struct redis_link *l, const char *what, int rc)
{
	char why[160];

	if (l->closed)
		return;
	(void)snprintf(why, sizeof(why), "%s: %s", what, uv_strerror(rc));
	l->host.failed(l->host.arg, why);
}

static void
on_attempt_closed(uv_handle_t *handle)
{
	struct attempt *a = handle->data;

	release(a->link);
	free(a);
}

static void
attempt_close(struct redis_link *l)
{
	if (l->attempt == NULL)
		return;
	uv_close(&l->attempt->u.handle, on_attempt_closed);
	l->attempt = NULL;
}

static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct attempt *a = handle->data;

	(void)suggested;
	*out = uv_buf_init(a->link->input, sizeof(a->link->input));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *in)
{
	struct attempt *a = stream->data;
	struct redis_link *l = a->link;

	if (l->closed || n == 0)
		return;
	if (n == UV_EOF)
		l->host.failed(l->host.arg, "the server closed the connection");
	else if (n < 0)
		fail(l, "read", (int)n);
	else
		l->host.octets(l->host.arg, in->base, (size_t)n);
}

static void try_next(struct redis_link *l, int rc);

static void
on_connected(uv_connect_t *req, int rc)
{
	struct redis_link *l = req->data;

	if (l->closed)
		return;
	if (rc == 0)
		rc = uv_read_start(&l->attempt->u.stream, on_room, on_read);
	if (rc != 0) {
		attempt_close(l);
		try_next(l, rc);
		return;
	}
	if (!l->url->local) {
		(void)uv_tcp_nodelay(&l->attempt->u.tcp, 1);
		(void)uv_tcp_keepalive(&l->attempt->u.tcp, 1, KEEPALIVE_S);
	}
	l->host.opened(l->host.arg);
}

static int
attempt_new(struct redis_link *l)
{
	struct attempt *a = calloc(1, sizeof(*a));
	int rc;

	if (a == NULL)
		return UV_ENOMEM;
	a->link = l;
	rc = l->url->local ? uv_pipe_init(l->loop, &a->u.pipe, 0)
			   : uv_tcp_init(l->loop, &a->u.tcp);
	if (rc != 0) {
		free(a);
		return rc;
	}
	a->u.handle.data = a;
	l->attempt = a;
	l->pending++;
	l->connect.data = l;
	return 0;
}

/* Try the next address; with none left the link has failed, for the reason of
 * the last one. */
static void
try_next(struct redis_link *l, int rc)
{
	while (l->next != NULL) {
		const struct addrinfo *ai = l->next;

		l->next = ai->ai_next;
		rc = attempt_new(l);
		if (rc == 0)
			rc = uv_tcp_connect(&l->connect, &l->attempt->u.tcp,
			    ai->ai_addr, on_connected);
		if (rc == 0)
			return;
		attempt_close(l);
	}
	fail(l, "connect", rc);
}

static void
on_looked_up(uv_getaddrinfo_t *req, int rc, struct addrinfo *found)
{
	struct redis_link *l = req->data;

	l->addresses = found;
	l->next = found;
	if (!l->closed) {
		if (rc != 0)
			fail(l, "name lookup", rc);
		else
			try_next(l, UV_EADDRNOTAVAIL);
	}
	release(l);
}

static int
look_up(struct redis_link *l)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	char port[8];
	int rc;

	(void)snprintf(port, sizeof(port), "%u", (unsigned)l->url->port);
	l->lookup.data = l;
	rc = uv_getaddrinfo(
	    l->loop, &l->lookup, on_looked_up, l->url->host, port, &hints);
	if (rc == 0)
		l->pending++;
	return rc;
}

/* The first step is taken from the loop, so that a failure reaches the host
 * from there too. */
static void
on_start(uv_timer_t *timer)
{
	struct redis_link *l = timer->data;
	int rc;

	if (l->url->local) {
		rc = attempt_new(l);
		if (rc == 0)
			uv_pipe_connect(&l->connect, &l->attempt->u.pipe,
			    l->url->host, on_connected);
	} else {
		rc = look_up(l);
	}
	if (rc != 0)
		fail(l, "connect", rc);
}

static void
on_start_closed(uv_handle_t *handle)
{
	release(handle->data);
}

struct redis_link *
redis_link_open(struct uv_loop_s *loop, const struct redis_url *url,
    const struct redis_link_host *host)
{
	struct redis_link *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->host = *host;
	l->loop = loop;
	l->url = url;
	buf_init(&l->writing, SIZE_MAX);
	(void)uv_timer_init(loop, &l->start);
	l->start.data = l;
	l->pending = 1;
	(void)uv_timer_start(&l->start, on_start, 0, 0);
	return l;
}

static void
on_written(uv_write_t *req, int rc)
{
	struct redis_link *l = req->data;

	buf_reset(&l->writing);
	if (l->closed)
		return;
	if (rc != 0)
		fail(l, "write", rc);
	else
		l->host.sent(l->host.arg);
}

int
redis_link_send(struct redis_link *l, struct buf *b)
{
	struct buf swap = l->writing;
	uv_buf_t out;

	es_require(l->attempt != NULL && l->writing.len == 0);
	if (b->bad || b->len > UINT32_MAX)
		return ES_E(FULL);
	l->writing = *b;
	swap.max = b->max;
	*b = swap;
	l->write.data = l;
	out = uv_buf_init((char *)l->writing.data, (unsigned)l->writing.len);
	if (uv_write(&l->write, &l->attempt->u.stream, &out, 1, on_written) !=
	    0)
		return ES_E(SYS);
	return 0;
}

void
redis_link_close(struct redis_link *l)
{
	if (l == NULL)
		return;
	l->closed = true;
	(void)uv_cancel((uv_req_t *)&l->lookup);
	attempt_close(l);
	uv_close((uv_handle_t *)&l->start, on_start_closed);
}

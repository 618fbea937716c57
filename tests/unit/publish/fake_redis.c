/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fake server; see fake_redis.h. Its rules of ids, NOMKSTREAM and EXECABORT
 * were compared with redis-server 7.0 by the end-to-end tests.
 */
#include "tests/unit/publish/fake_redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "sensor/base/str.h"

struct fake_client {
	uv_pipe_t pipe;
	struct fake_redis *server;
	struct resp_reader *reader;
	struct buf answers;
	struct buf queued; /* answers of EXEC */
	bool multi;
	bool aborted;
	bool closing;
	size_t adds;
	struct fake_mark before; /* where the stream was at MULTI */
	char input[65536];
};

static void
on_client_closed(uv_handle_t *handle)
{
	struct fake_client *c = handle->data;

	resp_reader_free(c->reader);
	buf_fini(&c->answers);
	buf_fini(&c->queued);
	free(c);
}

static void
client_close(struct fake_client *c)
{
	if (c->closing)
		return;
	c->closing = true;
	if (c->server->client == c)
		c->server->client = NULL;
	uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static const char *
arg(const struct resp *command, size_t i)
{
	return i < command->count ? command->items[i]->text : "";
}

/* XADD key [NOMKSTREAM] MAXLEN ~ n id event json ... */
static void
xadd(struct fake_redis *f, const struct resp *command, struct buf *out)
{
	bool must_exist = strcmp(arg(command, 2), "NOMKSTREAM") == 0;
	size_t at = must_exist ? 6 : 5;
	unsigned long long ms, sub;

	es_require(sscanf(arg(command, at), "%llu-%llu", &ms, &sub) == 2);
	if (must_exist && !f->at.key_exists) {
		buf_str(out, "$-1\r\n");
		return;
	}
	if (f->at.key_exists &&
	    (ms < f->at.last_ms ||
		(ms == f->at.last_ms && sub <= f->at.last_sub))) {
		buf_str(out,
		    "-ERR The ID specified in XADD is equal or smaller than "
		    "the target stream top item\r\n");
		return;
	}
	es_require(f->at.count < FAKE_ENTRIES);
	f->entries[f->at.count].ms = ms;
	f->entries[f->at.count].sub = sub;
	(void)str_copy(f->entries[f->at.count].json, sizeof(f->entries[0].json),
	    arg(command, at + 2));
	f->at.count++;
	f->at.key_exists = true;
	f->at.last_ms = ms;
	f->at.last_sub = sub;
	buf_printf(
	    out, "$%zu\r\n%s\r\n", strlen(arg(command, at)), arg(command, at));
}

static void
xinfo(struct fake_redis *f, struct buf *out)
{
	const char *json =
	    f->at.count > 0 ? f->entries[f->at.count - 1].json : "";
	char id[48];

	if (!f->at.key_exists) {
		buf_str(out, "-ERR no such key\r\n");
		return;
	}
	(void)snprintf(
	    id, sizeof(id), "%llu-%llu", f->at.last_ms, f->at.last_sub);
	buf_printf(out, "*4\r\n$17\r\nlast-generated-id\r\n$%zu\r\n%s\r\n",
	    strlen(id), id);
	if (f->at.count == 0)
		buf_str(out, "$10\r\nlast-entry\r\n$-1\r\n");
	else
		buf_printf(out,
		    "$10\r\nlast-entry\r\n*2\r\n$%zu\r\n%s\r\n*2\r\n$5\r\n"
		    "event\r\n$%zu\r\n%s\r\n",
		    strlen(id), id, strlen(json), json);
}

/* Inside MULTI: queue, or refuse and abort what EXEC would do. */
static void
queue(struct fake_client *c, const struct resp *command)
{
	struct fake_redis *f = c->server;

	if (f->refuse_xadd != NULL) {
		buf_printf(&c->answers, "-%s\r\n", f->refuse_xadd);
		f->refuse_xadd = NULL;
		c->aborted = true;
		return;
	}
	buf_str(&c->answers, "+QUEUED\r\n");
	c->adds++;
	if (!c->aborted)
		xadd(f, command, &c->queued);
}

static void
exec(struct fake_client *c)
{
	struct fake_redis *f = c->server;

	c->multi = false;
	f->execs++;
	if (c->adds > f->largest_batch)
		f->largest_batch = c->adds;
	if (c->aborted) {
		f->at = c->before;
		buf_str(&c->answers, "-EXECABORT Transaction discarded\r\n");
		return;
	}
	if (f->lose_answers > 0) {
		f->lose_answers--;
		client_close(c);
		return;
	}
	buf_printf(&c->answers, "*%zu\r\n", c->adds);
	buf_put(&c->answers, c->queued.data, c->queued.len);
}

static void
answer(struct fake_client *c, const struct resp *command)
{
	struct fake_redis *f = c->server;
	const char *name = arg(command, 0);

	if (strcmp(name, "CLIENT") == 0) {
		f->logins++;
		buf_str(&c->answers, "+OK\r\n");
	} else if (strcmp(name, "XINFO") == 0) {
		xinfo(f, &c->answers);
	} else if (strcmp(name, "MULTI") == 0) {
		c->multi = true;
		c->aborted = false;
		c->adds = 0;
		c->before = f->at;
		buf_reset(&c->queued);
		buf_str(&c->answers, "+OK\r\n");
	} else if (strcmp(name, "XADD") == 0 && c->multi) {
		queue(c, command);
	} else if (strcmp(name, "EXEC") == 0 && c->multi) {
		exec(c);
	} else if (strcmp(name, "RPUSH") == 0) {
		f->pushed += command->count - 2;
		buf_printf(&c->answers, ":%zu\r\n", f->pushed);
	} else {
		buf_printf(&c->answers, "-ERR unknown command '%s'\r\n", name);
	}
}

static void
on_written(uv_write_t *request, int rc)
{
	(void)rc;
	free(request->data);
	free(request);
}

static void
flush(struct fake_client *c)
{
	uv_write_t *request;
	uv_buf_t out;
	char *copy;

	if (c->closing || c->answers.len == 0 || c->server->silent)
		return;
	request = calloc(1, sizeof(*request));
	copy = malloc(c->answers.len);
	es_require(request != NULL && copy != NULL && !c->answers.bad);
	memcpy(copy, c->answers.data, c->answers.len);
	out = uv_buf_init(copy, (unsigned)c->answers.len);
	request->data = copy;
	buf_reset(&c->answers);
	(void)uv_write(request, (uv_stream_t *)&c->pipe, &out, 1, on_written);
}

static void
on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct fake_client *c = handle->data;

	(void)suggested;
	*out = uv_buf_init(c->input, sizeof(c->input));
}

/* Large batches of commands exceed the reader's bound for replies, so it is fed
 * in pieces and each command is a reply of its own. */
static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *in)
{
	struct fake_client *c = stream->data;
	struct resp *command;

	if (n < 0) {
		client_close(c);
		return;
	}
	es_require(resp_reader_feed(c->reader, in->base, (size_t)n) == 0);
	while (!c->closing) {
		es_require(resp_reader_next(c->reader, &command) == 0);
		if (command == NULL)
			break;
		answer(c, command);
		resp_free(command);
	}
	flush(c);
}

static void
on_connection(uv_stream_t *listener, int rc)
{
	struct fake_redis *f = listener->data;
	struct fake_client *c = calloc(1, sizeof(*c));

	es_require(rc == 0 && c != NULL);
	c->server = f;
	c->reader = resp_reader_new();
	buf_init(&c->answers, 1 << 20);
	buf_init(&c->queued, 1 << 20);
	(void)uv_pipe_init(f->loop, &c->pipe, 0);
	c->pipe.data = c;
	es_require(uv_accept(listener, (uv_stream_t *)&c->pipe) == 0);
	f->client = c;
	(void)uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read);
}

void
fake_redis_start(struct fake_redis *f, uv_loop_t *loop)
{
	f->loop = loop;
	(void)snprintf(f->path, sizeof(f->path), "/tmp/earshot-fake.%d.sock",
	    (int)getpid());
	(void)unlink(f->path);
	(void)uv_pipe_init(loop, &f->listener, 0);
	f->listener.data = f;
	es_require(uv_pipe_bind(&f->listener, f->path) == 0);
	es_require(
	    uv_listen((uv_stream_t *)&f->listener, 8, on_connection) == 0);
}

void
fake_redis_stop(struct fake_redis *f)
{
	if (f->client != NULL)
		client_close(f->client);
	uv_close((uv_handle_t *)&f->listener, NULL);
	(void)unlink(f->path);
}

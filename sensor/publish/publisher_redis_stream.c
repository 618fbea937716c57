/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis-stream: events as entries of one stream per sensor, each exactly once
 * and in order.
 *
 * Every event has had its stream id since it was written to the outbox, and
 * Redis refuses an id that is not above its last one. So nothing can enter
 * twice, and after each login XINFO STREAM tells how far the server really is:
 * behind us when it lost its tail (SIGKILL, failover, FLUSHALL), ahead when
 * only the answer was lost.
 *
 * A batch is MULTI, XADD..., EXEC. Redis refuses while queueing (OOM, READONLY,
 * NOPERM), and then EXEC aborts the whole batch: no hole can appear that later
 * ids would close for ever. Once the stream is known to be there, NOMKSTREAM
 * keeps a batch from starting it anew: after a FLUSHALL nothing is added until
 * what was lost has been sent again.
 *
 * Needs Redis 6.2 or later, and an ACL of +xadd +xinfo|stream +multi +exec
 * (+client|setname +select +auth).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/publish/redis_sink.h"

/* 9999-12-31: an id beyond it was not made from a clock, and leaves no room for
 * ours. */
#define MS_MAX UINT64_C(253402300799999)

/* XADD key [NOMKSTREAM] MAXLEN ~ n id, then three fields and values. */
enum {
	XADD_ARGS = 13
};

static void
stream_greet(struct publisher_instance *p)
{
	const char *argv[] = { "XINFO", "STREAM", p->key };

	redis_conn_command(p->conn, 3, argv, NULL);
}

/* "ms-sub"; a sub beyond ours counts as our highest, which the next id is above
 * all the same. */
static bool
parse_id(const struct resp *r, struct resume *out)
{
	char *end;
	unsigned long long ms, sub;

	if (r->type != RESP_STRING || r->len == 0 || r->text[0] < '0' ||
	    r->text[0] > '9')
		return false;
	errno = 0;
	ms = strtoull(r->text, &end, 10);
	if (*end != '-' || end[1] < '0' || end[1] > '9')
		return false;
	sub = strtoull(end + 1, &end, 10);
	if (*end != '\0' || errno != 0)
		return false;
	out->ms = ms;
	out->sub = sub > UINT32_MAX ? UINT32_MAX : (uint32_t)sub;
	return true;
}

/* [id, [field, value, ...]] */
static void
parse_last_entry(const struct publisher_instance *p, const struct resp *entry,
    struct resume *out)
{
	const struct resp *fields;
	size_t i;

	if (entry->type != RESP_ARRAY || entry->count != 2)
		return;
	fields = entry->items[1];
	for (i = 0; i + 1 < fields->count; i += 2) {
		const struct resp *name = fields->items[i];
		const struct resp *value = fields->items[i + 1];

		if (name->type == RESP_STRING && value->type == RESP_STRING &&
		    strcmp(name->text, p->field) == 0)
			(void)publisher_peek(value->text, value->len, out);
	}
}

static bool
parse_info(const struct publisher_instance *p, const struct resp *r,
    struct resume *out)
{
	bool found = false;
	size_t i;

	if (r->type != RESP_ARRAY)
		return false;
	for (i = 0; i + 1 < r->count; i += 2) {
		const struct resp *name = r->items[i];
		const struct resp *value = r->items[i + 1];

		if (name->type != RESP_STRING)
			continue;
		if (strcmp(name->text, "last-generated-id") == 0)
			found = parse_id(value, out);
		else if (strcmp(name->text, "last-entry") == 0)
			parse_last_entry(p, value, out);
	}
	return found;
}

static void
stream_greeted(struct publisher_instance *p, const struct resp *r)
{
	struct resume resume = { .kind = RESUME_STREAM };

	p->exists = r->type != RESP_ERROR;
	if (r->type == RESP_ERROR && strcmp(r->text, "ERR no such key") == 0) {
		p->host.ready(p->host.arg, &resume);
		return;
	}
	if (r->type == RESP_ERROR) {
		redis_conn_refused(p->conn, r);
		return;
	}
	if (!parse_info(p, r, &resume)) {
		redis_conn_fail(p->conn, REDIS_FAULT_CONFIG,
		    "XINFO STREAM has no last-generated-id (is this redis 5 "
		    "or later?)");
		return;
	}
	if (resume.ms > MS_MAX) {
		redis_conn_fail(p->conn, REDIS_FAULT_CONFIG,
		    "the stream's last id is not from a clock (choose another "
		    "key)");
		return;
	}
	p->host.ready(p->host.arg, &resume);
}

static void
add(struct publisher_instance *p, const char *maxlen, const struct event *e)
{
	const char *code = event_info(e->code)->code;
	const char *argv[XADD_ARGS] = { "XADD", p->key, "NOMKSTREAM" };
	size_t lens[XADD_ARGS], n = p->exists ? 3 : 2, json = n + 5, i;
	char id[40];
	const char *rest[] = { "MAXLEN", "~", maxlen, id, p->field, e->json,
		"id", e->id, "code", code };

	(void)snprintf(id, sizeof(id), "%llu-%lu", (unsigned long long)e->ms,
	    (unsigned long)e->sub);
	for (i = 0; i < ES_ARRAY_LEN(rest); i++)
		argv[n++] = rest[i];
	for (i = 0; i < n; i++)
		lens[i] = i == json ? e->json_len : strlen(argv[i]);
	redis_sink_command(p, n, argv, lens);
}

static void
stream_encode(
    struct publisher_instance *p, const struct event *events, size_t count)
{
	const char *multi[] = { "MULTI" }, *exec[] = { "EXEC" };
	char maxlen[24];
	size_t i;

	(void)snprintf(
	    maxlen, sizeof(maxlen), "%llu", (unsigned long long)p->maxlen);
	redis_sink_command(p, 1, multi, NULL);
	for (i = 0; i < count; i++)
		add(p, maxlen, &events[i]);
	redis_sink_command(p, 1, exec, NULL);
}

/* EXEC's answer: one id per entry, errors for what was refused, nil for what
 * NOMKSTREAM held back. */
static void
exec_answered(struct publisher_instance *p, const struct resp *r)
{
	size_t i;

	if (r->type != RESP_ARRAY || r->count != p->commands - 2) {
		redis_conn_fail(p->conn, REDIS_FAULT_CONFIG,
		    "EXEC answered something else than one id per entry");
		return;
	}
	for (i = 0; i < r->count; i++) {
		if (r->items[i]->type == RESP_ERROR) {
			redis_conn_refused(p->conn, r->items[i]);
			return;
		}
		if (r->items[i]->type != RESP_STRING) {
			redis_conn_fail(p->conn, REDIS_FAULT_ORDER,
			    "the stream was removed from the server");
			return;
		}
	}
	p->exists = true;
	redis_sink_acked(p);
}

static void
stream_answered(struct publisher_instance *p, const struct resp *r)
{
	bool last = p->answers == p->commands;

	if (r->type == RESP_ERROR && p->refusal[0] == '\0')
		(void)str_copy(p->refusal, sizeof(p->refusal), r->text);
	if (!last)
		return;
	if (p->refusal[0] == '\0') {
		exec_answered(p, r);
		return;
	}
	/* EXECABORT hides the reason: the error that came first tells it. */
	redis_conn_refused(p->conn, &(struct resp){ .type = RESP_ERROR,
					.text = p->refusal,
					.len = strlen(p->refusal) });
}

static const struct redis_kind stream_kind = {
	.key = "earshot:{%s}:events",
	.greet = stream_greet,
	.greeted = stream_greeted,
	.encode = stream_encode,
	.answered = stream_answered,
	.errors = true,
};

static int
stream_open(const struct publisher_config *config,
    const struct publisher_host *host, struct publisher_instance **out,
    struct errbuf *eb)
{
	return redis_sink_open(&stream_kind, config, host, out, eb);
}

extern const struct publisher publisher_redis_stream;
const struct publisher publisher_redis_stream = {
	.type = "redis-stream",
	.help = "XADD to one stream per sensor: every event once, in order",
	.open = stream_open,
	.where = redis_sink_where,
	.take = redis_sink_take,
	.close = redis_sink_close,
};

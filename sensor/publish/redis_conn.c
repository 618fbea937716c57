/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection that keeps itself up; see redis_conn.h.
 *
 * One timer serves all states: the pause in WAITING, the whole of connecting
 * and logging in, and in READY the time since the server last said anything
 * while an answer is owed. A link that failed is dropped at once and whatever
 * was owed is forgotten; the owner finds out after the next login what the
 * server really has.
 */
#include "sensor/publish/redis_conn.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <uv.h>

#include "sensor/base/err.h"
#include "sensor/base/str.h"
#include "sensor/publish/redis_link.h"

#define RETRY_MIN_MS 500U
#define RETRY_MAX_MS 60000U
#define RETRY_CONFIG_MS 30000U
#define TIMEOUT_MS 5000U
#define OUTPUT_MAX (8U << 20)

enum conn_state {
	CONN_WAITING,
	CONN_CONNECTING,
	CONN_LOGIN,
	CONN_READY
};

struct redis_conn {
	struct redis_conn_host host;
	uv_loop_t *loop;
	struct redis_url url;
	char name[64];
	uint32_t timeout_ms;
	uint32_t retry_max_ms;
	enum conn_state state;
	unsigned failures; /* since the server last took something */
	struct redis_link *link;
	struct resp_reader *reader;
	struct buf output;
	bool sending;
	size_t owed; /* answers */
	uv_timer_t timer;
};

static void connect_now(struct redis_conn *c);
static void on_timer(uv_timer_t *timer);

static void
arm(struct redis_conn *c, uint64_t ms)
{
	/* The loop's clock is that of its last turn, which may have been long. */
	uv_update_time(c->loop);
	(void)uv_timer_start(&c->timer, on_timer, ms, 0);
}

/* Doubling, with a random share so that many sensors do not come back in one
 * second. */
static uint64_t
pause_ms(const struct redis_conn *c, enum redis_fault fault)
{
	uint32_t share = 0;
	uint64_t ms = RETRY_MIN_MS;
	unsigned i;

	for (i = 1; i < c->failures && ms < c->retry_max_ms; i++)
		ms *= 2;
	if (fault == REDIS_FAULT_CONFIG && ms < RETRY_CONFIG_MS)
		ms = RETRY_CONFIG_MS;
	if (ms > c->retry_max_ms)
		ms = c->retry_max_ms;
	if (getrandom(&share, sizeof(share), GRND_NONBLOCK) < 0)
		share = 0;
	return ms - ms * (share % 256) / 1024;
}

static void
drop(struct redis_conn *c)
{
	redis_link_close(c->link);
	c->link = NULL;
	resp_reader_free(c->reader);
	c->reader = NULL;
	buf_reset(&c->output);
	c->sending = false;
	c->owed = 0;
}

void
redis_conn_fail(struct redis_conn *c, enum redis_fault fault, const char *why)
{
	if (c->state == CONN_WAITING)
		return;
	drop(c);
	c->failures++;
	c->state = CONN_WAITING;
	arm(c, pause_ms(c, fault));
	c->host.down(c->host.arg, why);
}

void
redis_conn_refused(struct redis_conn *c, const struct resp *error)
{
	char visible[120], why[240];
	const char *remedy;
	enum redis_fault fault =
	    redis_fault_of(error->text, error->len, &remedy);

	(void)str_vis_to(visible, sizeof(visible), error->text, error->len);
	(void)snprintf(why, sizeof(why), "%s%s%s%s", visible,
	    *remedy == '\0' ? "" : " (", remedy, *remedy == '\0' ? "" : ")");
	redis_conn_fail(c, fault, why);
}

void
redis_conn_settle(struct redis_conn *c)
{
	c->failures = 0;
}

static void
on_timer(uv_timer_t *timer)
{
	struct redis_conn *c = timer->data;

	switch (c->state) {
	case CONN_WAITING:
		connect_now(c);
		break;
	case CONN_CONNECTING:
		redis_conn_fail(c, REDIS_FAULT_LINK, "no connection in time");
		break;
	case CONN_LOGIN:
	case CONN_READY:
		if (c->owed > 0)
			redis_conn_fail(
			    c, REDIS_FAULT_LINK, "no answer in time");
		break;
	}
}

void
redis_conn_command(
    struct redis_conn *c, size_t argc, const char **argv, const size_t *lens)
{
	if (c->link == NULL)
		return;
	if (resp_command(&c->output, argc, argv, lens) != 0)
		c->output.bad = true;
	c->owed++;
}

void
redis_conn_send(struct redis_conn *c)
{
	if (c->link == NULL || c->sending)
		return;
	if (c->output.len == 0 && !c->output.bad)
		return;
	c->sending = true;
	arm(c, c->timeout_ms);
	if (redis_link_send(c->link, &c->output) != 0)
		redis_conn_fail(
		    c, REDIS_FAULT_LINK, "a batch is too large to send");
}

static void
login(struct redis_conn *c)
{
	char db[16];
	const char *named[] = { "AUTH", c->url.username, c->url.password };
	const char *plain[] = { "AUTH", c->url.password };
	const char *select[] = { "SELECT", db };
	const char *name[] = { "CLIENT", "SETNAME", c->name };

	(void)snprintf(db, sizeof(db), "%u", (unsigned)c->url.db);
	if (c->url.username[0] != '\0')
		redis_conn_command(c, 3, named, NULL);
	else if (c->url.password[0] != '\0')
		redis_conn_command(c, 2, plain, NULL);
	if (c->url.db != 0)
		redis_conn_command(c, 2, select, NULL);
	redis_conn_command(c, 3, name, NULL);
	redis_conn_send(c);
}

/* Our name is for people who list clients: an ACL may forbid it, a server may
 * not know the command. */
static bool
is_no_name(const struct resp *r)
{
	return strncmp(r->text, "NOPERM", 6) == 0 ||
	       strncmp(r->text, "ERR unknown", 11) == 0;
}

/* The name is asked for last. Everything before it must have worked. */
static void
login_answer(struct redis_conn *c, const struct resp *r)
{
	bool last = c->owed == 0;

	if (r->type == RESP_ERROR && !(last && is_no_name(r))) {
		redis_conn_refused(c, r);
		return;
	}
	if (!last)
		return;
	c->state = CONN_READY;
	c->host.ready(c->host.arg);
}

/* What the octets complete goes to its command. Any answer may end in drop(),
 * after which the reader is gone. */
static void
on_octets(void *arg, const char *data, size_t len)
{
	struct redis_conn *c = arg;
	const struct redis_link *link = c->link;
	struct resp *r = NULL;
	int rc = resp_reader_feed(c->reader, data, len);

	arm(c, c->timeout_ms);
	while (rc == 0 && c->link == link) {
		rc = resp_reader_next(c->reader, &r);
		if (rc != 0 || r == NULL)
			break;
		if (c->owed == 0) {
			rc = ES_E(FORMAT);
		} else {
			c->owed--;
			if (c->state == CONN_LOGIN)
				login_answer(c, r);
			else
				c->host.answer(c->host.arg, r);
		}
		resp_free(r);
	}
	if (rc != 0 && c->link == link)
		redis_conn_fail(c, REDIS_FAULT_CONFIG,
		    "the server does not speak the Redis protocol");
}

static void
on_opened(void *arg)
{
	struct redis_conn *c = arg;

	c->state = CONN_LOGIN;
	login(c);
}

static void
on_failed(void *arg, const char *why)
{
	redis_conn_fail(arg, REDIS_FAULT_LINK, why);
}

static void
on_sent(void *arg)
{
	struct redis_conn *c = arg;

	c->sending = false;
	redis_conn_send(c);
}

static void
connect_now(struct redis_conn *c)
{
	const struct redis_link_host host = { .arg = c,
		.opened = on_opened,
		.octets = on_octets,
		.failed = on_failed,
		.sent = on_sent };

	c->state = CONN_CONNECTING;
	arm(c, c->timeout_ms);
	c->reader = resp_reader_new();
	if (c->reader != NULL)
		c->link = redis_link_open(c->loop, &c->url, &host);
	if (c->link == NULL)
		redis_conn_fail(c, REDIS_FAULT_LINK, err_text(ES_E(NOMEM)));
}

/* Redis takes printable names without spaces only. */
static void
set_name(struct redis_conn *c, const char *name)
{
	char *p;

	(void)snprintf(c->name, sizeof(c->name), "earshot-%s", name);
	for (p = c->name; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			*p = '-';
}

struct redis_conn *
redis_conn_new(const struct redis_conn_options *options,
    const struct redis_conn_host *host)
{
	struct redis_conn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->host = *host;
	c->loop = options->loop;
	c->url = options->url;
	set_name(c, options->client_name);
	c->timeout_ms = options->timeout_ms;
	if (c->timeout_ms == 0)
		c->timeout_ms = TIMEOUT_MS;
	c->retry_max_ms = options->retry_max_ms;
	if (c->retry_max_ms == 0)
		c->retry_max_ms = RETRY_MAX_MS;
	buf_init(&c->output, OUTPUT_MAX);
	(void)uv_timer_init(c->loop, &c->timer);
	c->timer.data = c;
	c->state = CONN_WAITING;
	arm(c, 0);
	return c;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
redis_conn_free(struct redis_conn *c)
{
	drop(c);
	buf_fini(&c->output);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

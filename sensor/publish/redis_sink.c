/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The common part of the Redis publishers; see redis_sink.h.
 *
 * One batch is under way at a time. A second one in flight would be faster over
 * long lines, but if the server refuses the first for want of memory and takes
 * the second, the first can never be put in its place again.
 */
#include "sensor/publish/redis_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"

static void
on_ready(void *arg)
{
	struct publisher_instance *p = arg;
	const struct resume resume = { .kind = RESUME_CURSOR };

	if (p->kind->greet == NULL) {
		p->host.ready(p->host.arg, &resume);
		return;
	}
	p->kind->greet(p);
	redis_conn_send(p->conn);
}

static void
on_answer(void *arg, const struct resp *r)
{
	struct publisher_instance *p = arg;

	if (p->last == 0) {
		p->kind->greeted(p, r);
		return;
	}
	p->answers++;
	if (r->type == RESP_ERROR && !p->kind->errors)
		redis_conn_refused(p->conn, r);
	else
		p->kind->answered(p, r);
}

static void
on_down(void *arg, const char *why)
{
	struct publisher_instance *p = arg;

	p->last = 0;
	p->host.down(p->host.arg, why);
}

static const char *
or_default(const char *value, const char *other)
{
	return value == NULL || *value == '\0' ? other : value;
}

static int
configure(struct publisher_instance *p, const struct publisher_config *config,
    struct errbuf *eb)
{
	struct buf key;
	const char *s;
	bool fits;

	buf_init(&key, sizeof(p->key));
	for (s = or_default(config->key, p->kind->key); *s != '\0'; s++) {
		if (s[0] == '%' && s[1] == 's') {
			buf_str(&key, p->host.sensor_name);
			s++;
		} else {
			buf_u8(&key, (uint8_t)*s);
		}
	}
	fits = str_copy(p->key, sizeof(p->key), buf_cstr(&key)) && !key.bad;
	buf_fini(&key);
	if (!fits || !str_copy(p->field, sizeof(p->field),
			 or_default(config->field, "event")))
		return err_set(eb, ES_E(CONFIG),
		    "publish %s: key or field is too long", config->name);
	p->maxlen = config->maxlen == 0 ? 100000 : config->maxlen;
	p->push_left = config->push_left;
	return 0;
}

int
redis_sink_open(const struct redis_kind *kind,
    const struct publisher_config *config, const struct publisher_host *host,
    struct publisher_instance **out, struct errbuf *eb)
{
	struct redis_conn_host wired = {
		.ready = on_ready, .answer = on_answer, .down = on_down
	};
	struct redis_conn_options options = { .loop = host->loop,
		.client_name = host->sensor_name,
		.timeout_ms = config->timeout_ms,
		.retry_max_ms = config->retry_max_ms };
	struct publisher_instance *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "publish %s", config->name);
	p->kind = kind;
	p->host = *host;
	rc = configure(p, config, eb);
	if (rc == 0)
		rc = redis_url_parse(
		    or_default(config->url, "redis://127.0.0.1:6379/0"),
		    &options.url, eb);
	if (rc == 0)
		rc = redis_url_login(
		    &options.url, config->username, config->password_file, eb);
	if (rc != 0)
		goto fail;
	(void)redis_url_fmt(&options.url, p->place);
	wired.arg = p;
	p->conn = redis_conn_new(&options, &wired);
	if (p->conn == NULL) {
		rc = err_set(eb, ES_E(NOMEM), "publish %s", config->name);
		goto fail;
	}
	*out = p;
	return 0;
fail:
	free(p);
	return rc;
}

void
redis_sink_where(const struct publisher_instance *p, char *out, size_t size)
{
	(void)snprintf(out, size, "%s %s", p->place, p->key);
}

void
redis_sink_command(struct publisher_instance *p, size_t argc, const char **argv,
    const size_t *lens)
{
	p->commands++;
	redis_conn_command(p->conn, argc, argv, lens);
}

void
redis_sink_take(
    struct publisher_instance *p, const struct event *events, size_t count)
{
	es_require(p->last == 0 && count > 0);
	p->last = events[count - 1].sequence;
	p->commands = 0;
	p->answers = 0;
	p->refusal[0] = '\0';
	p->kind->encode(p, events, count);
	redis_conn_send(p->conn);
}

void
redis_sink_acked(struct publisher_instance *p)
{
	uint64_t last = p->last;

	p->last = 0;
	redis_conn_settle(p->conn);
	p->host.acked(p->host.arg, last);
}

void
redis_sink_close(struct publisher_instance *p)
{
	redis_conn_free(p->conn);
	free(p);
}

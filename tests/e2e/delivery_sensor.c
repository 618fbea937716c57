/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the sensor that tells: real store, real pump, and numbered events
 * instead of a network. The delivery tests kill it, and its servers, and then
 * count what arrived.
 *
 *	delivery_sensor dir=D type=T url=U [key=K] [upto=N] [burst=N]
 *	    [every_ms=N] [timeout_ms=N] [retry_ms=N] [max_octets=N]
 *	    [password_file=F] [username=U] [stay=1]
 *
 * It appends events until number `upto` exists, a random burst in each
 * transaction, and ends when all of it is delivered (with stay=1: when it is
 * told to). The number is kept in the store in the same transaction, so a new
 * run goes on where the last one died. Standard output: one JSON line whenever
 * the publisher's state changes, and one at the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/publish/publish.h"
#include "sensor/store/store.h"

struct run {
	uv_loop_t loop;
	uv_timer_t produce;
	uv_timer_t watch;
	uv_signal_t term;
	struct store *store;
	struct store *outbox;
	struct pump *pump;
	uint64_t made;
	uint64_t upto;
	unsigned burst;
	bool stay;
	bool told_up;
	char told_why[256];
};

static const char *
option(int argc, char **argv, const char *name, const char *other)
{
	size_t n = strlen(name);
	int i;

	for (i = 1; i < argc; i++)
		if (strncmp(argv[i], name, n) == 0 && argv[i][n] == '=')
			return argv[i] + n + 1;
	return other;
}

static unsigned
number(int argc, char **argv, const char *name, unsigned other)
{
	const char *text = option(argc, argv, name, NULL);

	return text == NULL ? other : (unsigned)strtoul(text, NULL, 10);
}

static void
must(int rc, const char *what)
{
	if (rc >= 0)
		return;
	(void)fprintf(stderr, "delivery_sensor: %s: %s\n", what, err_text(rc));
	exit(1);
}

static void
tell(struct run *r, bool always)
{
	struct publisher_status s;
	char why[300];

	pump_status(r->pump, 0, &s);
	if (!always && s.up == r->told_up && strcmp(s.why, r->told_why) == 0)
		return;
	r->told_up = s.up;
	(void)str_copy(r->told_why, sizeof(r->told_why), s.why);
	(void)str_copy(why, sizeof(why), s.why);
	for (char *p = why; *p != '\0'; p++)
		if (*p == '"' || *p == '\\')
			*p = '\'';
	(void)printf("{\"up\":%s,\"why\":\"%s\",\"cursor\":%" PRIu64
		     ",\"lag\":%" PRIu64 ",\"acked\":%" PRIu64
		     ",\"downs\":%" PRIu64 ",\"skipped\":%" PRIu64
		     ",\"resent\":%" PRIu64 ",\"impossible\":%" PRIu64 "}\n",
	    s.up ? "true" : "false", why, s.cursor, s.lag, s.acked, s.downs,
	    s.skipped, s.resent, s.impossible);
	(void)fflush(stdout);
}

static void
append(struct run *r, uint64_t n)
{
	char json[700];
	struct event e = { .code = EV_HOST_NEW, .json = json };

	(void)snprintf(e.id, sizeof(e.id), "%032" PRIx64, n);
	e.json_len = (uint32_t)snprintf(json, sizeof(json),
	    "{\"event\":{\"id\":\"%s\",\"code\":\"host.new\",\"sequence\":"
	    "%" PRIu64 "},\"n\":%" PRIu64 ",\"text\":\"%0*d\"}",
	    e.id, store_outbox_next(r->store), n, (int)(n % 400) + 1, 0);
	must(store_outbox_append(r->store, &e), "append");
}

static void
on_produce(uv_timer_t *timer)
{
	struct run *r = timer->data;
	unsigned left = 1 + (unsigned)rand() % r->burst;
	char text[24];

	if (r->made >= r->upto)
		return;
	must(store_begin(r->store), "begin");
	for (; left > 0 && r->made < r->upto; left--)
		append(r, ++r->made);
	(void)snprintf(text, sizeof(text), "%" PRIu64, r->made);
	must(store_value_set(r->store, "made", text), "value");
	must(store_commit(r->store), "commit");
	pump_wake(r->pump);
}

static void
finish(struct run *r)
{
	tell(r, true);
	pump_close(r->pump);
	uv_close((uv_handle_t *)&r->produce, NULL);
	uv_close((uv_handle_t *)&r->watch, NULL);
	uv_close((uv_handle_t *)&r->term, NULL);
}

static void
on_watch(uv_timer_t *timer)
{
	struct run *r = timer->data;
	struct publisher_status s;

	tell(r, false);
	pump_status(r->pump, 0, &s);
	if (!r->stay && r->made >= r->upto && s.lag == 0)
		finish(r);
}

static void
on_term(uv_signal_t *signal, int number_of)
{
	(void)number_of;
	finish(signal->data);
}

static void
open_stores(struct run *r, const char *dir)
{
	struct store_options options = { .dir = dir };
	struct errbuf eb;
	char text[32];

	if (store_open(&options, &r->store, &eb) == 0) {
		options.read_only = true;
		if (store_open(&options, &r->outbox, &eb) == 0) {
			must(store_value_get(
				 r->store, "made", text, sizeof(text)),
			    "value");
			r->made = strtoull(text, NULL, 10);
			return;
		}
	}
	(void)fprintf(stderr, "delivery_sensor: %s\n", eb.text);
	exit(1);
}

static void
open_pump(struct run *r, int argc, char **argv)
{
	const struct publisher_config config = {
		.name = "test",
		.type = option(argc, argv, "type", "redis-stream"),
		.url = option(argc, argv, "url", ""),
		.key = option(argc, argv, "key", ""),
		.username = option(argc, argv, "username", ""),
		.password_file = option(argc, argv, "password_file", ""),
		.max_octets = number(argc, argv, "max_octets", 0),
		.keep = number(argc, argv, "keep", 0),
		.timeout_ms = number(argc, argv, "timeout_ms", 2000),
		.retry_max_ms = number(argc, argv, "retry_ms", 700),
	};
	const struct pump_options options = { .loop = &r->loop,
		.store = r->store,
		.outbox = r->outbox,
		.sensor_name = "delivery test",
		.publishers = &config,
		.count = 1 };
	struct errbuf eb;

	if (pump_open(&options, &r->pump, &eb) == 0)
		return;
	(void)fprintf(stderr, "delivery_sensor: %s\n", eb.text);
	exit(3);
}

int
main(int argc, char **argv)
{
	struct run r = { .made = 0 };
	unsigned every = number(argc, argv, "every_ms", 10);

	log_setup(LOG_LEVEL_NOTICE, LOG_TEXT, "delivery");
	r.upto = number(argc, argv, "upto", 0);
	r.burst = number(argc, argv, "burst", 9);
	r.stay = number(argc, argv, "stay", 0) != 0;
	srand((unsigned)wall_now().ns);
	must(-uv_loop_init(&r.loop), "loop");
	open_stores(&r, option(argc, argv, "dir", "."));
	open_pump(&r, argc, argv);
	(void)uv_timer_init(&r.loop, &r.produce);
	(void)uv_timer_init(&r.loop, &r.watch);
	(void)uv_signal_init(&r.loop, &r.term);
	r.produce.data = r.watch.data = r.term.data = &r;
	(void)uv_timer_start(&r.produce, on_produce, 0, every);
	(void)uv_timer_start(&r.watch, on_watch, 10, 10);
	(void)uv_signal_start(&r.term, on_term, SIGTERM);
	(void)uv_run(&r.loop, UV_RUN_DEFAULT);
	must(-uv_loop_close(&r.loop), "loop still busy");
	store_close(r.outbox);
	store_close(r.store);
	return 0;
}

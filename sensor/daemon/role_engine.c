/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine role: targets in, findings out. It sees hostile peers and runs scripts, so it has no state folder, no
 * way to execute, and no capability but CAP_NET_RAW where scripts may use raw frames (decision 0003).
 *
 * What a predecessor was sent and did not read is still in the socket. It belongs to nobody: everything before the
 * sensor's greeting is passed over.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "engine/engine.h"
#include "sensor/base/log.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/run.h"
#include "sensor/ipc/chan.h"

#define QUEUE_OCTETS (16 << 20)
#define BEAT_MS 500
#define STATS_BEATS 4
#define MESSAGES_A_TURN 64

struct asker {
	const struct seat *seat;
	const struct run *run;
	uv_loop_t loop;
	uv_poll_t poll;
	uv_timer_t beat;
	uv_signal_t term;
	struct chan *chan;
	struct engine *engine;
	struct buf message;
	uint64_t seq;
	bool greeted;
	uint32_t sensor; /* its generation */
	bool polled_for_write;
	unsigned beats;
};

/* ---- to the sensor ---- */

static void on_channel(uv_poll_t *poll, int status, int events);

static void
watch_channel(struct asker *a)
{
	bool want = chan_wants_write(a->chan);

	if (want == a->polled_for_write)
		return;
	a->polled_for_write = want;
	uv_poll_start(
	    &a->poll, UV_READABLE | (want ? UV_WRITABLE : 0), on_channel);
}

static void
send_message(struct asker *a)
{
	int rc = msg_end(&a->message);

	if (rc == 0)
		rc = chan_send(a->chan, &a->message);
	if (rc < 0)
		log_warn("engine", "a message to the sensor is lost: %s",
		    err_text(rc));
	watch_channel(a);
}

static void
on_finding(void *arg, const struct finding *f)
{
	struct asker *a = arg;

	msg_begin(&a->message, MSG_FINDING, a->seq++);
	finding_pack(&a->message, f);
	send_message(a);
}

static void
on_audit(void *arg, const struct audit *audit)
{
	struct asker *a = arg;

	msg_begin(&a->message, MSG_AUDIT, a->seq++);
	audit_pack(&a->message, audit);
	send_message(a);
}

static void
on_discovered(void *arg, const struct observation *obs)
{
	struct asker *a = arg;

	msg_begin(&a->message, MSG_DISCOVERED, a->seq++);
	observation_pack(&a->message, obs);
	send_message(a);
}

static void
on_done(void *arg, uint64_t id, enum target_status status, uint32_t scripts)
{
	const struct target_done done = { .target_id = id,
		.status = (uint8_t)status,
		.scripts_run = scripts };
	struct asker *a = arg;

	msg_begin(&a->message, MSG_TARGET_DONE, a->seq++);
	target_done_pack(&a->message, &done);
	send_message(a);
}

/* What scripts print is of interest to who debugs them. */
static void
on_output(void *arg, const char *text, size_t len)
{
	(void)arg;
	log_debug("script", "%.*s", (int)len, text);
}

static void
greet(struct asker *a)
{
	const struct hello hello = { .role = ROLE_ENGINE,
		.pid = (uint32_t)getpid(),
		.generation = a->seat->generation };

	msg_begin(&a->message, MSG_HELLO, a->seq++);
	hello_pack(&a->message, &hello);
	send_message(a);
}

/* ---- from the sensor ---- */

static int
take_hello(struct asker *a, struct cursor body)
{
	struct hello hello;
	int rc = hello_unpack(&body, &hello);

	if (rc < 0 || hello.role != ROLE_SENSOR)
		return rc;
	/* A sensor that was restarted does not know us yet. */
	if (a->greeted && hello.generation != a->sensor)
		greet(a);
	a->greeted = true;
	a->sensor = hello.generation;
	return 0;
}

static int
take_scope(struct asker *a, struct cursor body)
{
	struct scope scope;
	int rc = scope_unpack(&body, &scope);

	if (rc == 0)
		rc = engine_scope_set(a->engine, &scope);
	scope_fini(&scope);
	return rc;
}

static int
take_target(struct asker *a, struct cursor body)
{
	struct target t;
	int rc = target_unpack(&body, &t);

	if (rc < 0)
		return rc;
	if (engine_submit(a->engine, &t) < 0)
		on_done(a, t.id, TARGET_FAILED, 0);
	target_fini(&t);
	return 0;
}

static void
take(struct asker *a, const struct msg *m)
{
	int rc = 0;

	if (m->type == MSG_HELLO)
		rc = take_hello(a, m->body);
	else if (!a->greeted)
		return;
	else if (m->type == MSG_SCOPE)
		rc = take_scope(a, m->body);
	else if (m->type == MSG_TARGET)
		rc = take_target(a, m->body);
	if (rc < 0)
		log_err("engine", "cannot use a message type=%s: %s",
		    msg_type_text(m->type), err_text(rc));
}

static void
on_channel(uv_poll_t *poll, int status, int events)
{
	struct asker *a = poll->data;
	struct msg m;
	int i, rc = status;

	(void)events;
	if (rc == 0)
		rc = chan_flush(a->chan);
	for (i = 0; rc >= 0 && i < MESSAGES_A_TURN; i++) {
		rc = chan_receive(a->chan, &m);
		if (rc <= 0)
			break;
		take(a, &m);
	}
	if (rc < 0)
		uv_stop(&a->loop);
	watch_channel(a);
}

/* ---- life ---- */

static void
tell_stats(struct asker *a)
{
	struct engine_stats stats;

	engine_stats_get(a->engine, &stats);
	const uint64_t values[] = {
#define COUNTER(name, unit, help) stats.name,
#include "engine/counters.def"
#undef COUNTER
	};

	msg_begin(&a->message, MSG_ENGINE_STATS, a->seq++);
	counters_pack(&a->message, values, ES_ARRAY_LEN(values));
	send_message(a);
}

static void
on_beat(uv_timer_t *timer)
{
	struct asker *a = timer->data;

	seat_beat(a->seat);
	if (++a->beats % STATS_BEATS == 0)
		tell_stats(a);
}

static void
on_term(uv_signal_t *signal, int number)
{
	(void)number;
	uv_stop(signal->loop);
}

static int
make_engine(struct asker *a, struct errbuf *eb)
{
	const struct config *c = &a->run->config;
	const struct engine_options options = {
		.loop = &a->loop,
		.datadirs = (const char *const *)a->run->datadirs.items,
		.ndatadirs = a->run->datadirs.count,
		.script_args =
		    c->script_args[0] != '\0' ? c->script_args : NULL,
		.privileged = privilege_has_raw(),
		.max_parallelism = (int)c->max_parallelism,
		.script_timeout_s = (double)c->script_timeout / 1000,
		.host_timeout_s = (double)c->host_timeout / 1000,
		.lua_max_octets = c->lua_memory,
	};
	const struct engine_callbacks callbacks = { .arg = a,
		.finding = on_finding,
		.audit = on_audit,
		.discovered = on_discovered,
		.done = on_done,
		.output = on_output };

	return engine_new(&options, &callbacks, &a->engine, eb);
}

static int
start(struct asker *a, struct errbuf *eb)
{
	const struct config *c = &a->run->config;
	bool raw = c->raw || c->broadcast_interfaces.count > 0;
	int rc = privilege_drop(raw, eb);

	if (rc == 0)
		rc = sandbox_common(eb);
	if (rc < 0)
		return rc;
	buf_init(&a->message, MSG_HEADER + MSG_MAX);
	a->chan = chan_new(a->seat->engine_fd, QUEUE_OCTETS);
	if (a->chan == NULL || uv_loop_init(&a->loop) < 0)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	a->poll.data = a->beat.data = a->term.data = a;
	uv_poll_init(&a->loop, &a->poll, chan_fd(a->chan));
	uv_timer_init(&a->loop, &a->beat);
	uv_signal_init(&a->loop, &a->term);
	rc = make_engine(a, eb);
	if (rc < 0)
		return rc;
	uv_poll_start(&a->poll, UV_READABLE, on_channel);
	uv_timer_start(&a->beat, on_beat, 0, BEAT_MS);
	uv_signal_start(&a->term, on_term, SIGTERM);
	return 0;
}

int
role_engine(const struct run *run, const struct seat *seat)
{
	struct asker *a = calloc(1, sizeof(*a));
	struct errbuf eb = { "" };
	int rc;

	if (a == NULL)
		return cli_fail(CLI_RUNTIME, "out of memory");
	a->seat = seat;
	a->run = run;
	rc = start(a, &eb);
	/* The process ends: nothing is taken apart. */
	if (rc < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		return cli_fail_with(rc, &eb);
	greet(a);
	seat_ready(seat);
	uv_run(&a->loop, UV_RUN_DEFAULT);
	engine_free(a->engine);
	rc = chan_flush(a->chan);
	/* The process ends here; its memory goes with it. */
	return rc < 0 ? CLI_RUNTIME : CLI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sensor role: the pipeline on a loop, between the channels to capture and engine and the publishers. It never
 * sees a packet or a script, and holds no capability.
 *
 * The loop does four things: takes messages, asks what is due at the time it is due, beats once in a while, and at
 * the end waits a little for publishers that are up.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/control.h"
#include "sensor/daemon/pipeline.h"
#include "sensor/daemon/report.h"
#include "sensor/daemon/run.h"
#include "sensor/daemon/show.h"

#define QUEUE_OCTETS (16 << 20)
#define BEAT_MS 250
#define TICK_MS 1000
#define STATS_MS 60000
#define DRAIN_MS 3000
#define DETAIL_MAX (1 << 16)
/* Messages of one channel before the loop looks at the rest. */
#define MESSAGES_A_TURN 64

struct sensor {
	const struct run *run;
	const struct seat *seat;
	struct hello hello;
	uv_loop_t loop;
	uv_poll_t capture_poll;
	uv_poll_t engine_poll;
	uv_timer_t beat;
	uv_timer_t due;
	uv_signal_t term;
	uv_signal_t halt;
	struct chan *capture;
	struct chan *engine;
	struct pipeline *pipeline;
	struct store
	    *outbox; /* the publishers' own view: committed events only */
	struct pump *pump;
	struct control *control;
	struct capture_report report;
	struct engine_stats engine_stats;
	struct beat known[ROLE_MAX]; /* what was told of the roles */
	struct mono tick_due;
	struct mono stats_due;
	struct mono drain_until; /* 0 = not stopping */
};

/* ---- events about ourselves ---- */

static struct report
report_of(struct sensor *s)
{
	return (struct report){ .run = s->run,
		.beats = s->seat->beats,
		.pipeline = s->pipeline,
		.pump = s->pump,
		.capture = &s->report,
		.engine = &s->engine_stats };
}

static void
tell_stats(struct sensor *s)
{
	const struct report r = report_of(s);
	struct buf detail;

	buf_init(&detail, DETAIL_MAX);
	report_json(&r, &detail);
	if (!detail.bad)
		pipeline_tell(s->pipeline, EV_SENSOR_STATS,
		    "counters of the sensor", "stats", buf_cstr(&detail));
	buf_fini(&detail);
}

static void
tell_role(struct sensor *s, enum role role, const char *how, unsigned times)
{
	char message[96], detail[128];

	snprintf(message, sizeof(message), "role %s %s and was started again",
	    role_text(role), how);
	snprintf(detail, sizeof(detail),
	    "{\"name\":\"%s\",\"how\":\"%s\",\"times\":%u}", role_text(role),
	    how, times);
	pipeline_tell(s->pipeline, EV_SENSOR_ROLE, message, "role", detail);
}

/* What the monitor counted since the last look. Our own start tells of our predecessor. */
static void
tell_roles(struct sensor *s)
{
	enum role role;

	for (role = ROLE_CAPTURE; role < ROLE_MAX; role++) {
		const struct beat *now = &s->seat->beats->role[role];
		struct beat *known = &s->known[role];

		if (now->died != known->died)
			tell_role(s, role, "died", now->died);
		if (now->killed != known->killed)
			tell_role(s, role, "hung", now->killed);
		known->died = now->died;
		known->killed = now->killed;
	}
}

/* ---- asking when it is due ---- */

static void on_due(uv_timer_t *timer);

static void
arm(struct sensor *s)
{
	struct wall due = policy_next_due(pipeline_policy(s->pipeline));
	int64_t ms;

	if (due.ns == 0)
		return;
	ms = (due.ns - wall_now().ns + NS_PER_MS - 1) / NS_PER_MS;
	/* At the next beat it is looked at again, whatever the clock does. */
	if (ms < TICK_MS)
		uv_timer_start(&s->due, on_due, ms > 0 ? (uint64_t)ms : 1, 0);
}

static void
on_due(uv_timer_t *timer)
{
	struct sensor *s = timer->data;

	pipeline_ask(s->pipeline);
	arm(s);
}

/* ---- messages ---- */

static void on_channel(uv_poll_t *poll, int status, int events);

static void
watch_engine(struct sensor *s)
{
	uv_poll_start(&s->engine_poll,
	    UV_READABLE | (chan_wants_write(s->engine) ? UV_WRITABLE : 0),
	    on_channel);
}

static void
take_hello(struct sensor *s, const struct msg *m)
{
	struct cursor body = m->body;
	struct hello hello;

	if (hello_unpack(&body, &hello) < 0)
		return;
	log_info("sensor", "role=%s is up pid=%u generation=%u",
	    role_text(hello.role), hello.pid, hello.generation);
	if (hello.role == ROLE_ENGINE)
		pipeline_engine_started(s->pipeline, &s->hello);
}

static void
take(struct sensor *s, struct chan *from, const struct msg *m)
{
	struct cursor body = m->body;
	bool capture = from == s->capture;

	int rc = 0;

	if (m->type == MSG_HELLO)
		take_hello(s, m);
	else if (capture && m->type == MSG_CAPTURE_STATS)
		rc = capture_report_unpack(&body, &s->report);
	else if (!capture && m->type == MSG_ENGINE_STATS)
		rc = report_engine_unpack(&body, &s->engine_stats);
	else if (capture == (m->type == MSG_OBSERVATIONS))
		pipeline_message(s->pipeline, m);
	if (rc < 0)
		log_debug("sensor", "refused counters of a role");
}

static void
on_channel(uv_poll_t *poll, int status, int events)
{
	struct sensor *s = poll->data;
	struct chan *chan = poll == &s->capture_poll ? s->capture : s->engine;
	struct msg m;
	int i, rc = status;

	(void)events;
	if (rc == 0)
		rc = chan_flush(chan);
	for (i = 0; rc >= 0 && i < MESSAGES_A_TURN; i++) {
		rc = chan_receive(chan, &m);
		if (rc <= 0)
			break;
		take(s, chan, &m);
	}
	if (rc < 0)
		uv_stop(&s->loop);
	watch_engine(s);
	arm(s);
}

static void
on_event(void *arg, const struct event *e)
{
	const struct sensor *s = arg;

	if (s->pump != NULL)
		pump_wake(s->pump);
	if (s->run->terminal && event_info(e->code)->class != CLASS_STATS) {
		show_event(stdout, e->json);
		fflush(stdout);
	}
}

/* ---- time and signals ---- */

static void
begin_stop(struct sensor *s)
{
	if (s->drain_until.ns != 0)
		return;
	s->drain_until.ns = mono_now().ns + DRAIN_MS * NS_PER_MS;
	pipeline_tell(
	    s->pipeline, EV_SENSOR_STOP, "the sensor stops", NULL, NULL);
}

static void
on_beat(uv_timer_t *timer)
{
	struct sensor *s = timer->data;
	struct mono now = mono_now();

	seat_beat(s->seat);
	if (now.ns >= s->tick_due.ns) {
		s->tick_due.ns = now.ns + TICK_MS * NS_PER_MS;
		pipeline_tick(s->pipeline, wall_now());
		tell_roles(s);
		arm(s);
	}
	if (now.ns >= s->stats_due.ns) {
		s->stats_due.ns = now.ns + STATS_MS * NS_PER_MS;
		tell_stats(s);
	}
	if (s->drain_until.ns != 0 &&
	    (now.ns > s->drain_until.ns || s->pump == NULL ||
		pump_drained(s->pump)))
		uv_stop(&s->loop);
}

static void
on_signal(uv_signal_t *signal, int number)
{
	struct sensor *s = signal->data;

	if (number == SIGUSR1)
		pipeline_halt(s->pipeline, true, "signal");
	else
		begin_stop(s);
}

static bool
on_request(void *arg, const char *word, struct buf *answer)
{
	struct sensor *s = arg;
	const struct report r = report_of(s);
	bool halt = strcmp(word, "halt") == 0;

	if (halt || strcmp(word, "resume") == 0)
		pipeline_halt(s->pipeline, halt, "command");
	else if (strcmp(word, "status") != 0)
		return false;
	report_json(&r, answer);
	watch_engine(s);
	return true;
}

/* ---- life ---- */

static int
open_publishers(struct sensor *s, struct errbuf *eb)
{
	const struct store_options options = { .dir = s->run->state_dir,
		.read_only = true };
	const struct pump_options pump = { .loop = &s->loop,
		.store = pipeline_store(s->pipeline),
		.sensor_name = s->run->sensor_name,
		.publishers = s->run->config.publish,
		.count = s->run->config.npublish };
	struct pump_options with_outbox = pump;
	int rc;

	if (pump.count == 0)
		return 0;
	rc = store_open(&options, &s->outbox, eb);
	if (rc < 0)
		return rc;
	with_outbox.outbox = s->outbox;
	return pump_open(&with_outbox, &s->pump, eb);
}

static int
open_pipeline(struct sensor *s, struct errbuf *eb)
{
	const struct pipeline_options options = {
		.run = s->run, .dir = s->run->state_dir, .engine = s->engine
	};
	const struct pipeline_listener listener = { .arg = s,
		.event = on_event };
	const struct control_ops control = { .arg = s, .request = on_request };
	int rc = pipeline_new(&options, &listener, &s->pipeline, eb);

	if (rc == 0)
		rc = open_publishers(s, eb);
	if (rc == 0)
		rc = control_open(
		    &s->loop, s->run->state_dir, &control, &s->control, eb);
	return rc;
}

static void
open_handles(struct sensor *s)
{
	uv_poll_init(&s->loop, &s->capture_poll, chan_fd(s->capture));
	uv_poll_init(&s->loop, &s->engine_poll, chan_fd(s->engine));
	uv_timer_init(&s->loop, &s->beat);
	uv_timer_init(&s->loop, &s->due);
	uv_signal_init(&s->loop, &s->term);
	uv_signal_init(&s->loop, &s->halt);
	s->capture_poll.data = s->engine_poll.data = s;
	s->beat.data = s->due.data = s->term.data = s->halt.data = s;
	uv_poll_start(&s->capture_poll, UV_READABLE, on_channel);
	watch_engine(s);
	uv_timer_start(&s->beat, on_beat, 0, BEAT_MS);
	uv_signal_start(&s->term, on_signal, SIGTERM);
	uv_signal_start(&s->halt, on_signal, SIGUSR1);
}

static int
start(struct sensor *s, struct errbuf *eb)
{
	int rc = privilege_drop(false, eb);

	if (rc == 0)
		rc = sandbox_common(eb);
	if (rc < 0)
		return rc;
	umask(077);
	s->capture = chan_new(s->seat->capture_fd, QUEUE_OCTETS);
	s->engine = chan_new(s->seat->engine_fd, QUEUE_OCTETS);
	if (s->capture == NULL || s->engine == NULL ||
	    uv_loop_init(&s->loop) < 0)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	rc = open_pipeline(s, eb);
	if (rc == 0)
		open_handles(s);
	return rc;
}

/* The engine may be there already and know our predecessor; it answers a greeting it has not heard. */
static void
greet(struct sensor *s)
{
	struct buf message;
	int rc;

	buf_init(&message, MSG_HEADER + 64);
	msg_begin(&message, MSG_HELLO, 0);
	hello_pack(&message, &s->hello);
	rc = msg_end(&message);
	if (rc == 0)
		rc = chan_send(s->engine, &message);
	if (rc < 0)
		log_warn("sensor", "cannot greet the engine: %s", err_text(rc));
	buf_fini(&message);
}

static void
announce(struct sensor *s)
{
	s->stats_due.ns = mono_now().ns + STATS_MS * NS_PER_MS;
	if (store_recovered(pipeline_store(s->pipeline)))
		pipeline_tell(s->pipeline, EV_SENSOR_LOSS,
		    "the state database was damaged; it was moved aside and "
		    "begun anew",
		    "loss", "{\"stage\":\"store\"}");
	pipeline_tell(
	    s->pipeline, EV_SENSOR_START, "the sensor started", NULL, NULL);
	tell_roles(s);
}

int
role_sensor(const struct run *run, const struct seat *seat)
{
	struct sensor *s = calloc(1, sizeof(*s));
	struct errbuf eb = { "" };
	int rc;

	if (s == NULL)
		return cli_fail(CLI_RUNTIME, "out of memory");
	s->run = run;
	s->seat = seat;
	s->hello = (struct hello){ .role = ROLE_SENSOR,
		.pid = (uint32_t)getpid(),
		.generation = seat->generation };
	rc = start(s, &eb);
	/* The process ends: nothing is taken apart. */
	if (rc < 0)
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		return cli_fail_with(rc, &eb);
	announce(s);
	greet(s);
	seat_ready(seat);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	pump_close(s->pump);
	control_close(s->control);
	pipeline_free(s->pipeline);
	store_close(s->outbox);
	return CLI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arrows of the product over a store in memory; the test is capture on one side and the engine on the other.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/base/str.h"
#include "sensor/daemon/pipeline.h"

#define QUEUE (4 << 20)
#define CODES_MAX 32

struct world {
	struct run run;
	struct pipeline *pipeline;
	struct chan *ours;   /* the pipeline's end of the engine's channel */
	struct chan *engine; /* the test's */
	enum event_code codes[CODES_MAX];
	size_t count;
};

static void
on_event(void *arg, const struct event *e)
{
	struct world *w = arg;

	assert_in_range(w->count, 0, CODES_MAX - 1);
	assert_true(e->sequence > 0);
	w->codes[w->count++] = e->code;
}

static bool
told(const struct world *w, enum event_code code)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (w->codes[i] == code)
			return true;
	return false;
}

static int
setup(void **state)
{
	static const char yaml[] = "sensor: {name: t}\n"
				   "probing: {scope: [10.0.0.0/8], settle: 0s, "
				   "scripts: banner}\n";
	const struct strlist lo = { .items = (char *[]){ (char[]){ "lo" } },
		.count = 1 };
	struct world *w = calloc(1, sizeof(*w));
	struct pipeline_options options = { .run = NULL };
	struct pipeline_listener listener = { .arg = w, .event = on_event };
	struct config config;
	struct errbuf eb;
	int fds[2];

	if (w == NULL ||
	    config_parse("t", yaml, sizeof(yaml) - 1, &config, &eb) < 0 ||
	    run_resolve(&config, &lo, &w->run, &eb) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0)
		return -1;
	w->ours = chan_new(fds[0], QUEUE);
	w->engine = chan_new(fds[1], QUEUE);
	options.run = &w->run;
	options.engine = w->ours;
	*state = w;
	return pipeline_new(&options, &listener, &w->pipeline, &eb);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	pipeline_free(w->pipeline);
	chan_free(w->ours);
	chan_free(w->engine);
	run_fini(&w->run);
	free(w);
	return 0;
}

static void
hear_service(struct world *w, const char *addr)
{
	struct observation o = { .kind = OBS_HOST,
		.ts = wall_now(),
		.frame = 1,
		.strength = STRENGTH_TWO_WAY,
		.source = SRC_TCP };

	assert_int_equal(addr_parse(addr, &o.addr), 0);
	pipeline_begin(w->pipeline);
	pipeline_hear(w->pipeline, &o);
	o.kind = OBS_SERVICE;
	o.proto = IPPROTO_TCP;
	o.port = 22;
	o.aux = SVC_OPEN_SYNACK;
	o.text = text_str("ssh");
	pipeline_hear(w->pipeline, &o);
	pipeline_commit(w->pipeline);
}

static void
engine_says_hello(struct world *w)
{
	const struct hello own = { .role = ROLE_SENSOR, .generation = 1 };

	pipeline_engine_started(w->pipeline, &own);
}

/* The next message to the engine; fails when there is none or it is of another type. */
static struct msg
expect(struct world *w, enum msg_type type)
{
	struct msg m;

	assert_int_equal(chan_receive(w->engine, &m), 1);
	assert_string_equal(msg_type_text(m.type), msg_type_text(type));
	return m;
}

static void
expect_silence(struct world *w)
{
	struct msg m;

	assert_int_equal(chan_receive(w->engine, &m), 0);
}

static uint64_t
expect_target(struct world *w, const char *addr)
{
	struct msg m = expect(w, MSG_TARGET);
	char text[ADDR_TEXT];
	struct target t;
	uint64_t id;

	assert_int_equal(target_unpack(&m.body, &t), 0);
	assert_string_equal(addr_fmt(&t.addr, text), addr);
	assert_non_null(strstr(t.scripts, "banner"));
	assert_int_equal(t.nports, 1);
	assert_int_equal(t.ports[0].svc.port, 22);
	assert_true(t.rule[0] != '\0');
	id = t.id;
	target_fini(&t);
	return id;
}

static void
greeting_and_scope_come_before_the_first_target(void **state)
{
	struct world *w = *state;
	struct scope scope;
	struct msg m;

	hear_service(w, "10.0.0.5");
	assert_true(told(w, EV_HOST_NEW));
	assert_true(told(w, EV_SERVICE_NEW));
	pipeline_ask(w->pipeline);
	expect_silence(w);
	engine_says_hello(w);
	expect(w, MSG_HELLO);
	m = expect(w, MSG_SCOPE);
	assert_int_equal(scope_unpack(&m.body, &scope), 0);
	assert_false(scope.halted);
	assert_int_equal(scope.allow.count, 1);
	scope_fini(&scope);
	expect_target(w, "10.0.0.5");
	assert_int_equal(pipeline_stats_get(w->pipeline).in_flight, 1);
}

static void
who_is_out_of_scope_is_heard_and_not_asked(void **state)
{
	struct world *w = *state;

	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	hear_service(w, "192.0.2.66");
	pipeline_ask(w->pipeline);
	assert_true(told(w, EV_SERVICE_NEW));
	expect_silence(w);
}

/* The inventory's room went to others while the host waited to be asked. */
static void
who_was_forgotten_is_not_asked_and_not_queued(void **state)
{
	struct world *w = *state;
	struct policy_stats stats;
	struct addr gone;
	struct policy_ask ask;

	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	assert_int_equal(addr_parse("10.0.0.9", &gone), 0);
	policy_candidate(
	    pipeline_policy(w->pipeline), 0, &gone, "host.new", wall_now());
	policy_stats_get(pipeline_policy(w->pipeline), &stats);
	assert_int_equal(stats.queued, 1);
	pipeline_ask(w->pipeline);
	expect_silence(w);
	policy_stats_get(pipeline_policy(w->pipeline), &stats);
	assert_int_equal(stats.queued, 0);
	assert_int_equal(
	    policy_next(pipeline_policy(w->pipeline),
		(struct wall){ wall_now().ns + INT64_C(86400) * 30 * NS_PER_S },
		&ask),
	    0);
}

/* As the engine would: pack, send, and let the pipeline take it apart. */
static void
engine_sends(struct world *w, struct buf *b)
{
	struct msg m;

	assert_int_equal(msg_end(b), 0);
	assert_int_equal(msg_parse(b->data, b->len, &m), 0);
	pipeline_message(w->pipeline, &m);
}

static void
findings_and_audits_become_events_and_the_target_ends(void **state)
{
	struct world *w = *state;
	struct finding f = { .port = 22,
		.proto = IPPROTO_TCP,
		.rule = RULE_PORT,
		.script = "banner",
		.categories = "safe",
		.started = wall_now(),
		.ended = wall_now() };
	struct audit a = { .dport = 22,
		.proto = IPPROTO_TCP,
		.script = "banner",
		.started = wall_now(),
		.ended = wall_now() };
	struct target_done done = { .scripts_run = 1 };
	struct buf b;

	hear_service(w, "10.0.0.5");
	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	f.target_id = a.target_id = done.target_id =
	    expect_target(w, "10.0.0.5");
	assert_int_equal(addr_parse("10.0.0.5", &f.addr), 0);
	a.dst = f.addr;
	f.output = strdup("SSH-2.0-test");
	buf_init(&b, 1 << 16);
	msg_begin(&b, MSG_AUDIT, 1);
	audit_pack(&b, &a);
	engine_sends(w, &b);
	msg_begin(&b, MSG_FINDING, 2);
	finding_pack(&b, &f);
	engine_sends(w, &b);
	msg_begin(&b, MSG_TARGET_DONE, 3);
	target_done_pack(&b, &done);
	engine_sends(w, &b);
	pipeline_tick(w->pipeline, wall_now());
	assert_true(told(w, EV_PROBE_AUDIT));
	assert_true(told(w, EV_FINDING_INFO));
	assert_int_equal(pipeline_stats_get(w->pipeline).in_flight, 0);
	expect_silence(w);
	buf_fini(&b);
	finding_fini(&f);
}

static void
a_new_engine_is_asked_what_its_predecessor_had(void **state)
{
	struct world *w = *state;
	int tries;
	struct msg m;

	hear_service(w, "10.0.0.5");
	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	expect_target(w, "10.0.0.5");
	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	/* Rates may hold it back for a moment. */
	for (tries = 0; tries < 200; tries++) {
		pipeline_ask(w->pipeline);
		if (pipeline_stats_get(w->pipeline).in_flight == 1)
			break;
		usleep(20000);
	}
	assert_int_equal(chan_receive(w->engine, &m), 1);
	assert_int_equal(m.type, MSG_TARGET);
}

static void
halt_sends_a_scope_that_refuses_all(void **state)
{
	struct world *w = *state;
	struct scope scope;
	struct msg m;

	engine_says_hello(w);
	expect(w, MSG_HELLO);
	expect(w, MSG_SCOPE);
	pipeline_halt(w->pipeline, true, "test");
	m = expect(w, MSG_SCOPE);
	assert_int_equal(scope_unpack(&m.body, &scope), 0);
	assert_true(scope.halted);
	scope_fini(&scope);
	assert_true(told(w, EV_PROBE_HALTED));
	hear_service(w, "10.0.0.5");
	pipeline_ask(w->pipeline);
	expect_silence(w);
	pipeline_halt(w->pipeline, true, "test");
	expect_silence(w);
	pipeline_halt(w->pipeline, false, "test");
	expect(w, MSG_SCOPE);
	assert_true(told(w, EV_PROBE_RESUMED));
}

static void
bodies_that_lie_are_counted_and_nothing_else(void **state)
{
	struct world *w = *state;
	static const enum msg_type types[] = { MSG_OBSERVATIONS, MSG_FINDING,
		MSG_AUDIT, MSG_TARGET_DONE };
	struct buf b;
	size_t i;

	buf_init(&b, 1024);
	for (i = 0; i < ES_ARRAY_LEN(types); i++) {
		msg_begin(&b, types[i], i);
		buf_str(&b, "nonsense");
		engine_sends(w, &b);
	}
	buf_fini(&b);
	assert_int_equal(
	    pipeline_stats_get(w->pipeline).refused, ES_ARRAY_LEN(types));
	assert_int_equal(w->count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(greeting_and_scope_come_before_the_first_target),
		CASE(who_is_out_of_scope_is_heard_and_not_asked),
		CASE(who_was_forgotten_is_not_asked_and_not_queued),
		CASE(findings_and_audits_become_events_and_the_target_ends),
		CASE(a_new_engine_is_asked_what_its_predecessor_had),
		CASE(halt_sends_a_scope_that_refuses_all),
		CASE(bodies_that_lie_are_counted_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

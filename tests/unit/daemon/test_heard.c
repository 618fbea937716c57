/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what was heard to what a script says, over the real rooms: observations, the inventory's target, its message,
 * the engine with a script of this repository. The scope is empty, so whoever asks is refused and audited.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <uv.h>

#include "engine/engine.h"
#include "sensor/base/str.h"
#include "sensor/inventory/inventory.h"

#define HOST "192.0.2.60"
#define GREETING "SSH-2.0-OpenSSH_9.2p1"

struct told {
	char output[256];
	char data[1024];
	unsigned findings;
	unsigned audits;
	unsigned done;
};

static void
on_finding(void *arg, const struct finding *f)
{
	struct told *told = arg;

	told->findings++;
	assert_true(f->heard);
	str_copy(told->output, sizeof(told->output), f->output);
	str_copy(
	    told->data, sizeof(told->data), f->data == NULL ? "" : f->data);
}

static void
on_audit(void *arg, const struct audit *a)
{
	struct told *told = arg;

	(void)a;
	told->audits++;
}

static void
on_done(void *arg, uint64_t id, enum target_status status, uint32_t scripts)
{
	struct told *told = arg;

	(void)id;
	assert_int_equal(status, TARGET_OK);
	assert_int_equal(scripts, 1);
	told->done++;
}

static void
hear(struct inventory *inv, enum obs_kind kind, uint16_t port, unsigned aux,
    const char *text, const char *text2)
{
	struct observation o = { .kind = kind,
		.ts = wall_now(),
		.frame = 1,
		.strength = STRENGTH_TWO_WAY,
		.source = SRC_TCP,
		.proto = IPPROTO_TCP,
		.port = port,
		.aux = aux,
		.text = text_str(text),
		.text2 = text_str(text2) };

	assert_int_equal(addr_parse(HOST, &o.addr), 0);
	assert_int_equal(inventory_observe(inv, &o), 0);
}

/* The target as the engine's process gets it. */
static void
hand_over(struct inventory *inv, struct target *out)
{
	struct target t;
	struct cursor in;
	struct addr addr;
	struct buf b;

	assert_int_equal(addr_parse(HOST, &addr), 0);
	assert_int_equal(inventory_fill_target(inv, 0, &addr, &t), 0);
	t.id = 1;
	buf_init(&b, 1 << 20);
	target_pack(&b, &t);
	assert_false(b.bad);
	in = cur_new(b.data, b.len);
	assert_int_equal(target_unpack(&in, out), 0);
	buf_fini(&b);
	target_fini(&t);
}

static void
ask(struct target *t, const char *script, struct told *told,
    struct engine_stats *stats)
{
	static const char *const dirs[] = { "." };
	uv_loop_t loop;
	struct engine_options o = {
		.loop = &loop, .datadirs = dirs, .ndatadirs = 1
	};
	struct engine_callbacks cb = { .arg = told,
		.finding = on_finding,
		.audit = on_audit,
		.done = on_done };
	struct engine *engine;
	struct errbuf eb;

	*told = (struct told){ .findings = 0 };
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(engine_new(&o, &cb, &engine, &eb), 0);
	free(t->scripts);
	t->scripts = strdup(script);
	assert_int_equal(engine_submit(engine, t), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(told->done, 1);
	engine_stats_get(engine, stats);
	engine_free(engine);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void
a_banner_that_was_heard_is_not_asked_for(void **state)
{
	struct inventory_options options = { .replay = true };
	struct engine_stats stats;
	struct inventory *inv;
	struct errbuf eb;
	struct told told;
	struct target t;

	(void)state;
	assert_int_equal(inventory_new(&options, NULL, &inv, &eb), 0);
	hear(inv, OBS_HOST, 0, 0, "", "");
	hear(inv, OBS_SERVICE, 22, SVC_OPEN_SYNACK, "ssh", "");
	hear(inv, OBS_BANNER, 22, 0, GREETING "\r\n", "ssh");
	hand_over(inv, &t);
	ask(&t, "scripts/banner.nse", &told, &stats);
	assert_int_equal(told.findings, 1);
	assert_string_equal(told.output, GREETING);
	assert_int_equal(told.audits, 0);
	assert_int_equal(stats.saved, 1);

	/* The same script asks where nothing was heard: the test would see it. */
	free(t.ports[0].heard);
	t.ports[0].heard = NULL;
	ask(&t, "scripts/banner.nse", &told, &stats);
	assert_int_equal(told.findings, 0);
	assert_true(told.audits > 0);
	assert_int_equal(stats.saved, 0);
	target_fini(&t);
	inventory_free(inv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_banner_that_was_heard_is_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pump and its publishers against a real store and a server that misbehaves
 * on demand. What real servers do is in tests/e2e/delivery_*.
 */
#include "tests/unit/publish/fake_redis.h"
#include "tests/unit/store/folder.h"

#include "sensor/base/log.h"
#include "sensor/publish/publish.h"
#include "sensor/store/store.h"

#define LIMIT_MS 5000

struct lab {
	struct folder *folder;
	uv_loop_t loop;
	struct fake_redis redis;
	struct store *store;
	struct store *outbox;
	struct pump *pump;
	struct publisher_config configs[2];
	char url[100];
	char file[100];
};

/* It stands still, so ids rise by their second part only. */
static struct wall
still_clock(void)
{
	return (struct wall){ .ns = 1000 * NS_PER_S };
}

static int
set_up(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct store_options options = { .clock = still_clock };
	struct errbuf eb;

	assert_non_null(lab);
	assert_int_equal(folder_setup((void **)&lab->folder), 0);
	log_setup(LOG_LEVEL_ERR, LOG_TEXT, "test");
	options.dir = lab->folder->path;
	assert_int_equal(store_open(&options, &lab->store, &eb), 0);
	options.read_only = true;
	assert_int_equal(store_open(&options, &lab->outbox, &eb), 0);
	assert_int_equal(uv_loop_init(&lab->loop), 0);
	fake_redis_start(&lab->redis, &lab->loop);
	snprintf(
	    lab->url, sizeof(lab->url), "redis+unix://%s", lab->redis.path);
	snprintf(
	    lab->file, sizeof(lab->file), "%s/events.jsonl", lab->folder->path);
	lab->configs[0] = (struct publisher_config){ .name = "siem",
		.type = "redis-stream",
		.url = lab->url,
		.timeout_ms = 200,
		.retry_max_ms = 10 };
	lab->configs[1] = (struct publisher_config){
		.name = "file", .type = "jsonl", .url = lab->file
	};
	*state = lab;
	return 0;
}

static int
tear_down(void **state)
{
	struct lab *lab = *state;
	void *folder = lab->folder;

	pump_close(lab->pump);
	fake_redis_stop(&lab->redis);
	(void)uv_run(&lab->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->loop), 0);
	store_close(lab->outbox);
	store_close(lab->store);
	free(lab);
	return folder_teardown(&folder);
}

static void
start(struct lab *lab, size_t count)
{
	const struct pump_options options = { .loop = &lab->loop,
		.store = lab->store,
		.outbox = lab->outbox,
		.sensor_name = "test",
		.publishers = lab->configs,
		.count = count };
	struct errbuf eb;

	assert_int_equal(pump_open(&options, &lab->pump, &eb), 0);
}

/* One event with a number and, for size, some padding. */
static void
append(struct lab *lab, unsigned n, int padding)
{
	char json[4000];
	struct event e = { .code = EV_HOST_NEW, .json = json };

	snprintf(e.id, sizeof(e.id), "%032x", n);
	e.json_len = (uint32_t)snprintf(json, sizeof(json),
	    "{\"event\":{\"id\":\"%s\",\"sequence\":%llu},\"n\":%u,"
	    "\"pad\":\"%0*d\"}",
	    e.id, (unsigned long long)store_outbox_next(lab->store), n, padding,
	    0);
	assert_int_equal(store_outbox_append(lab->store, &e), 0);
}

static void
commit(struct lab *lab, unsigned from, unsigned to)
{
	unsigned n;

	assert_int_equal(store_begin(lab->store), 0);
	for (n = from; n <= to; n++)
		append(lab, n, 1);
	assert_int_equal(store_commit(lab->store), 0);
	if (lab->pump != NULL)
		pump_wake(lab->pump);
}

static struct publisher_status
status(struct lab *lab, size_t index)
{
	struct publisher_status s;

	pump_status(lab->pump, index, &s);
	return s;
}

/* Run the loop until @p test holds; the test fails when it never does. */
static void
run_until(struct lab *lab, bool (*test)(struct lab *lab))
{
	struct mono began = mono_now();

	while (!test(lab)) {
		assert_true(mono_ms_between(began, mono_now()) < LIMIT_MS);
		(void)uv_run(&lab->loop, UV_RUN_ONCE);
	}
}

static bool
first_done(struct lab *lab)
{
	struct publisher_status s = status(lab, 0);

	return s.up && s.lag == 0;
}

static bool
second_done(struct lab *lab)
{
	struct publisher_status s = status(lab, 1);

	return s.up && s.lag == 0;
}

static bool
first_went_down(struct lab *lab)
{
	return status(lab, 0).downs > 0;
}

/* The stream holds 1..n, each once and in order. */
static void
check_stream(struct lab *lab, unsigned n)
{
	char want[32];
	unsigned i;

	assert_int_equal(lab->redis.at.count, n);
	for (i = 0; i < n; i++) {
		snprintf(want, sizeof(want), "\"n\":%u,", i + 1);
		assert_non_null(strstr(lab->redis.entries[i].json, want));
	}
}

static void
restart(struct lab *lab)
{
	pump_close(lab->pump);
	lab->pump = NULL;
	(void)uv_run(&lab->loop, UV_RUN_NOWAIT);
	start(lab, 1);
}

static void
delivers_in_batches_of_bounded_size(void **state)
{
	struct lab *lab = *state;
	unsigned n;

	commit(lab, 1, 1200);
	start(lab, 1);
	run_until(lab, first_done);
	check_stream(lab, 1200);
	assert_int_equal(lab->redis.largest_batch, PUBLISHER_BATCH_MAX);
	assert_int_equal(lab->redis.execs, 3);
	assert_int_equal(status(lab, 0).acked, 1200);

	/* 3 KB each: 1 MiB ends a batch before 500 events do. */
	assert_int_equal(store_begin(lab->store), 0);
	for (n = 1201; n <= 1700; n++)
		append(lab, n, 3000);
	assert_int_equal(store_commit(lab->store), 0);
	pump_wake(lab->pump);
	run_until(lab, first_done);
	assert_int_equal(lab->redis.execs, 5);
	check_stream(lab, 1700);
}

static void
sends_nothing_before_it_is_committed(void **state)
{
	struct lab *lab = *state;

	start(lab, 1);
	run_until(lab, first_done);
	assert_int_equal(store_begin(lab->store), 0);
	append(lab, 1, 1);
	pump_wake(lab->pump);
	(void)uv_run(&lab->loop, UV_RUN_NOWAIT);
	(void)uv_run(&lab->loop, UV_RUN_NOWAIT);
	assert_int_equal(lab->redis.execs, 0);
	assert_true(pump_drained(lab->pump));
	assert_int_equal(store_commit(lab->store), 0);
	assert_false(pump_drained(lab->pump));
	pump_wake(lab->pump);
	run_until(lab, first_done);
	check_stream(lab, 1);
}

static void
skips_what_only_the_answer_was_lost_of(void **state)
{
	struct lab *lab = *state;

	lab->redis.lose_answers = 2;
	commit(lab, 1, 700);
	start(lab, 1);
	run_until(lab, first_done);
	check_stream(lab, 700);
	assert_int_equal(status(lab, 0).downs, 2);
	assert_int_equal(status(lab, 0).skipped, 700);
	assert_int_equal(status(lab, 0).acked, 0);
}

static void
leaves_no_hole_where_a_batch_was_refused(void **state)
{
	struct lab *lab = *state;

	lab->redis.refuse_xadd = "OOM command not allowed";
	commit(lab, 1, 700);
	start(lab, 1);
	run_until(lab, first_went_down);
	assert_non_null(strstr(status(lab, 0).why, "OOM"));
	assert_non_null(strstr(status(lab, 0).why, "maxmemory"));
	assert_int_equal(lab->redis.at.count, 0);
	run_until(lab, first_done);
	check_stream(lab, 700);
}

static void
sends_again_what_the_server_forgot(void **state)
{
	struct lab *lab = *state;

	commit(lab, 1, 50);
	start(lab, 1);
	run_until(lab, first_done);
	lab->redis.at = (struct fake_mark){ .count = 20,
		.key_exists = true,
		.last_ms = lab->redis.entries[19].ms,
		.last_sub = lab->redis.entries[19].sub };
	restart(lab);
	run_until(lab, first_done);
	check_stream(lab, 50);
	assert_int_equal(status(lab, 0).resent, 30);
}

static void
sends_all_again_after_a_flush_under_way(void **state)
{
	struct lab *lab = *state;

	commit(lab, 1, 50);
	start(lab, 1);
	run_until(lab, first_done);
	lab->redis.at = (struct fake_mark){ .count = 0 };
	commit(lab, 51, 60);
	run_until(lab, first_done);
	check_stream(lab, 60);
	assert_int_equal(status(lab, 0).resent, 50);
}

static void
goes_on_above_a_foreign_id(void **state)
{
	struct lab *lab = *state;

	/* Somebody wrote an id above our first ten. */
	commit(lab, 1, 10);
	lab->redis.at = (struct fake_mark){
		.key_exists = true, .last_ms = 2000000, .last_sub = 7
	};
	start(lab, 1);
	run_until(lab, first_done);
	assert_int_equal(status(lab, 0).impossible, 10);
	assert_int_equal(lab->redis.at.count, 0);
	commit(lab, 11, 12);
	run_until(lab, first_done);
	assert_int_equal(lab->redis.at.count, 2);
	assert_int_equal(lab->redis.entries[0].ms, 2000000);
	assert_int_equal(lab->redis.entries[0].sub, 8);
}

static void
refuses_a_stream_whose_ids_are_no_times(void **state)
{
	struct lab *lab = *state;

	lab->redis.at =
	    (struct fake_mark){ .key_exists = true, .last_ms = UINT64_MAX };
	commit(lab, 1, 2);
	start(lab, 1);
	run_until(lab, first_went_down);
	assert_non_null(strstr(status(lab, 0).why, "another key"));
	lab->redis.at = (struct fake_mark){ .key_exists = false };
	run_until(lab, first_done);
	check_stream(lab, 2);
}

static void
gives_up_on_a_server_that_stops_answering(void **state)
{
	struct lab *lab = *state;
	struct mono began;

	start(lab, 1);
	run_until(lab, first_done);
	lab->redis.silent = true;
	began = mono_now();
	commit(lab, 1, 5);
	run_until(lab, first_went_down);
	assert_true(mono_ms_between(began, mono_now()) >= 190);
	assert_string_equal(status(lab, 0).why, "no answer in time");
	assert_int_equal(status(lab, 0).lag, 5);
	lab->redis.silent = false;
	run_until(lab, first_done);
	check_stream(lab, 5);
}

static void
one_lane_down_holds_no_other(void **state)
{
	struct lab *lab = *state;
	char line[300];
	unsigned n = 0;
	FILE *f;

	lab->configs[0].url = "redis+unix:///nowhere/redis.sock";
	commit(lab, 1, 30);
	start(lab, 2);
	run_until(lab, second_done);
	assert_false(status(lab, 0).up);
	assert_int_equal(status(lab, 0).lag, 30);
	assert_true(pump_drained(lab->pump));
	f = fopen(lab->file, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		n++;
	fclose(f);
	assert_int_equal(n, 30);
}

static void
a_list_gets_a_batch_in_one_push(void **state)
{
	struct lab *lab = *state;

	lab->configs[0].type = "redis-list";
	commit(lab, 1, 600);
	start(lab, 1);
	run_until(lab, first_done);
	assert_int_equal(lab->redis.pushed, 600);
	restart(lab);
	run_until(lab, first_done);
	assert_int_equal(lab->redis.pushed, 600);
}

static void
finds_every_publisher_of_the_table(void **state)
{
	static const char *const types[] = { "redis-stream", "redis-list",
		"redis-channel", "jsonl" };
	size_t i;

	(void)state;
	for (i = 0; i < ES_ARRAY_LEN(types); i++) {
		assert_ptr_equal(publisher_find(types[i]), publisher_at(i));
		assert_true(strlen(publisher_at(i)->help) > 10);
	}
	assert_null(publisher_at(i));
	assert_null(publisher_find("redis"));
}

#define PUMP_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PUMP_TEST(delivers_in_batches_of_bounded_size),
		PUMP_TEST(sends_nothing_before_it_is_committed),
		PUMP_TEST(skips_what_only_the_answer_was_lost_of),
		PUMP_TEST(leaves_no_hole_where_a_batch_was_refused),
		PUMP_TEST(sends_again_what_the_server_forgot),
		PUMP_TEST(sends_all_again_after_a_flush_under_way),
		PUMP_TEST(goes_on_above_a_foreign_id),
		PUMP_TEST(refuses_a_stream_whose_ids_are_no_times),
		PUMP_TEST(gives_up_on_a_server_that_stops_answering),
		PUMP_TEST(one_lane_down_holds_no_other),
		PUMP_TEST(a_list_gets_a_batch_in_one_push),
		cmocka_unit_test(finds_every_publisher_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

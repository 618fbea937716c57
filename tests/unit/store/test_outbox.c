/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: order, numbers that never repeat, bounds that drop the least
 * important first and say so.
 */
#include "sensor/store/store.h"
#include "tests/unit/store/folder.h"

static struct wall test_time;

static struct wall
test_clock(void)
{
	return test_time;
}

static struct store *
open_outbox(const char *dir, uint64_t max_octets)
{
	struct store_options options = {
		.dir = dir, .outbox_max_octets = max_octets, .clock = test_clock
	};
	struct errbuf eb = { "" };
	struct store *s;

	if (store_open(&options, &s, &eb) < 0)
		fail_msg("%s", eb.text);
	return s;
}

static int
append(struct store *s, enum event_code code, const char *json, struct event *e)
{
	*e = (struct event){ .code = code,
		.id = "0123456789abcdef0123456789abcdef",
		.json = json,
		.json_len = (uint32_t)strlen(json) };
	return store_outbox_append(s, e);
}

static int
append_one(struct store *s, enum event_code code, const char *json)
{
	struct event e;
	int rc;

	assert_int_equal(store_begin(s), 0);
	rc = append(s, code, json, &e);
	assert_int_equal(store_commit(s), 0);
	return rc;
}

static void
gives_rising_numbers_whatever_the_clock_does(void **state)
{
	static const int64_t seconds[] = { 100, 100, 50, 101, 99 };
	struct folder *f = *state;
	struct store *s = open_outbox(f->path, 0);
	uint64_t ms = 0, sequence = 0;
	uint32_t sub = 0;
	struct event e;
	size_t i;

	for (i = 0; i < 5; i++) {
		test_time.ns = seconds[i] * NS_PER_S;
		assert_int_equal(store_begin(s), 0);
		assert_int_equal(store_outbox_next(s), sequence + 1);
		assert_int_equal(append(s, EV_HOST_NEW, "{}", &e), 0);
		assert_int_equal(e.sequence, sequence + 1);
		assert_true(e.ms > ms || (e.ms == ms && e.sub > sub));
		sequence = e.sequence;
		ms = e.ms;
		sub = e.sub;
		assert_int_equal(store_commit(s), 0);
		store_close(s);
		s = open_outbox(f->path, 0);
	}
	assert_int_equal(ms, 101000);
	store_close(s);
}

static void
gives_a_number_back_when_the_transaction_fails(void **state)
{
	struct store *s = open_outbox(NULL, 0);
	struct event e;

	(void)state;
	assert_int_equal(append(s, EV_HOST_NEW, "{}", &e), ES_E(STORE));
	assert_int_equal(store_begin(s), 0);
	assert_int_equal(append(s, EV_HOST_NEW, "{}", &e), 0);
	store_rollback(s);
	assert_int_equal(store_outbox_next(s), 1);
	assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	assert_int_equal(store_outbox_next(s), 2);
	store_close(s);
}

struct seen {
	uint64_t sequences[64];
	size_t count;
	size_t stop_after;
};

static bool
see(void *arg, const struct event *e)
{
	struct seen *seen = arg;

	assert_int_equal(strlen(e->json), e->json_len);
	seen->sequences[seen->count++] = e->sequence;
	return seen->count != seen->stop_after;
}

static void
reads_in_order_from_a_place(void **state)
{
	struct store *s = open_outbox(NULL, 0);
	struct seen seen = { .count = 0 };
	int i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_int_equal(append_one(s, EV_HOST_NEW, "{\"a\":1}"), 0);
	assert_int_equal(store_outbox_read(s, 4, 3, see, &seen), 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.sequences[0], 5);
	assert_int_equal(seen.sequences[2], 7);
	seen = (struct seen){ .stop_after = 2 };
	assert_int_equal(store_outbox_read(s, 0, 100, see, &seen), 0);
	assert_int_equal(seen.count, 2);
	store_close(s);
}

static void
finds_the_place_of_a_stream_id(void **state)
{
	struct store *s = open_outbox(NULL, 0);
	uint64_t sequence;

	(void)state;
	test_time.ns = 10 * NS_PER_S;
	assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	test_time.ns = 20 * NS_PER_S;
	assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	assert_int_equal(store_outbox_sequence_of(s, 10000, 1, &sequence), 0);
	assert_int_equal(sequence, 2);
	assert_int_equal(store_outbox_sequence_of(s, 15000, 0, &sequence), 0);
	assert_int_equal(sequence, 2);
	assert_int_equal(store_outbox_sequence_of(s, 9999, 7, &sequence), 0);
	assert_int_equal(sequence, 0);
	assert_int_equal(store_outbox_floor(s, 30000, 4, 700), 0);
	assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	assert_int_equal(store_outbox_sequence_of(s, 30000, 5, &sequence), 0);
	assert_int_equal(sequence, 701);
	store_close(s);
}

struct lost {
	uint64_t stats;
	uint64_t others;
};

static void
see_loss(void *arg, const struct outbox_loss *loss)
{
	struct lost *lost = arg;

	assert_true(loss->first_sequence <= loss->last_sequence);
	if (strcmp(loss->code, "sensor.stats") == 0)
		lost->stats += loss->count;
	else
		lost->others += loss->count;
}

static void
drops_the_lowest_class_first_and_counts_it(void **state)
{
	struct store *s = open_outbox(NULL, 64 * 1024);
	struct lost lost = { 0, 0 };
	struct outbox_stats stats;
	static char json[1024];
	int i;

	(void)state;
	memset(json, ' ', sizeof(json) - 1);
	for (i = 0; i < 20; i++)
		assert_int_equal(append_one(s, EV_SENSOR_STATS, json), 0);
	for (i = 0; i < 40; i++)
		assert_int_equal(append_one(s, EV_FINDING_INFO, json), 0);
	assert_int_equal(store_losses(s, see_loss, &lost), 0);
	assert_true(lost.stats > 0 && lost.stats < 20);
	assert_int_equal(lost.others, 0);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_true(stats.octets <= 64 * 1024);
	assert_int_equal(stats.dropped, lost.stats);
	assert_int_equal(stats.records + stats.dropped, 60);
	assert_int_equal(store_losses_clear(s), 0);
	for (i = 0; i < 60; i++)
		assert_int_equal(append_one(s, EV_FINDING_INFO, json), 0);
	assert_int_equal(append_one(s, EV_SENSOR_STATS, json), ES_E(FULL));
	assert_int_equal(store_outbox_next(s), 122);
	lost = (struct lost){ 0, 0 };
	assert_int_equal(store_losses(s, see_loss, &lost), 0);
	assert_true(lost.others > 0);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_int_equal(stats.records + stats.dropped, 121);
	store_close(s);
}

static void
trims_what_is_delivered_or_old(void **state)
{
	struct store *s = open_outbox(NULL, 0);
	struct outbox_stats stats;
	struct lost lost = { 0, 0 };
	uint64_t place;
	int i;

	(void)state;
	test_time.ns = 1000 * NS_PER_S;
	for (i = 0; i < 10; i++)
		assert_int_equal(append_one(s, EV_HOST_NEW, "{}"), 0);
	assert_int_equal(store_cursor_get(s, "redis", &place), 0);
	assert_int_equal(place, 0);
	assert_int_equal(store_cursor_set(s, "redis", 6), 0);
	assert_int_equal(store_cursor_set(s, "file", 10), 0);
	assert_int_equal(store_outbox_trim(s), 0);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_int_equal(stats.records, 10);
	test_time.ns += 25 * 3600 * NS_PER_S;
	assert_int_equal(store_outbox_trim(s), 0);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_int_equal(stats.records, 4);
	assert_int_equal(stats.first_sequence, 7);
	assert_int_equal(store_losses(s, see_loss, &lost), 0);
	assert_int_equal(lost.others, 0);
	test_time.ns += 8 * 24 * 3600 * NS_PER_S;
	assert_int_equal(store_outbox_trim(s), 0);
	assert_int_equal(store_outbox_stats(s, &stats), 0);
	assert_int_equal(stats.records, 0);
	assert_int_equal(stats.octets, 0);
	assert_int_equal(store_losses(s, see_loss, &lost), 0);
	assert_int_equal(lost.others, 4);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    gives_rising_numbers_whatever_the_clock_does, folder_setup,
		    folder_teardown),
		cmocka_unit_test(
		    gives_a_number_back_when_the_transaction_fails),
		cmocka_unit_test(reads_in_order_from_a_place),
		cmocka_unit_test(finds_the_place_of_a_stream_id),
		cmocka_unit_test(drops_the_lowest_class_first_and_counts_it),
		cmocka_unit_test(trims_what_is_delivered_or_old),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

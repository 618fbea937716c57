/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small message bodies: there and back, and what a broken role might send instead.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/ipc/body.h"

static void
bodies_survive_the_way(void **unused)
{
	struct hello h = { ROLE_ENGINE, 4711, 3 }, h2;
	struct capture_end e = { ES_E(TRUNC), "cut after 5 packets" }, e2;
	struct target_done d = { 8, 2, 17 }, d2;
	struct cursor in;
	struct buf b;

	(void)unused;
	buf_init(&b, 4096);
	hello_pack(&b, &h);
	in = cur_new(b.data, b.len);
	assert_int_equal(hello_unpack(&in, &h2), 0);
	assert_int_equal(h2.role, ROLE_ENGINE);
	assert_int_equal(h2.pid, 4711);
	assert_int_equal(h2.generation, 3);
	buf_reset(&b);
	capture_end_pack(&b, &e);
	in = cur_new(b.data, b.len);
	assert_int_equal(capture_end_unpack(&in, &e2), 0);
	assert_int_equal(e2.code, ES_E(TRUNC));
	assert_string_equal(e2.text, e.text);
	buf_reset(&b);
	target_done_pack(&b, &d);
	in = cur_new(b.data, b.len);
	assert_int_equal(target_done_unpack(&in, &d2), 0);
	assert_int_equal(d2.target_id, 8);
	assert_int_equal(d2.scripts_run, 17);
	buf_fini(&b);
}

static void
wrong_roles_lengths_and_rests_are_refused(void **unused)
{
	struct hello h = { ROLE_MAX, 1, 1 };
	struct capture_end e;
	struct target_done d;
	struct cursor in;
	struct buf b;

	(void)unused;
	buf_init(&b, 4096);
	hello_pack(&b, &h);
	in = cur_new(b.data, b.len);
	assert_int_equal(hello_unpack(&in, &h), ES_E(FORMAT));
	in = cur_new("12345678s1234x", 14);
	assert_int_equal(target_done_unpack(&in, &d), ES_E(FORMAT));
	buf_reset(&b);
	memset(buf_extend(&b, 4 + 256), 'x', 4 + 256);
	in = cur_new(b.data, b.len);
	assert_int_equal(capture_end_unpack(&in, &e), ES_E(FORMAT));
	buf_fini(&b);
}

static void
counters_of_another_version_fill_what_both_know(void **unused)
{
	uint64_t three[3] = { 1, 2, 3 }, four[4] = { 9, 9, 9, 9 }, two[2];
	struct cursor in;
	struct buf b;

	(void)unused;
	buf_init(&b, 4096);
	counters_pack(&b, three, 3);
	in = cur_new(b.data, b.len);
	assert_int_equal(counters_unpack(&in, four, 4), 0);
	assert_int_equal(four[2], 3);
	assert_int_equal(four[3], 0);
	in = cur_new(b.data, b.len);
	assert_int_equal(counters_unpack(&in, two, 2), 0);
	assert_int_equal(two[1], 2);
	in = cur_new(b.data, b.len - 1);
	assert_int_equal(counters_unpack(&in, two, 2), ES_E(FORMAT));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_survive_the_way),
		cmocka_unit_test(wrong_roles_lengths_and_rests_are_refused),
		cmocka_unit_test(
		    counters_of_another_version_fill_what_both_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor: every getter at, before and behind the end; the error sticks.
 */
#include "tests/unit/test.h"

#include "sensor/base/cursor.h"

static const uint8_t octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };

static void
reads_both_byte_orders(void **state)
{
	struct cursor c = cur_new(octets, sizeof(octets));

	(void)state;
	assert_int_equal(cur_u8(&c), 1);
	assert_int_equal(cur_be16(&c), 0x0203);
	assert_int_equal(cur_le16(&c), 0x0504);
	assert_int_equal(cur_be32(&c), 0x06070809);
	assert_false(cur_bad(&c));
	assert_int_equal(cur_left(&c), 0);
	c = cur_new(octets, sizeof(octets));
	assert_true(cur_be64(&c) == 0x0102030405060708ULL);
	c = cur_new(octets, sizeof(octets));
	assert_true(cur_le64(&c) == 0x0807060504030201ULL);
	c = cur_new(octets, 3);
	assert_int_equal(cur_be24(&c), 0x010203);
}

static void
stays_bad_after_the_end(void **state)
{
	struct cursor c = cur_new(octets, 3);

	(void)state;
	assert_int_equal(cur_be32(&c), 0);
	assert_true(cur_bad(&c));
	assert_int_equal(cur_u8(&c), 0);
	assert_null(cur_take(&c, 0));
	assert_int_equal(cur_left(&c), 0);
}

static void
gives_sub_cursors_that_end_where_told(void **state)
{
	struct cursor c = cur_new(octets, 5), sub, none;

	(void)state;
	sub = cur_sub(&c, 2);
	assert_int_equal(cur_left(&sub), 2);
	assert_int_equal(cur_be16(&sub), 0x0102);
	assert_int_equal(cur_u8(&sub), 0);
	assert_true(cur_bad(&sub));
	assert_false(cur_bad(&c));
	none = cur_sub(&c, 4);
	assert_true(cur_bad(&none));
	assert_true(cur_bad(&c));
	c = cur_new(octets, 5);
	sub = cur_sub_upto(&c, 9);
	assert_int_equal(cur_left(&sub), 5);
	assert_false(cur_bad(&c));
}

static void
copies_or_zeroes(void **state)
{
	struct cursor c = cur_new(octets, 2);
	uint8_t out[4] = { 9, 9, 9, 9 };
	static const uint8_t zero[4];

	(void)state;
	cur_copy(&c, out, 4);
	assert_memory_equal(out, zero, 4);
	assert_true(cur_bad(&c));
}

static void
peeks_without_moving(void **state)
{
	struct cursor c = cur_new("GET /", 5);

	(void)state;
	assert_true(CUR_STARTS(&c, "GET "));
	assert_false(CUR_STARTS(&c, "GET / "));
	assert_int_equal(cur_peek(&c, 4), '/');
	assert_int_equal(cur_peek(&c, 5), -1);
	assert_int_equal(cur_left(&c), 5);
}

static void
splits_lines(void **state)
{
	static const char text[] = "one\r\n\ntwo\nrest";
	struct cursor c = cur_new(text, sizeof(text) - 1), line;

	(void)state;
	assert_true(cur_line(&c, false, &line));
	assert_int_equal(cur_left(&line), 3);
	assert_true(cur_line(&c, false, &line));
	assert_int_equal(cur_left(&line), 0);
	assert_true(cur_line(&c, false, &line));
	assert_memory_equal(line.at, "two", 3);
	assert_false(cur_line(&c, false, &line));
	assert_true(cur_line(&c, true, &line));
	assert_int_equal(cur_left(&line), 4);
	assert_false(cur_line(&c, true, &line));
}

static void
takes_nothing_from_nothing(void **state)
{
	struct cursor c = cur_new(NULL, 0), line;

	(void)state;
	assert_int_equal(cur_left(&c), 0);
	assert_false(cur_line(&c, true, &line));
	assert_int_equal(cur_u8(&c), 0);
	assert_true(cur_bad(&c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_both_byte_orders),
		cmocka_unit_test(stays_bad_after_the_end),
		cmocka_unit_test(gives_sub_cursors_that_end_where_told),
		cmocka_unit_test(copies_or_zeroes),
		cmocka_unit_test(peeks_without_moving),
		cmocka_unit_test(splits_lines),
		cmocka_unit_test(takes_nothing_from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ber: lengths of every form, elements that are cut, and how much of a stream to wait for.
 */
#include "tests/unit/test.h"

#include "capture/dissect/ber.h"

static void
takes_short_and_long_lengths(void **state)
{
	static const uint8_t two[] = { 0x04, 0x01, 'a', 0x04, 0x82, 0x00, 0x02,
		'b', 'c' };
	struct cursor cur = cur_new(two, sizeof(two)), body;
	uint8_t tag;

	(void)state;
	assert_true(ber_take(&cur, &tag, &body));
	assert_int_equal(tag, BER_OCTETS);
	assert_int_equal(cur_left(&body), 1);
	assert_true(ber_expect(&cur, BER_OCTETS, &body));
	assert_int_equal(cur_left(&body), 2);
	assert_int_equal(cur_left(&cur), 0);
	assert_false(ber_take(&cur, &tag, &body));
}

static void
refuses_indefinite_and_huge(void **state)
{
	static const uint8_t indefinite[] = { 0x30, 0x80, 0, 0 };
	static const uint8_t five[] = { 0x30, 0x85, 0, 0, 0, 0, 1, 0 };
	static const uint8_t wide_tag[] = { 0x3f, 0x81, 0, 0 };
	static const uint8_t lying[] = { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff };
	struct cursor cur, body;
	uint8_t tag;

	(void)state;
	cur = cur_new(indefinite, sizeof(indefinite));
	assert_int_equal(ber_span(cur), -1);
	assert_false(ber_take(&cur, &tag, &body));
	cur = cur_new(five, sizeof(five));
	assert_int_equal(ber_span(cur), -1);
	cur = cur_new(wide_tag, sizeof(wide_tag));
	assert_int_equal(ber_span(cur), -1);
	cur = cur_new(lying, sizeof(lying));
	assert_int_equal(ber_span(cur), -1);
	assert_false(ber_take(&cur, &tag, &body));
}

static void
tells_how_much_to_wait_for(void **state)
{
	static const uint8_t head[] = { 0x30, 0x82, 0x01, 0x00 };

	(void)state;
	assert_int_equal(ber_span(cur_new(head, 4)), 4 + 256);
	assert_int_equal(ber_span(cur_new(head, 3)), 0);
	assert_int_equal(ber_span(cur_new(head, 1)), 0);
}

static void
reads_small_numbers_only(void **state)
{
	static const uint8_t good[] = { 0x02, 0x02, 0x01, 0x00 };
	static const uint8_t negative[] = { 0x02, 0x01, 0xff };
	static const uint8_t long_one[] = { 0x02, 0x05, 0, 1, 2, 3, 4 };
	struct cursor cur = cur_new(good, sizeof(good));
	uint32_t v;

	(void)state;
	assert_true(ber_uint(&cur, &v));
	assert_int_equal(v, 256);
	cur = cur_new(negative, sizeof(negative));
	assert_false(ber_uint(&cur, &v));
	cur = cur_new(long_one, sizeof(long_one));
	assert_false(ber_uint(&cur, &v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_short_and_long_lengths),
		cmocka_unit_test(refuses_indefinite_and_huge),
		cmocka_unit_test(tells_how_much_to_wait_for),
		cmocka_unit_test(reads_small_numbers_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

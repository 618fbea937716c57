/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: what is written is read back; the limit holds and sticks.
 */
#include "tests/unit/test.h"

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"

static void
writes_what_cursor_reads(void **state)
{
	struct buf b;
	struct cursor c;

	(void)state;
	buf_init(&b, 1024);
	buf_u8(&b, 7);
	buf_be16(&b, 0x1234);
	buf_be32(&b, 0xdeadbeef);
	buf_be64(&b, 0x0102030405060708ULL);
	buf_str(&b, "text");
	buf_printf(&b, "%d-%s", 42, "x");
	c = cur_new(b.data, b.len);
	assert_int_equal(cur_u8(&c), 7);
	assert_int_equal(cur_be16(&c), 0x1234);
	assert_true(cur_be32(&c) == 0xdeadbeef);
	assert_true(cur_be64(&c) == 0x0102030405060708ULL);
	assert_true(CUR_STARTS(&c, "text42-x"));
	buf_fini(&b);
}

static void
stops_at_its_limit_and_says_so(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_str(&b, "0123456789");
	assert_false(b.bad);
	assert_string_equal(buf_cstr(&b), "0123456789");
	buf_u8(&b, 1);
	assert_true(b.bad);
	assert_int_equal(b.len, 10);
	assert_null(buf_extend(&b, 0));
	buf_reset(&b);
	assert_false(b.bad);
	buf_printf(&b, "%s", "this is longer than ten");
	assert_true(b.bad);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

static void
grows_and_drops_from_the_front(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 100000);
	for (i = 0; i < 10000; i++)
		buf_u8(&b, (uint8_t)i);
	assert_int_equal(b.len, 10000);
	buf_consume(&b, 9999);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.data[0], (uint8_t)9999);
	buf_consume(&b, 5);
	assert_int_equal(b.len, 0);
	assert_string_equal(buf_cstr(&b), "");
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_cursor_reads),
		cmocka_unit_test(stops_at_its_limit_and_says_so),
		cmocka_unit_test(grows_and_drops_from_the_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

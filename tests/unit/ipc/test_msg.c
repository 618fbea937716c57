/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message headers: one that is right, and one wrong for each field.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/ipc/msg.h"

static void
a_header_says_what_follows(void **unused)
{
	struct msg m;
	struct buf b;

	(void)unused;
	buf_init(&b, MSG_HEADER + MSG_MAX);
	msg_begin(&b, MSG_SHUTDOWN, 77);
	buf_be64(&b, 5);
	assert_int_equal(msg_end(&b), 0);
	assert_int_equal(b.len, MSG_HEADER + 8);
	assert_int_equal(msg_parse(b.data, b.len, &m), 0);
	assert_int_equal(m.type, MSG_SHUTDOWN);
	assert_int_equal(m.seq, 77);
	assert_int_equal(cur_be64(&m.body), 5);
	assert_int_equal(cur_left(&m.body), 0);
	assert_string_equal(msg_type_text(m.type), "SHUTDOWN");
	buf_fini(&b);
}

static void
each_wrong_field_is_refused(void **unused)
{
	static const struct {
		size_t at;
		uint8_t value;
		int rc;
	} cases[] = {
		{ 0, 0, ES_E(FORMAT) },
		{ 1, 0, ES_E(FORMAT) },
		{ 2, MSG_VERSION + 1, ES_E(VERSION) },
		{ 3, MSG_NONE, ES_E(FORMAT) },
		{ 3, MSG_TYPE_MAX, ES_E(FORMAT) },
		{ 4, 0xff, ES_E(FORMAT) },
		{ 7, 9, ES_E(FORMAT) },
		{ 7, 7, ES_E(FORMAT) },
	};
	struct msg m;
	struct buf b;
	size_t i;

	(void)unused;
	buf_init(&b, 1024);
	msg_begin(&b, MSG_SHUTDOWN, 1);
	buf_be64(&b, 5);
	assert_int_equal(msg_end(&b), 0);
	for (i = 0; i < ES_ARRAY_LEN(cases); i++) {
		uint8_t was = b.data[cases[i].at];

		b.data[cases[i].at] = cases[i].value;
		assert_int_equal(msg_parse(b.data, b.len, &m), cases[i].rc);
		b.data[cases[i].at] = was;
	}
	for (i = 0; i < b.len; i++)
		assert_int_equal(msg_parse(b.data, i, &m), ES_E(FORMAT));
	buf_fini(&b);
}

static void
a_body_that_did_not_fit_is_not_sent(void **unused)
{
	struct buf b;

	(void)unused;
	buf_init(&b, MSG_HEADER + 4);
	msg_begin(&b, MSG_SHUTDOWN, 1);
	buf_be64(&b, 5);
	assert_int_equal(msg_end(&b), ES_E(RANGE));
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_says_what_follows),
		cmocka_unit_test(each_wrong_field_is_refused),
		cmocka_unit_test(a_body_that_did_not_fit_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts: the dangerous categories stay out unless somebody wrote them down.
 */
#include "sensor/policy/quiet.h"
#include "sensor/policy/scripts.h"
#include "tests/unit/test.h"

#define GUARD "dos or exploit or brute or fuzzer or external"

static const struct {
	const char *expression;
	const char *guarded;
} samples[] = {
	{ "default", "(default) and not (" GUARD ")" },
	{ "default,http-*", "(default or http-*) and not (" GUARD ")" },
	{ " safe and not intrusive , discovery",
	    "(safe and not intrusive or discovery) and not (" GUARD ")" },
	{ "(safe,x) or version", "((safe,x) or version) and not (" GUARD ")" },
	{ "default,external", "(default or external) and not (dos or exploit "
			      "or brute or fuzzer)" },
	{ "all and (dos or exploit or brute or fuzzer or EXTERNAL)",
	    "(all and (dos or exploit or brute or fuzzer or EXTERNAL))" },
	{ "http-title,ssh-hostkey", "http-title or ssh-hostkey" },
	{ "default,ssh-brute", "(default) and not (" GUARD ") or ssh-brute" },
	{ "brute-force-x", "brute-force-x" },
	{ "*-brute", "(*-brute) and not (" GUARD ")" },
	{ "", "" },
};

static void
guards_each_expression(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 4096);
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		buf_reset(&b);
		scripts_guard(samples[i].expression, &b);
		assert_string_equal(buf_cstr(&b), samples[i].guarded);
	}
	buf_fini(&b);
}

static struct wall
at(int hour, int minute)
{
	return (struct wall){ (int64_t)(hour * 60 + minute) * 60 * NS_PER_S };
}

static void
knows_quiet_hours(void **state)
{
	struct quiet q;
	struct errbuf eb;

	(void)state;
	assert_int_equal(quiet_parse("22:00-06:30,12:00-13:00", &q, &eb), 0);
	assert_non_null(quiet_at(&q, at(22, 0)));
	assert_non_null(quiet_at(&q, at(6, 29)));
	assert_null(quiet_at(&q, at(6, 30)));
	assert_null(quiet_at(&q, at(21, 59)));
	assert_ptr_equal(quiet_at(&q, at(12, 30)), &q.spans[1]);
	assert_int_equal(quiet_parse(NULL, &q, &eb), 0);
	assert_null(quiet_at(&q, at(12, 30)));
}

static void
refuses_hours_that_are_none(void **state)
{
	static const char *const wrong[] = { "22-6", "25:00-06:00",
		"22:60-06:00", "22:00-22:00", "22:00-06:00;", "x",
		"22:00-06:00,",
		("1:0-2:0,1:0-2:0,1:0-2:0,1:0-2:0,1:0-2:0,"
		 "1:0-2:0,1:0-2:0,1:0-2:0,1:0-2:0") };
	struct errbuf eb = { "" };
	struct quiet q;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int rc = quiet_parse(wrong[i], &q, &eb);

		/* A trailing comma is harmless. */
		if (strcmp(wrong[i], "22:00-06:00,") == 0)
			assert_int_equal(rc, 0);
		else
			assert_int_equal(rc, ES_E(CONFIG));
	}
	assert_non_null(strstr(eb.text, "22:00-06:00"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_each_expression),
		cmocka_unit_test(knows_quiet_hours),
		cmocka_unit_test(refuses_hours_that_are_none),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

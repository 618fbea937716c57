/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target expressions: every form, every refusal, and iteration, membership and cover agree with each other.
 */
#include "tests/unit/test.h"

#include "engine/scan/expr.h"

static struct expr
parsed(const char *s, bool ipv6)
{
	struct errbuf eb = { "" };
	struct expr e;

	if (expr_parse(s, ipv6, &e, &eb) != 0)
		fail_msg("%s: %s", s, eb.text);
	return e;
}

static unsigned
count(struct expr e)
{
	struct addr a;
	unsigned n = 0;

	while (n < 100000 && expr_next(&e, &a))
		n++;
	return n;
}

static void
check_nth(const char *expression, unsigned nth, const char *want)
{
	struct expr e = parsed(expression, strchr(want, ':') != NULL);
	struct addr a = { 0 };
	char text[ADDR_TEXT];

	for (unsigned i = 0; i <= nth; i++)
		assert_true(expr_next(&e, &a));
	assert_string_equal(addr_fmt(&a, text), want);
}

static void
counts_the_addresses_of_every_form(void **state)
{
	static const struct {
		const char *text;
		unsigned count;
	} cases[] = {
		{ "192.0.2.1", 1 },
		{ "192.0.2.1/32", 1 },
		{ "192.0.2.77/30", 4 },
		{ "10.0.0.0/20", 4096 },
		{ "127.1.1-4.1-250", 1000 },
		{ "10.0.0,1,3-7.*", 7 * 256 },
		{ "10.0.0.-3", 4 },
		{ "10.0.0.250-", 6 },
		{ "10.0.0.-", 256 },
		{ "10.0.0.1,1,1-2", 2 },
		{ "10.0.0-1.7/31", 4 },
	};

	(void)state;
	for (size_t i = 0; i < ES_ARRAY_LEN(cases); i++)
		assert_int_equal(
		    count(parsed(cases[i].text, false)), cases[i].count);
	assert_int_equal(count(parsed("fd00::10/120", true)), 256);
	assert_int_equal(count(parsed("::1", true)), 1);
}

static void
yields_addresses_in_order(void **state)
{
	(void)state;
	check_nth("127.1.1-4.1-250", 0, "127.1.1.1");
	check_nth("127.1.1-4.1-250", 250, "127.1.2.1");
	check_nth("127.1.1-4.1-250", 999, "127.1.4.250");
	check_nth("10.0.1.130/23", 0, "10.0.0.0");
	check_nth("10.0.1.130/23", 511, "10.0.1.255");
	check_nth("fd00::ff/119", 256, "fd00::100");
}

static void
refuses_what_is_no_target(void **state)
{
	static const char *const bad[] = { "", "300.1.1.1", "1.2.3",
		"1.2.3.4.5", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/x", "1.2.3.5-2",
		"10.0.0.256", "a b", "-x", "host/129", "1.2.3.4/1234", "1..2.3",
		"::1" };
	char lengthy[EXPR_TEXT + 1];
	struct errbuf eb;
	struct expr e;

	(void)state;
	for (size_t i = 0; i < ES_ARRAY_LEN(bad); i++) {
		eb.text[0] = '\0';
		if (expr_parse(bad[i], false, &e, &eb) == 0)
			fail_msg("accepted \"%s\"", bad[i]);
		assert_string_not_equal(eb.text, "");
	}
	assert_int_not_equal(expr_parse("10.0.0.1", true, &e, &eb), 0);
	assert_int_not_equal(expr_parse("fd00::/129", true, &e, &eb), 0);
	memset(lengthy, '1', sizeof(lengthy));
	lengthy[EXPR_TEXT] = '\0';
	assert_int_equal(expr_parse(lengthy, false, &e, &eb), ES_E(RANGE));
}

static void
binds_a_name_with_its_prefix(void **state)
{
	struct expr e = parsed("www.example.com/30", false);
	struct errbuf eb;
	struct addr a;

	(void)state;
	assert_true(e.named);
	assert_string_equal(e.text, "www.example.com");
	assert_false(expr_next(&e, &a));
	assert_int_equal(addr_parse("192.0.2.9", &a), 0);
	assert_int_equal(expr_bind(&e, &a, &eb), 0);
	assert_int_equal(count(e), 4);
	assert_true(expr_has(&e, &a));
}

static void
check_cover(const char *text, bool ipv6, size_t prefixes)
{
	struct expr e = parsed(text, ipv6);
	struct cidrset set;
	struct addr a;

	cidrset_init(&set);
	assert_int_equal(expr_cover(&e, &set, 1000), 0);
	assert_int_equal(set.count, prefixes);
	while (expr_next(&e, &a)) {
		assert_non_null(cidrset_find(&set, &a));
		assert_true(expr_has(&e, &a));
	}
	cidrset_fini(&set);
}

/* Addresses that the cover of an IPv4 expression holds, to show that it holds no more than it should. */
static unsigned
cover_size(const char *text)
{
	struct expr e = parsed(text, false);
	struct cidrset set;
	unsigned n = 0;

	cidrset_init(&set);
	assert_int_equal(expr_cover(&e, &set, 1000), 0);
	for (size_t i = 0; i < set.count; i++)
		n += 1U << (32 - set.items[i].len);
	cidrset_fini(&set);
	return n;
}

static void
covers_itself_with_few_prefixes(void **state)
{
	(void)state;
	check_cover("10.1.2.3", false, 1);
	check_cover("10.0.0.0/20", false, 1);
	check_cover("10.0.0-15.*", false, 1);
	check_cover("10.0.0.1-6", false, 4); /* 1, 2-3, 4-5, 6 */
	check_cover("10.0.0.0,2,4", false, 3);
	check_cover("127.1.1-4.1-250", false, 4 * 13);
	check_cover("fd00::/120", true, 1);
	assert_int_equal(cover_size("127.1.1-4.1-250"), 1000);
	assert_int_equal(cover_size("10.0.3.0,255"), 2);
	assert_int_equal(cover_size("10.0.0-6.*"), 7 * 256);
}

static void
gives_up_a_cover_that_is_too_large(void **state)
{
	struct expr e = parsed("10.0.0-255.0,2", false);
	struct cidrset set;

	(void)state;
	cidrset_init(&set);
	assert_int_equal(expr_cover(&e, &set, 511), ES_E(FULL));
	cidrset_fini(&set);
	cidrset_init(&set);
	assert_int_equal(expr_cover(&e, &set, 512), 0);
	cidrset_fini(&set);
	e = parsed("*.*.*.*", false);
	cidrset_init(&set);
	assert_int_equal(expr_cover(&e, &set, 1), 0);
	assert_int_equal(set.items[0].len, 0);
	cidrset_fini(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_the_addresses_of_every_form),
		cmocka_unit_test(yields_addresses_in_order),
		cmocka_unit_test(refuses_what_is_no_target),
		cmocka_unit_test(binds_a_name_with_its_prefix),
		cmocka_unit_test(covers_itself_with_few_prefixes),
		cmocka_unit_test(gives_up_a_cover_that_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

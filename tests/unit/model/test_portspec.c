/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portspec: every way to write a list of ports, and every way to get it wrong.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "sensor/model/portspec.h"

static void
reads_what_operators_write(void **unused)
{
	static const struct {
		const char *text;
		unsigned proto;
		uint16_t port;
		bool has;
	} cases[] = {
		{ "80", IPPROTO_TCP, 80, true },
		{ "80", IPPROTO_TCP, 81, false },
		{ "80", IPPROTO_UDP, 80, false },
		{ "22, 80 ,8000-8100", IPPROTO_TCP, 8050, true },
		{ "22,80,8000-8100", IPPROTO_TCP, 8101, false },
		{ "T:80,U:53,161", IPPROTO_UDP, 161, true },
		{ "T:80,U:53,161", IPPROTO_TCP, 161, false },
		{ "S:5060", IPPROTO_SCTP, 5060, true },
		{ "-", IPPROTO_TCP, 1, true },
		{ "-", IPPROTO_TCP, 65535, true },
		{ "-", IPPROTO_TCP, 0, false },
		{ "0-1", IPPROTO_TCP, 0, true },
		{ "-1024", IPPROTO_TCP, 1024, true },
		{ "-1024", IPPROTO_TCP, 1025, false },
		{ "60000-", IPPROTO_TCP, 59999, false },
		{ "U:60000-,T:1", IPPROTO_UDP, 65535, true },
	};
	struct portspec spec;
	size_t i;

	(void)unused;
	for (i = 0; i < ES_ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    portspec_parse(cases[i].text, PORTSPEC_TCP, &spec, NULL),
		    0);
		assert_int_equal(
		    portspec_has(&spec, cases[i].proto, cases[i].port),
		    cases[i].has);
		portspec_fini(&spec);
	}
}

static void
a_range_without_prefix_counts_for_every_default(void **unused)
{
	struct portspec spec;

	(void)unused;
	assert_int_equal(
	    portspec_parse("9", PORTSPEC_TCP | PORTSPEC_UDP, &spec, NULL), 0);
	assert_int_equal(spec.count, 2);
	assert_true(portspec_has(&spec, IPPROTO_TCP, 9));
	assert_true(portspec_has(&spec, IPPROTO_UDP, 9));
	assert_false(portspec_has(&spec, IPPROTO_SCTP, 9));
	portspec_fini(&spec);
}

static void
names_the_part_that_is_wrong(void **unused)
{
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{ "", "''" },
		{ "22,,80", "''" },
		{ "22,", "''" },
		{ "22,http", "'http'" },
		{ "65536", "'65536'" },
		{ "9-8,1", "'9-8'" },
		{ "T:", "'T:'" },
		{ "X:5", "'X:5'" },
		{ "1-2-3", "'1-2-3'" },
		{ "1-99999999999999999999", "'1-99999999999999999999'" },
	};
	struct portspec spec;
	struct errbuf eb;
	size_t i;

	(void)unused;
	for (i = 0; i < ES_ARRAY_LEN(cases); i++) {
		assert_int_equal(
		    portspec_parse(cases[i].text, PORTSPEC_TCP, &spec, &eb),
		    ES_E(FORMAT));
		assert_null(spec.ranges);
		assert_non_null(strstr(eb.text, cases[i].part));
	}
}

static void
refuses_more_ranges_than_its_limit(void **unused)
{
	char text[3 * 4200];
	struct portspec spec;
	struct errbuf eb;
	size_t i;

	(void)unused;
	for (i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "1,", 3);
	text[i - 1] = '\0';
	assert_int_equal(
	    portspec_parse(text, PORTSPEC_TCP, &spec, &eb), ES_E(RANGE));
	assert_int_equal(spec.count, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_operators_write),
		cmocka_unit_test(
		    a_range_without_prefix_counts_for_every_default),
		cmocka_unit_test(names_the_part_that_is_wrong),
		cmocka_unit_test(refuses_more_ranges_than_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

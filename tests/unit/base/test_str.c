/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str: hostile text made harmless, units parsed, names compared.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/base/str.h"

static void
check_vis(const char *in, size_t n, const char *expected)
{
	char out[256];

	assert_string_equal(str_vis_to(out, sizeof(out), in, n), expected);
}

static void
escapes_what_could_harm_a_terminal(void **state)
{
	(void)state;
	check_vis("plain text", 10, "plain text");
	check_vis("a\x1b[31mb\x07", 8, "a\\x1B[31mb\\x07");
	check_vis("a\r\nb\t\x7f", 6, "a\\x0D\\x0Ab\\x09\\x7F");
	check_vis("back\\slash", 10, "back\\x5Cslash");
	check_vis("\xc2\x9b", 2, "\\xC2\\x9B");
	check_vis("\xe2\x80\xae", 3, "\\xE2\\x80\\xAE");
	check_vis("caf\xc3\xa9", 5, "caf\xc3\xa9");
	check_vis("\xff\xc3", 2, "\\xFF\\xC3");
}

static void
output_of_all_octets_has_no_controls(void **state)
{
	unsigned char in[256];
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)i;
	buf_init(&out, 4096);
	str_vis(&out, in, sizeof(in));
	assert_false(out.bad);
	for (i = 0; i < out.len; i++)
		assert_in_range(out.data[i], 0x20, 0x7e);
	buf_fini(&out);
}

static void
cuts_at_a_whole_character(void **state)
{
	char out[6];

	(void)state;
	assert_string_equal(str_vis_to(out, sizeof(out), "abc\xff", 4), "abc");
	assert_string_equal(
	    str_vis_to(out, sizeof(out), "abcd\xc3\xa9", 6), "abcd");
	assert_false(str_copy(out, sizeof(out), "longer than six"));
	assert_string_equal(out, "longe");
	assert_true(str_copy(out, sizeof(out), "fits"));
}

static void
knows_valid_utf8(void **state)
{
	unsigned code = 0;

	(void)state;
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xe2\x82\xac", 3, &code), 3);
	assert_int_equal(code, 0x20ac);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xf0\x9f\x98\x80", 4, &code), 4);
	assert_int_equal(code, 0x1f600);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xed\xa0\x80", 3, NULL), 0);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xc0\xaf", 2, NULL), 0);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xe0\x80\xaf", 3, NULL), 0);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xf4\x90\x80\x80", 4, NULL), 0);
	assert_int_equal(
	    str_utf8((const unsigned char *)"\xe2\x82", 2, NULL), 0);
}

static void
measures_distance(void **state)
{
	(void)state;
	assert_int_equal(str_distance("scope", "scope"), 0);
	assert_int_equal(str_distance("scop", "scope"), 1);
	assert_int_equal(str_distance("sceop", "scope"), 2);
	assert_int_equal(str_distance("", "abc"), 3);
}

static void
parses_units(void **state)
{
	long long v = 0;

	(void)state;
	assert_int_equal(str_duration_ms("10s", &v), 0);
	assert_int_equal(v, 10000);
	assert_int_equal(str_duration_ms("1.5h", &v), 0);
	assert_int_equal(v, 5400000);
	assert_int_equal(str_duration_ms("250ms", &v), 0);
	assert_int_equal(v, 250);
	assert_int_equal(str_duration_ms("7", &v), 0);
	assert_int_equal(v, 7000);
	assert_int_equal(str_duration_ms("7 parsecs", &v), ES_E(FORMAT));
	assert_int_equal(str_duration_ms("-1s", &v), ES_E(RANGE));
	assert_int_equal(str_duration_ms("", &v), ES_E(FORMAT));
	assert_int_equal(str_duration_ms("nan", &v), ES_E(RANGE));
	assert_int_equal(str_size("64MiB", &v), 0);
	assert_int_equal(v, 64 << 20);
	assert_int_equal(str_size("1e30", &v), ES_E(RANGE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_could_harm_a_terminal),
		cmocka_unit_test(output_of_all_octets_has_no_controls),
		cmocka_unit_test(cuts_at_a_whole_character),
		cmocka_unit_test(knows_valid_utf8),
		cmocka_unit_test(measures_distance),
		cmocka_unit_test(parses_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

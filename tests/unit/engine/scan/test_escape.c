/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escaping of reports: the checks of nse-core §7.3 and §7.4, octet for octet.
 */
#include "tests/unit/test.h"

#include "engine/scan/escape.h"

static void
check(void (*escape)(struct buf *, const void *, size_t), const char *in,
    size_t len, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	escape(&b, in, len);
	assert_string_equal(buf_cstr(&b), want);
	buf_fini(&b);
}

static void
check_script(const char *text, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	escape_script(&b, "id", text, strlen(text));
	assert_string_equal(buf_cstr(&b), want);
	buf_fini(&b);
}

#define LIT(s) (s), sizeof(s) - 1

static void
text_keeps_printable_ascii(void **state)
{
	(void)state;
	check(escape_text, LIT("x\0y\x1b[31m\r\n\x7f\xc8\tz"),
	    "x\\x00y\\x1B[31m\\x0D\n\\x7F\\xC8\tz");
}

static void
xml_is_ascii_with_entities(void **state)
{
	(void)state;
	check(escape_xml, LIT("x\0y\x1b[31m\r\n\x7f\xc8\tz"),
	    "x\\x00y\\x1B[31m&#xd;&#xa;\\x7F\\xC8&#x9;z");
	check(escape_xml, LIT("<a href='x'>\"&--]]>"),
	    "&lt;a href=&apos;x&apos;&gt;&quot;&amp;-&#45;]]&gt;");
	check(escape_xml, LIT("---"), "-&#45;&#45;");
}

static void
script_lines_have_their_marks(void **state)
{
	(void)state;
	check_script("", "");
	check_script("one", "|_id: one\n");
	check_script("one\n", "|_id: one\n");
	check_script("\n", "|_id: \n");
	check_script("\n  a\n  b", "| id: \n|   a\n|_  b\n");
	check_script("a\n\nb\n\n", "| id: a\n| \n| b\n|_\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_keeps_printable_ascii),
		cmocka_unit_test(xml_is_ascii_with_entities),
		cmocka_unit_test(script_lines_have_their_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

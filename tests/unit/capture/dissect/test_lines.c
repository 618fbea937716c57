/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines: reply codes, commands and words.
 */
#include "tests/unit/test.h"

#include "capture/dissect/lines.h"

static struct cursor
line(const char *s)
{
	return cur_new(s, strlen(s));
}

static void
reads_reply_codes(void **state)
{
	struct cursor c = line("220-first");
	bool last = true;

	(void)state;
	assert_int_equal(lines_reply(&c, &last), 220);
	assert_false(last);
	c = line("354");
	assert_int_equal(lines_reply(&c, &last), 354);
	assert_true(last);
	c = line("2200 x");
	assert_int_equal(lines_reply(&c, NULL), 0);
	c = line("22");
	assert_int_equal(lines_reply(&c, NULL), 0);
	c = line("2x0 y");
	assert_int_equal(lines_reply(&c, NULL), 0);
}

static void
matches_whole_commands(void **state)
{
	struct cursor c = line("ehlo me"), rest;

	(void)state;
	assert_true(lines_verb(&c, "EHLO", &rest));
	assert_int_equal(cur_left(&rest), 2);
	assert_false(lines_verb(&c, "EHL", NULL));
	c = line("QUIT");
	assert_true(lines_verb(&c, "QUIT", &rest));
	assert_int_equal(cur_left(&rest), 0);
	c = line("");
	assert_false(lines_verb(&c, "QUIT", NULL));
}

static void
finds_words_in_any_case(void **state)
{
	struct cursor c = line("220 mail EsMtP");

	(void)state;
	assert_true(lines_has(&c, "smtp"));
	assert_true(lines_has(&c, "220"));
	assert_false(lines_has(&c, "smtpd"));
	c = line("x");
	assert_false(lines_has(&c, "xy"));
}

static void
gives_the_first_line_or_what_there_is(void **state)
{
	struct cursor c = lines_first(line("one\r\ntwo"));

	(void)state;
	assert_int_equal(cur_left(&c), 3);
	c = lines_first(line("one"));
	assert_int_equal(cur_left(&c), 3);
	c = lines_first(line(""));
	assert_int_equal(cur_left(&c), 0);
}

static void
tells_what_may_begin_a_word(void **state)
{
	struct cursor c = line("SSH");

	(void)state;
	assert_true(lines_may_begin(&c, "SSH-2."));
	c = line("SSH-2.0-x and more than the word");
	assert_true(lines_may_begin(&c, "SSH-2."));
	c = line("SSX");
	assert_false(lines_may_begin(&c, "SSH-2."));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_reply_codes),
		cmocka_unit_test(matches_whole_commands),
		cmocka_unit_test(finds_words_in_any_case),
		cmocka_unit_test(gives_the_first_line_or_what_there_is),
		cmocka_unit_test(tells_what_may_begin_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

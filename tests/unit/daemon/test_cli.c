/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading command lines from option tables.
 */
#include "tests/unit/test.h"

#include "sensor/daemon/cli.h"

enum {
	OPT_FLAG,
	OPT_VALUE
};

static const struct cli_option options[] = {
	[OPT_FLAG] = { "flag", 'f', NULL, "a flag" },
	[OPT_VALUE] = { "value", 0, "V", "a value" },
	{ .name = NULL },
};

static const struct command sample = {
	.name = "sample",
	.summary = "Sample",
	.options = options,
};

#define ARGS(...)                                                              \
	(char *[])                                                             \
	{                                                                      \
		"sample", __VA_ARGS__, NULL                                    \
	}

static void
own_and_shared_options_are_told_apart(void **unused)
{
	char **argv = ARGS(
	    "-f", "file", "--json", "--value=7", "-c", "x.yaml", "--", "-z");
	const char *value;
	struct cli c;

	(void)unused;
	cli_init(&c, &sample, 9, argv);
	assert_int_equal(cli_next(&c, &value), OPT_FLAG);
	assert_int_equal(cli_next(&c, &value), OPT_VALUE);
	assert_string_equal(value, "7");
	assert_int_equal(cli_next(&c, &value), CLI_END);
	assert_true(c.json);
	assert_string_equal(c.config, "x.yaml");
	assert_string_equal(argv[c.first], "file");
	assert_string_equal(argv[c.first + 1], "-z");
}

static void
a_second_line_starts_afresh(void **unused)
{
	const char *value;
	struct cli c;
	int i;

	(void)unused;
	for (i = 0; i < 2; i++) {
		cli_init(&c, &sample, 2, ARGS("-f"));
		assert_int_equal(cli_next(&c, &value), OPT_FLAG);
		assert_int_equal(cli_next(&c, &value), CLI_END);
		assert_false(c.json);
		assert_int_equal(c.first, 2);
	}
}

static void
wrong_lines_are_usage_errors(void **unused)
{
	const char *value;
	struct cli c;

	(void)unused;
	cli_init(&c, &sample, 2, ARGS("--nonsense"));
	assert_int_equal(cli_next(&c, &value), CLI_WRONG);
	cli_init(&c, &sample, 2, ARGS("--value"));
	assert_int_equal(cli_next(&c, &value), CLI_WRONG);
	cli_init(&c, &sample, 3, ARGS("one", "two"));
	assert_int_equal(cli_read(&c, 1), CLI_WRONG);
	assert_int_equal(cli_stop(CLI_WRONG), CLI_USAGE);
	cli_init(&c, &sample, 2, ARGS("-h"));
	assert_int_equal(cli_read(&c, 0), CLI_HELP);
	assert_int_equal(cli_stop(CLI_HELP), CLI_OK);
}

static void
every_command_has_a_summary_and_is_found(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; commands[i] != NULL; i++) {
		assert_ptr_equal(command_find(commands[i]->name), commands[i]);
		assert_true(strlen(commands[i]->summary) > 0);
		assert_non_null(commands[i]->run);
	}
	assert_null(command_find("nonsense"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_and_shared_options_are_told_apart),
		cmocka_unit_test(a_second_line_starts_afresh),
		cmocka_unit_test(wrong_lines_are_usage_errors),
		cmocka_unit_test(every_command_has_a_summary_and_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

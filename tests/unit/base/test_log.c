/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one record is one line, whatever is in it; JSON stays JSON. Standard
 * error goes to a pipe and is read back.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/base/mono.h"

/* What log_at writes for one hostile argument. */
static void
capture_line(
    enum log_format format, const char *hostile, char *out, size_t size)
{
	int fds[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	dup2(fds[1], STDERR_FILENO);
	log_setup(LOG_LEVEL_INFO, format, "engine");
	log_info("test", "name=%s", hostile);
	log_debug("test", "never shown %d", 1);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, size - 1);
	close(fds[0]);
	assert_true(n > 0);
	out[n] = '\0';
}

static void
hostile_text_cannot_forge_a_line(void **state)
{
	char line[4096];

	(void)state;
	capture_line(
	    LOG_TEXT, "x\nearshot: error: forged\x1b[2J", line, sizeof(line));
	assert_string_equal(line,
	    "earshot[engine]: info: test: name=x\\x0Aearshot: error: "
	    "forged\\x1B[2J\n");
}

static void
json_records_are_one_object_a_line(void **state)
{
	char line[4096];

	(void)state;
	capture_line(LOG_JSON, "a\"b\\c\n", line, sizeof(line));
	assert_int_equal(line[0], '{');
	assert_non_null(strstr(line, "\"log.level\":\"info\""));
	assert_non_null(strstr(line, "name=a\\\"b\\\\x5Cc\\\\x0A\"}\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
times_are_rfc3339(void **state)
{
	char out[WALL_TEXT];

	(void)state;
	assert_string_equal(wall_fmt((struct wall){ 1777885953482913000 }, out),
	    "2026-05-04T09:12:33.482913Z");
	assert_string_equal(
	    wall_fmt((struct wall){ 0 }, out), "1970-01-01T00:00:00.000000Z");
	assert_string_equal(
	    wall_fmt((struct wall){ -1 }, out), "1969-12-31T23:59:59.999999Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_text_cannot_forge_a_line),
		cmocka_unit_test(json_records_are_one_object_a_line),
		cmocka_unit_test(times_are_rfc3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

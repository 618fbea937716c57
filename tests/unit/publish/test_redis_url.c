/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis URLs: every form that redis_url.h promises, and what is refused.
 */
#include "tests/unit/test.h"

#include <unistd.h>

#include "sensor/publish/redis_url.h"

static void
reads_every_form(void **state)
{
	static const struct {
		const char *text;
		struct redis_url want;
		const char *shown;
	} cases[] = {
		{ "redis://127.0.0.1", { .host = "127.0.0.1", .port = 6379 },
		    "redis://127.0.0.1:6379/0" },
		{ "redis://siem.example:7000/3",
		    { .host = "siem.example", .port = 7000, .db = 3 },
		    "redis://siem.example:7000/3" },
		{ "redis://[2001:db8::1]:7000/",
		    { .host = "2001:db8::1", .port = 7000 },
		    "redis://[2001:db8::1]:7000/0" },
		{ "redis://:s3cret@h",
		    { .host = "h", .port = 6379, .password = "s3cret" },
		    "redis://h:6379/0" },
		{ "redis://ann:p%40ss%2Fw%25@h/1",
		    { .host = "h",
			.port = 6379,
			.db = 1,
			.username = "ann",
			.password = "p@ss/w%" },
		    "redis://h:6379/1" },
		{ "redis+unix:///run/redis.sock?db=2",
		    { .local = true,
			.host = "/run/redis.sock",
			.port = 6379,
			.db = 2 },
		    "redis+unix:///run/redis.sock?db=2" },
		{ "unix://ann:x@/run/r.sock",
		    { .local = true,
			.host = "/run/r.sock",
			.port = 6379,
			.username = "ann",
			.password = "x" },
		    "redis+unix:///run/r.sock?db=0" },
	};
	char shown[REDIS_URL_TEXT];
	struct redis_url got;
	struct errbuf eb;
	size_t i;

	(void)state;
	for (i = 0; i < ES_ARRAY_LEN(cases); i++) {
		const struct redis_url *want = &cases[i].want;

		assert_int_equal(redis_url_parse(cases[i].text, &got, &eb), 0);
		assert_int_equal(got.local, want->local);
		assert_string_equal(got.host, want->host);
		assert_int_equal(got.port, want->port);
		assert_int_equal(got.db, want->db);
		assert_string_equal(got.username, want->username);
		assert_string_equal(got.password, want->password);
		assert_string_equal(redis_url_fmt(&got, shown), cases[i].shown);
	}
}

static void
refuses_the_rest_without_telling_secrets(void **state)
{
	static const char *const bad[] = { "", "http://h", "redis://",
		"redis://h:0", "redis://h:65536", "redis://h:12x",
		"redis://h/one", "redis://h/1x", "redis://[::1",
		"redis://h:", "redis://u:secret%4@h", "redis://u:secret%zz@h",
		"redis://u:secret%00@h", "redis+unix://relative",
		"redis+unix:///s?base=1", "redis+unix:///s?db=x" };
	char path[200] = "redis+unix:///";
	struct redis_url got;
	struct errbuf eb;
	size_t i;

	(void)state;
	for (i = 0; i < ES_ARRAY_LEN(bad); i++) {
		assert_int_equal(
		    redis_url_parse(bad[i], &got, &eb), ES_E(CONFIG));
		assert_null(strstr(eb.text, "secret"));
		assert_true(strlen(eb.text) > 10);
	}
	memset(path + strlen(path), 'x', 150);
	assert_int_equal(redis_url_parse(path, &got, &eb), ES_E(CONFIG));
	assert_int_equal(
	    redis_url_parse("rediss://h", &got, &eb), ES_E(UNSUPPORTED));
}

static void
takes_the_password_from_a_file(void **state)
{
	char path[] = "/tmp/earshot-password.XXXXXX";
	struct redis_url u;
	struct errbuf eb;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "opensesame\n", 11), 11);
	assert_int_equal(redis_url_parse("redis://a:b@h", &u, &eb), 0);
	assert_int_equal(redis_url_login(&u, "", NULL, &eb), 0);
	assert_string_equal(u.password, "b");
	assert_int_equal(redis_url_login(&u, "siem", path, &eb), 0);
	assert_string_equal(u.username, "siem");
	assert_string_equal(u.password, "opensesame");

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(redis_url_login(&u, NULL, path, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, path));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(redis_url_login(&u, NULL, path, &eb), ES_E(SYS));
	assert_non_null(strstr(eb.text, path));
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(refuses_the_rest_without_telling_secrets),
		cmocka_unit_test(takes_the_password_from_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

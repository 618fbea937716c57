/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Redis protocol and its error replies: what a good server says is read
 * whatever the cuts, what a bad one says costs bounded memory.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/publish/redis_fault.h"
#include "sensor/publish/redis_resp.h"

static const char reply[] = "*6\r\n+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n"
			    "$4\r\na\0\r\n\r\n*2\r\n$0\r\n\r\n*0\r\n";

static void
check_reply(const struct resp *v)
{
	assert_int_equal(v->type, RESP_ARRAY);
	assert_int_equal(v->count, 6);
	assert_int_equal(v->items[0]->type, RESP_STATUS);
	assert_string_equal(v->items[0]->text, "OK");
	assert_int_equal(v->items[1]->type, RESP_ERROR);
	assert_string_equal(v->items[1]->text, "ERR no");
	assert_int_equal(v->items[2]->type, RESP_INTEGER);
	assert_int_equal(v->items[2]->integer, -42);
	assert_int_equal(v->items[3]->type, RESP_NIL);
	assert_int_equal(v->items[4]->type, RESP_STRING);
	assert_int_equal(v->items[4]->len, 4);
	assert_memory_equal(v->items[4]->text, "a\0\r\n", 5);
	assert_int_equal(v->items[5]->count, 2);
	assert_int_equal(v->items[5]->items[1]->type, RESP_ARRAY);
	assert_int_equal(v->items[5]->items[1]->count, 0);
}

static void
reads_replies_cut_anywhere(void **state)
{
	size_t cut, n = sizeof(reply) - 1;
	struct resp *v;

	(void)state;
	for (cut = 0; cut < n; cut++) {
		struct resp_reader *r = resp_reader_new();

		assert_int_equal(resp_reader_feed(r, reply, cut), 0);
		assert_int_equal(resp_reader_next(r, &v), 0);
		assert_null(v);
		assert_int_equal(resp_reader_feed(r, reply + cut, n - cut), 0);
		assert_int_equal(resp_reader_next(r, &v), 0);
		assert_non_null(v);
		check_reply(v);
		resp_free(v);
		assert_int_equal(resp_reader_next(r, &v), 0);
		assert_null(v);
		resp_reader_free(r);
	}
}

static int
feed_all(const char *head, const char *again, size_t times)
{
	struct resp_reader *r = resp_reader_new();
	struct resp *v = NULL;
	int rc = resp_reader_feed(r, head, strlen(head));

	while (rc == 0 && times-- > 0) {
		rc = resp_reader_next(r, &v);
		resp_free(v);
		if (rc == 0)
			rc = resp_reader_feed(r, again, strlen(again));
	}
	if (rc == 0)
		rc = resp_reader_next(r, &v);
	if (rc == 0)
		resp_free(v);
	resp_reader_free(r);
	return rc;
}

static void
bounds_what_a_hostile_server_costs(void **state)
{
	char chunk[4097];

	(void)state;
	memset(chunk, 'x', 4096);
	chunk[4096] = '\0';
	/* A bulk that never ends; a line that never ends; an array of bulks. */
	assert_true(feed_all("$1000000000\r\n", chunk, 100000) < 0);
	assert_true(feed_all("+", chunk, 100000) < 0);
	assert_true(feed_all("*4000\r\n", "$3\r\nabc\r\n", 3999) == 0);
	assert_true(feed_all("*4000\r\n", "$300\r\n", 100000) < 0);
	/* Arrays whose items are never sent: wide, and wide in depth. */
	assert_true(feed_all("*1000000000\r\n", "", 1) < 0);
	assert_true(feed_all("*4097\r\n", "", 1) < 0);
	assert_true(feed_all("*2\r\n*4000\r\n", "*4000\r\n", 1) < 0);
	assert_true(feed_all("", "*1\r\n", 20) < 0);
	/* Not the protocol at all. */
	assert_true(feed_all("HTTP/1.1 400 Bad Request\r\n", "", 1) < 0);
	assert_true(feed_all("$-7\r\n", "", 1) < 0);
}

static void
counts_each_reply_afresh(void **state)
{
	struct resp_reader *r = resp_reader_new();
	struct resp *v;
	int i;

	(void)state;
	/* Far more octets and items than one reply may have, in many. */
	for (i = 0; i < 3000; i++) {
		char head[] = "*4\r\n$1000\r\n", bulk[1003];

		memset(bulk, 'y', 1000);
		memcpy(bulk + 1000, "\r\n", 3);
		assert_int_equal(resp_reader_feed(r, head, strlen(head)), 0);
		assert_int_equal(resp_reader_feed(r, bulk, 1002), 0);
		assert_int_equal(
		    resp_reader_feed(r, ":1\r\n:2\r\n:3\r\n", 12), 0);
		assert_int_equal(resp_reader_next(r, &v), 0);
		assert_non_null(v);
		assert_int_equal(v->count, 4);
		resp_free(v);
	}
	resp_reader_free(r);
}

static void
writes_commands_with_any_octets(void **state)
{
	static const char want[] = "*3\r\n$4\r\nXADD\r\n$0\r\n\r\n"
				   "$5\r\na\0\r\nb\r\n";
	const char *argv[] = { "XADD", "", "a\0\r\nb" };
	const size_t lens[] = { 4, 0, 5 };
	struct buf out;

	(void)state;
	buf_init(&out, sizeof(want) - 1);
	assert_int_equal(resp_command(&out, 3, argv, lens), 0);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.data, want, out.len);
	assert_int_equal(resp_command(&out, 3, argv, lens), ES_E(FULL));
	buf_fini(&out);
}

static void
sorts_error_replies(void **state)
{
	static const struct {
		const char *text;
		enum redis_fault fault;
	} cases[] = {
		{ "OOM command not allowed when used memory > 'maxmemory'.",
		    REDIS_FAULT_WAIT },
		{ "LOADING Redis is loading the dataset in memory",
		    REDIS_FAULT_WAIT },
		{ "READONLY You can't write against a read only replica.",
		    REDIS_FAULT_WAIT },
		{ "MISCONF Redis is configured to save RDB snapshots",
		    REDIS_FAULT_WAIT },
		{ "EXECABORT Transaction discarded", REDIS_FAULT_WAIT },
		{ "NOREPLICAS Not enough good replicas to write.",
		    REDIS_FAULT_WAIT },
		{ "ERR max number of clients reached", REDIS_FAULT_WAIT },
		{ "ERR The ID specified in XADD is equal or smaller than the "
		  "target stream top item",
		    REDIS_FAULT_ORDER },
		{ "NOAUTH Authentication required.", REDIS_FAULT_CONFIG },
		{ "WRONGPASS invalid username-password pair",
		    REDIS_FAULT_CONFIG },
		{ "NOPERM this user has no permissions", REDIS_FAULT_CONFIG },
		{ "WRONGTYPE Operation against a key", REDIS_FAULT_CONFIG },
		{ "ERR DB index is out of range", REDIS_FAULT_CONFIG },
		{ "MOVED 3999 127.0.0.1:6381", REDIS_FAULT_CONFIG },
		{ "ERR something new", REDIS_FAULT_CONFIG },
		{ "OOMPH", REDIS_FAULT_CONFIG },
		{ "", REDIS_FAULT_CONFIG },
	};
	const char *remedy;
	size_t i;

	(void)state;
	for (i = 0; i < ES_ARRAY_LEN(cases); i++)
		assert_int_equal(redis_fault_of(cases[i].text,
				     strlen(cases[i].text), &remedy),
		    cases[i].fault);
	(void)redis_fault_of("WRONGTYPE x", 11, &remedy);
	assert_non_null(strstr(remedy, "another key"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_replies_cut_anywhere),
		cmocka_unit_test(bounds_what_a_hostile_server_costs),
		cmocka_unit_test(counts_each_reply_afresh),
		cmocka_unit_test(writes_commands_with_any_octets),
		cmocka_unit_test(sorts_error_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsmsg: names, compression, sections, and messages that lie.
 */
#include "tests/unit/test.h"

#include "capture/dissect/dnsmsg.h"

/* www.example. A? and an answer whose name points at it; the answer's CNAME
 * target points into the middle. */
static const uint8_t answer[] = { 0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0,
	0, /* header */
	3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0,
	1, /* question at 12 */
	0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, 'a', 0xc0, 16, /* CNAME */
	1, 'a', 0xc0, 16, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7 };

static struct cursor
of(const uint8_t *data, size_t len)
{
	return cur_new(data, len);
}

static void
walks_all_sections(void **state)
{
	struct dns_msg msg;
	struct dns_rr rr;
	struct dns_name target;

	(void)state;
	assert_true(dnsmsg_open(&msg, of(answer, sizeof(answer))));
	assert_int_equal(msg.id, 0x1234);
	assert_true(msg.response);
	assert_int_equal(dnsmsg_next(&msg, &rr), 1);
	assert_int_equal(rr.section, DNS_QUESTION);
	assert_string_equal(rr.name.text, "www.example");
	assert_int_equal(rr.type, DNS_A);
	assert_int_equal(dnsmsg_next(&msg, &rr), 1);
	assert_int_equal(rr.section, DNS_ANSWER);
	assert_string_equal(rr.name.text, "www.example");
	assert_int_equal(rr.type, DNS_CNAME);
	assert_true(dnsmsg_name(&msg, &rr.rdata, &target));
	assert_string_equal(target.text, "a.example");
	assert_int_equal(dnsmsg_next(&msg, &rr), 1);
	assert_string_equal(rr.name.text, "a.example");
	assert_int_equal(rr.ttl, 60);
	assert_int_equal(cur_left(&rr.rdata), 4);
	assert_int_equal(dnsmsg_next(&msg, &rr), 0);
	assert_true(dnsmsg_valid(of(answer, sizeof(answer))));
}

static void
breaks_at_every_cut(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(answer); n++) {
		/* A copy of just that size: a read behind it is caught. */
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		memcpy(cut, answer, n);
		assert_false(dnsmsg_valid(of(cut, n)));
		free(cut);
	}
}

static void
refuses_pointers_that_do_not_go_back(void **state)
{
	uint8_t self[] = { 0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12,
		0, 1, 0, 1 };
	uint8_t forward[] = { 0, 1, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0,
		14, 1, 'a', 0, 0, 1, 0, 1 };
	uint8_t pair[] = { 0, 1, 0x81, 0x80, 0, 2, 0, 0, 0, 0, 0, 0, 1, 'a',
		0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 0, 1 };

	(void)state;
	assert_false(dnsmsg_valid(of(self, sizeof(self))));
	assert_false(dnsmsg_valid(of(forward, sizeof(forward))));
	assert_false(dnsmsg_valid(of(pair, sizeof(pair))));
}

static void
refuses_reserved_labels_and_long_names(void **state)
{
	uint8_t reserved[] = { 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0x41, 'a', 0,
		0, 1, 0, 1 };
	uint8_t longest[12 + 5 * 52 + 5] = { 0, 1, 0, 0, 0, 1 };

	(void)state;
	assert_false(dnsmsg_valid(of(reserved, sizeof(reserved))));
	for (size_t i = 0; i < 5; i++) {
		longest[12 + i * 52] = 51;
		memset(longest + 12 + i * 52 + 1, 'x', 51);
	}
	longest[sizeof(longest) - 3] = 1;
	longest[sizeof(longest) - 1] = 1;
	assert_false(dnsmsg_valid(of(longest, sizeof(longest))));
	/* Four of the labels fit. */
	memcpy(longest + 12 + 4 * 52, "\0\0\1\0\1", 5);
	assert_true(dnsmsg_valid(of(longest, 12 + 4 * 52 + 5)));
}

static void
refuses_counts_that_cannot_fit(void **state)
{
	uint8_t lying[sizeof(answer)];
	struct dns_msg msg;

	(void)state;
	memcpy(lying, answer, sizeof(lying));
	lying[6] = 0xff; /* 65,282 answers */
	assert_false(dnsmsg_open(&msg, of(lying, sizeof(lying))));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_all_sections),
		cmocka_unit_test(breaks_at_every_cut),
		cmocka_unit_test(refuses_pointers_that_do_not_go_back),
		cmocka_unit_test(refuses_reserved_labels_and_long_names),
		cmocka_unit_test(refuses_counts_that_cannot_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

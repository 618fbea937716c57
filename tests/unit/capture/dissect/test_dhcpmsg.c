/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhcpmsg: options, FQDN encodings, overloaded fields, and option lists that
 * lie.
 */
#include "tests/unit/test.h"

#include "capture/dissect/dhcpmsg.h"

#define FIXED 240 /* header and cookie */

/* A request of 52:54:00:00:00:0a with these options behind the cookie. */
static size_t
request(uint8_t *out, const void *options, size_t len)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 0x0a };

	memset(out, 0, FIXED);
	out[0] = 1;
	out[1] = 1;
	out[2] = 6;
	memcpy(out + 28, mac, sizeof(mac));
	memcpy(out + 236, "\x63\x82\x53\x63", 4);
	memcpy(out + FIXED, options, len);
	return FIXED + len;
}

static bool
parse(const void *options, size_t len, struct dhcp_msg *msg, uint8_t *space)
{
	return dhcpmsg_parse(cur_new(space, request(space, options, len)), msg);
}

static void
reads_options(void **state)
{
	static const char options[] = "\x35\x01\x03\x0c\x04host\x37\x03\x01"
				      "\x03\x06\x32\x04\xc0\x00\x02\x0a\xff";
	uint8_t space[512];
	struct dhcp_msg msg;
	char text[ADDR_TEXT];

	(void)state;
	assert_true(parse(options, sizeof(options) - 1, &msg, space));
	assert_true(msg.complete);
	assert_false(msg.reply);
	assert_int_equal(msg.type, DHCP_REQUEST);
	assert_true(msg.has_chaddr);
	assert_true(text_eq(msg.hostname, text_str("host")));
	assert_int_equal(msg.params.len, 3);
	assert_string_equal(addr_fmt(&msg.requested, text), "192.0.2.10");
}

static void
decodes_both_forms_of_fqdn(void **state)
{
	static const char labels[] = "\x51\x0e\x04\x00\x00\x04host\x05local";
	static const char plain[] = "\x51\x0d\x00\x00\x00host.local";
	uint8_t space[512];
	struct dhcp_msg msg;

	(void)state;
	assert_true(parse(labels, sizeof(labels) - 1, &msg, space));
	assert_string_equal(msg.fqdn, "host.local");
	assert_true(parse(plain, sizeof(plain) - 1, &msg, space));
	assert_string_equal(msg.fqdn, "host.local");
}

static void
follows_overload_into_file(void **state)
{
	static const char options[] = "\x34\x01\x01\xff";
	uint8_t space[512];
	size_t len = request(space, options, sizeof(options) - 1);
	struct dhcp_msg msg;

	(void)state;
	memcpy(space + 108, "\x0c\x03xyz\xff", 6);
	assert_true(dhcpmsg_parse(cur_new(space, len), &msg));
	assert_true(text_eq(msg.hostname, text_str("xyz")));
	/* Without the option the field is a file name. */
	space[FIXED + 2] = 0;
	assert_true(dhcpmsg_parse(cur_new(space, len), &msg));
	assert_int_equal(msg.hostname.len, 0);
}

static void
marks_a_list_that_runs_out(void **state)
{
	uint8_t space[512];
	struct dhcp_msg msg;

	(void)state;
	assert_true(parse("\x35\x01\x01\x0c\x20short", 10, &msg, space));
	assert_false(msg.complete);
	assert_int_equal(msg.type, DHCP_DISCOVER);
	assert_int_equal(msg.hostname.len, 0);
}

static void
refuses_other_datagrams(void **state)
{
	uint8_t space[512];
	size_t len = request(space, "\xff", 1);
	struct dhcp_msg msg;

	(void)state;
	for (size_t n = 0; n < FIXED; n++) {
		uint8_t *cut = malloc(n == 0 ? 1 : n);

		memcpy(cut, space, n);
		assert_false(dhcpmsg_parse(cur_new(cut, n), &msg));
		free(cut);
	}
	space[0] = 3;
	assert_false(dhcpmsg_parse(cur_new(space, len), &msg));
	space[0] = 1;
	space[237] ^= 1;
	assert_false(dhcpmsg_parse(cur_new(space, len), &msg));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_options),
		cmocka_unit_test(decodes_both_forms_of_fqdn),
		cmocka_unit_test(follows_overload_into_file),
		cmocka_unit_test(marks_a_list_that_runs_out),
		cmocka_unit_test(refuses_other_datagrams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

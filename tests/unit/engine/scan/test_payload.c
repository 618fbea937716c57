/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP requests: the lengths that their own headers claim are the lengths they have.
 */
#include "tests/unit/test.h"

#include "engine/scan/payload.h"
#include "sensor/base/cursor.h"

static struct cursor
request(uint16_t port, size_t i)
{
	struct payload p;

	assert_true(payload_get(port, i, &p));
	return cur_new(p.data, p.len);
}

/* A BER element: its length must be what is left. */
static void
check_ber(struct cursor c)
{
	size_t claimed;

	(void)cur_u8(&c);
	claimed = cur_u8(&c);
	assert_int_equal(claimed, cur_left(&c));
}

/* A 16-bit length of the whole at @p offset. */
static void
check_length_at(struct cursor c, size_t offset)
{
	size_t whole = cur_left(&c);

	cur_skip(&c, offset);
	assert_int_equal(cur_be16(&c), whole);
}

static void
headers_tell_their_length(void **state)
{
	(void)state;
	check_length_at(request(500, 0), 26);
	check_length_at(request(1701, 0), 2);
	struct cursor natt = request(4500, 0);
	assert_int_equal(cur_be32(&natt), 0);
	check_length_at(natt, 26);
	check_length_at(request(1812, 0), 2);
	check_length_at(request(47808, 0), 2);
	check_ber(request(161, 0));
	check_ber(request(161, 1));
	check_ber(request(389, 0));
}

static void
fixed_formats_have_their_size(void **state)
{
	struct cursor dhcp = request(67, 0), ntp = request(123, 0);
	struct cursor nbns = request(137, 0), stun = request(3478, 0);
	struct cursor rpc = request(111, 0), rip = request(520, 0);

	(void)state;
	cur_skip(&dhcp, 236);
	assert_int_equal(cur_be32(&dhcp), 0x63825363);
	assert_int_equal(cur_left(&ntp), 48);
	assert_int_equal(cur_left(&nbns), 50);
	assert_int_equal(cur_left(&stun), 20);
	assert_int_equal(cur_left(&rpc), 40);
	assert_int_equal(cur_left(&rip), 24);
}

static void
ports_without_a_row_get_one_empty_datagram(void **state)
{
	struct payload p;

	(void)state;
	assert_true(payload_get(9999, 0, &p));
	assert_int_equal(p.len, 0);
	assert_false(payload_get(9999, 1, &p));
	assert_true(payload_get(161, 1, &p));
	assert_false(payload_get(161, 2, &p));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_tell_their_length),
		cmocka_unit_test(fixed_formats_have_their_size),
		cmocka_unit_test(ports_without_a_row_get_one_empty_datagram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope_check is the wall between earshot and everybody else's machines: each verdict and each precedence once.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "sensor/model/scope.h"

static void
add(struct cidrset *set, const char *text)
{
	struct cidr c;

	assert_int_equal(cidr_parse(text, &c), 0);
	assert_int_equal(cidrset_add(set, &c), 0);
}

static enum scope_verdict
ask(const struct scope *s, const char *dst, unsigned proto, uint16_t port)
{
	struct addr a;

	assert_int_equal(addr_parse(dst, &a), 0);
	return scope_check(s, &a, proto, port);
}

static void
make(struct scope *s)
{
	scope_init(s);
	add(&s->allow, "10.0.0.0/8");
	add(&s->allow, "10.0.9.9");
	add(&s->allow, "fd00::/8");
	add(&s->exclude, "10.0.9.0/24");
	add(&s->exclude, "224.0.0.251");
	assert_int_equal(
	    portspec_parse("T:9100-9107,U:161", 0, &s->no_ports, NULL), 0);
	s->version = 7;
}

static void
an_empty_scope_refuses_everything(void **unused)
{
	struct scope s;

	(void)unused;
	scope_init(&s);
	assert_int_equal(ask(&s, "127.0.0.1", IPPROTO_TCP, 80), SCOPE_OUTSIDE);
	assert_int_equal(ask(&s, "::1", IPPROTO_TCP, 80), SCOPE_OUTSIDE);
	scope_fini(&s);
}

static void
decides_by_deny_allow_and_port(void **unused)
{
	static const struct {
		const char *dst;
		unsigned proto;
		uint16_t port;
		enum scope_verdict verdict;
	} cases[] = {
		{ "10.1.1.1", IPPROTO_TCP, 80, SCOPE_ALLOWED },
		{ "fd12::1", IPPROTO_TCP, 80, SCOPE_ALLOWED },
		{ "11.1.1.1", IPPROTO_TCP, 80, SCOPE_OUTSIDE },
		{ "2001:db8::1", IPPROTO_TCP, 80, SCOPE_OUTSIDE },
		/* Deny wins, also over a longer allow. */
		{ "10.0.9.9", IPPROTO_TCP, 80, SCOPE_EXCLUDED },
		{ "10.1.1.1", IPPROTO_TCP, 9103, SCOPE_PORT },
		{ "10.1.1.1", IPPROTO_UDP, 9103, SCOPE_ALLOWED },
		{ "10.1.1.1", IPPROTO_UDP, 161, SCOPE_PORT },
		{ "10.1.1.1", IPPROTO_ICMP, 0, SCOPE_ALLOWED },
		{ "0.0.0.0", IPPROTO_TCP, 80, SCOPE_SPECIAL },
		{ "0.1.2.3", IPPROTO_TCP, 80, SCOPE_SPECIAL },
		{ "::", IPPROTO_TCP, 80, SCOPE_SPECIAL },
		{ "224.0.0.1", IPPROTO_UDP, 80, SCOPE_SPECIAL },
		{ "ff02::fb", IPPROTO_UDP, 5353, SCOPE_SPECIAL },
		{ "255.255.255.255", IPPROTO_UDP, 67, SCOPE_SPECIAL },
		{ "250.1.1.1", IPPROTO_UDP, 67, SCOPE_SPECIAL },
		/* An IPv4 address in IPv6 clothes is judged as what it is. */
		{ "::ffff:10.1.1.1", IPPROTO_TCP, 80, SCOPE_ALLOWED },
		{ "::ffff:11.1.1.1", IPPROTO_TCP, 80, SCOPE_OUTSIDE },
		{ "::ffff:10.0.9.1", IPPROTO_TCP, 80, SCOPE_EXCLUDED },
	};
	struct scope s;
	size_t i;

	(void)unused;
	make(&s);
	for (i = 0; i < ES_ARRAY_LEN(cases); i++)
		assert_int_equal(
		    ask(&s, cases[i].dst, cases[i].proto, cases[i].port),
		    cases[i].verdict);
	scope_fini(&s);
}

static void
broadcast_leave_opens_groups_but_not_what_is_excluded(void **unused)
{
	struct scope s;

	(void)unused;
	make(&s);
	s.allow_broadcast = true;
	assert_int_equal(
	    ask(&s, "239.255.255.250", IPPROTO_UDP, 1900), SCOPE_ALLOWED);
	assert_int_equal(
	    ask(&s, "255.255.255.255", IPPROTO_UDP, 67), SCOPE_ALLOWED);
	assert_int_equal(ask(&s, "ff02::fb", IPPROTO_UDP, 161), SCOPE_PORT);
	assert_int_equal(
	    ask(&s, "224.0.0.251", IPPROTO_UDP, 5353), SCOPE_EXCLUDED);
	assert_int_equal(ask(&s, "0.0.0.0", IPPROTO_UDP, 67), SCOPE_SPECIAL);
	scope_fini(&s);
}

static void
halted_comes_before_all(void **unused)
{
	struct scope s;

	(void)unused;
	make(&s);
	s.halted = true;
	assert_int_equal(ask(&s, "10.1.1.1", IPPROTO_TCP, 80), SCOPE_HALTED);
	assert_int_equal(ask(&s, "11.1.1.1", IPPROTO_TCP, 80), SCOPE_HALTED);
	assert_string_equal(scope_verdict_text(SCOPE_HALTED), "halted");
	scope_fini(&s);
}

static void
survives_the_way_through_a_message(void **unused)
{
	struct scope s, t;
	struct cursor in;
	struct buf b;
	size_t cut;

	(void)unused;
	make(&s);
	s.halted = true;
	s.rate_net = 12;
	buf_init(&b, 4096);
	scope_pack(&b, &s);
	in = cur_new(b.data, b.len);
	assert_int_equal(scope_unpack(&in, &t), 0);
	assert_int_equal(t.version, 7);
	assert_true(t.halted);
	assert_int_equal(t.rate_net, 12);
	assert_int_equal(t.allow.count, 3);
	assert_int_equal(t.exclude.count, 2);
	assert_int_equal(t.no_ports.count, 2);
	t.halted = false;
	assert_int_equal(ask(&t, "10.0.9.9", IPPROTO_TCP, 1), SCOPE_EXCLUDED);
	assert_int_equal(ask(&t, "10.1.1.1", IPPROTO_TCP, 9100), SCOPE_PORT);
	scope_fini(&t);
	/* Half a scope is no scope: it refuses everything. */
	for (cut = 0; cut < b.len; cut++) {
		in = cur_new(b.data, cut);
		assert_int_equal(scope_unpack(&in, &t), ES_E(FORMAT));
		assert_int_equal(
		    ask(&t, "10.1.1.1", IPPROTO_TCP, 1), SCOPE_OUTSIDE);
	}
	buf_fini(&b);
	scope_fini(&s);
}

static void
a_scope_that_does_not_fit_is_not_sent_in_part(void **unused)
{
	struct scope s;
	struct buf b;
	uint32_t i;

	(void)unused;
	scope_init(&s);
	for (i = 0; i < 9000; i++) {
		uint8_t ip[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		struct cidr c = { .base = addr_from_bytes(ip, 4), .len = 32 };

		assert_int_equal(cidrset_add(&s.exclude, &c), 0);
	}
	buf_init(&b, 1 << 20);
	scope_pack(&b, &s);
	assert_true(b.bad);
	buf_fini(&b);
	scope_fini(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_scope_refuses_everything),
		cmocka_unit_test(decides_by_deny_allow_and_port),
		cmocka_unit_test(
		    broadcast_leave_opens_groups_but_not_what_is_excluded),
		cmocka_unit_test(halted_comes_before_all),
		cmocka_unit_test(survives_the_way_through_a_message),
		cmocka_unit_test(a_scope_that_does_not_fit_is_not_sent_in_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

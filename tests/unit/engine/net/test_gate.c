/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate: verdicts, rates, audit records, and destinations read from packets.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <unistd.h>

#include "engine/net/gate.h"
#include "sensor/base/err.h"
#include "sensor/base/hash.h"
#include "sensor/base/mono.h"

struct seen {
	struct audit audits[64];
	size_t count;
};

struct fixture {
	struct gate *gate;
	struct seen seen;
	struct scope scope;
};

static void
on_audit(void *arg, const struct audit *a)
{
	struct seen *seen = arg;

	assert_true(seen->count < ES_ARRAY_LEN(seen->audits));
	seen->audits[seen->count++] = *a;
}

static void
allow(struct scope *s, const char *text)
{
	struct cidr c;

	assert_int_equal(cidr_parse(text, &c), 0);
	assert_int_equal(cidrset_add(&s->allow, &c), 0);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	scope_init(&f->scope);
	allow(&f->scope, "10.0.0.0/8");
	allow(&f->scope, "fd00::/8");
	f->scope.version = 7;
	*state = f;
	return gate_new(on_audit, &f->seen, &f->gate);
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	gate_free(f->gate);
	scope_fini(&f->scope);
	free(f);
	return 0;
}

static void
use_scope(struct fixture *f)
{
	assert_int_equal(gate_scope_set(f->gate, &f->scope), 0);
}

static struct contact
contact_to(const char *addr, uint16_t port)
{
	struct contact c = { .port = port,
		.proto = IPPROTO_TCP,
		.target_id = 9,
		.script = "probe" };

	assert_int_equal(addr_parse(addr, &c.dst), 0);
	return c;
}

static enum gate_answer
ask(struct fixture *f, const char *addr, uint16_t port)
{
	struct contact c = contact_to(addr, port);
	int64_t wait_ms = 0;

	return gate_ask(f->gate, &c, &wait_ms);
}

static void
refuses_everything_before_a_scope_is_set(void **state)
{
	assert_int_equal(ask(*state, "10.0.0.1", 80), GATE_NO);
	assert_int_equal(ask(*state, "127.0.0.1", 80), GATE_NO);
}

static void
allows_what_the_scope_allows_and_nothing_else(void **state)
{
	struct fixture *f = *state;

	use_scope(f);
	assert_int_equal(ask(f, "10.1.2.3", 80), GATE_GO);
	assert_int_equal(ask(f, "fd00::1", 80), GATE_GO);
	assert_int_equal(ask(f, "11.0.0.1", 80), GATE_NO);
	assert_int_equal(ask(f, "224.0.0.251", 5353), GATE_NO);
	assert_int_equal(ask(f, "255.255.255.255", 67), GATE_NO);
	assert_int_equal(ask(f, "0.0.0.0", 80), GATE_NO);
}

static void
tells_the_first_refusal_and_counts_the_others(void **state)
{
	struct fixture *f = *state;

	use_scope(f);
	for (int i = 0; i < 10; i++)
		assert_int_equal(ask(f, "11.0.0.1", 80), GATE_NO);
	assert_int_equal(f->seen.count, 1);
	assert_int_equal(f->seen.audits[0].verdict, SCOPE_OUTSIDE);
	assert_int_equal(f->seen.audits[0].target_id, 9);
	assert_int_equal(f->seen.audits[0].scope_version, 7);
	assert_string_equal(f->seen.audits[0].script, "probe");
	gate_flush(f->gate);
	assert_int_equal(f->seen.count, 2);
	assert_int_equal(f->seen.audits[1].repeats, 9);
}

static void
halts_at_once(void **state)
{
	struct fixture *f = *state;

	use_scope(f);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_GO);
	f->scope.halted = true;
	use_scope(f);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_NO);
	assert_int_equal(f->seen.audits[0].verdict, SCOPE_HALTED);
}

/* Contacts granted to one host in @p ms, asking as fast as the gate lets. */
static unsigned
granted_within(struct fixture *f, const char *addr, int64_t ms)
{
	struct contact c = contact_to(addr, 80);
	struct mono start = mono_now();
	unsigned granted = 0;

	while (mono_ms_between(start, mono_now()) < ms) {
		int64_t wait_ms = 0;

		if (gate_ask(f->gate, &c, &wait_ms) == GATE_GO)
			granted++;
		else
			usleep((useconds_t)wait_ms * 1000);
	}
	return granted;
}

static void
keeps_the_rate_of_one_host(void **state)
{
	struct fixture *f = *state;
	unsigned granted;

	f->scope.rate_host = 100;
	use_scope(f);
	granted = granted_within(f, "10.0.0.1", 500);
	/* 50 in half a second, and the tenth of a second that may come at once. */
	assert_in_range(granted, 30, 61);
	assert_int_equal(ask(f, "10.0.0.2", 80), GATE_GO);
}

static void
keeps_the_rate_of_a_network(void **state)
{
	struct fixture *f = *state;

	f->scope.rate_net = 10;
	use_scope(f);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_GO);
	assert_int_equal(ask(f, "10.0.0.2", 80), GATE_GO);
	assert_int_equal(ask(f, "10.0.0.3", 80), GATE_WAIT);
	assert_int_equal(ask(f, "10.0.1.1", 80), GATE_GO);
}

static void
limits_open_connections_of_a_host(void **state)
{
	struct fixture *f = *state;
	struct contact c = contact_to("10.0.0.1", 80);
	struct gate_contact one = { 0 }, two = { 0 };
	struct addr src = { 0 };

	f->scope.conns_host = 2;
	use_scope(f);
	gate_contact_open(f->gate, &one, &c, &src, 1);
	gate_contact_open(f->gate, &two, &c, &src, 2);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_WAIT);
	gate_contact_count(f->gate, &one, 5, 7);
	gate_contact_close(f->gate, &one, ES_ERR_TIMEOUT);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_GO);
	gate_contact_close(f->gate, &two, 0);
	gate_contact_close(f->gate, &two, 0);
	assert_int_equal(f->seen.count, 2);
	assert_int_equal(f->seen.audits[0].bytes_out, 5);
	assert_int_equal(f->seen.audits[0].bytes_in, 7);
	assert_int_equal(f->seen.audits[0].outcome, ES_ERR_TIMEOUT);
}

/* A flood of hosts fills the table of rates: nobody gets more than his rate by that. */
static void
never_forgets_a_rate_under_a_flood(void **state)
{
	struct fixture *f = *state;
	struct contact c = contact_to("10.0.0.1", 80);
	unsigned granted = 0;

	hash_seed_fixed();
	f->scope.rate_host = 1;
	use_scope(f);
	for (unsigned i = 0; i < 40000; i++) {
		int64_t wait_ms;

		c.dst.b[1] = (uint8_t)(i >> 16);
		c.dst.b[2] = (uint8_t)(i >> 8);
		c.dst.b[3] = (uint8_t)i;
		granted += gate_ask(f->gate, &c, &wait_ms) == GATE_GO;
	}
	assert_in_range(granted, 1000, 4096);
	assert_int_equal(ask(f, "10.0.0.1", 80), GATE_WAIT);
}

static enum gate_answer
ask_packet(struct fixture *f, const void *p, size_t len, bool ethernet,
    struct contact *c)
{
	int64_t wait_ms = 0;

	*c = (struct contact){ .script = "raw" };
	return gate_ask_packet(f->gate, c, p, len, ethernet, &wait_ms);
}

static void
reads_the_destination_from_the_packet(void **state)
{
	static const uint8_t arp[42] = {
		[12] = 0x08, [13] = 0x06, [38] = 10, [41] = 9
	};
	static const uint8_t udp[] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0,
		1, 2, 3, 4, 10, 0, 0, 5, 0, 1, 0, 53, 0, 8, 0, 0 };
	static const uint8_t out[] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0,
		1, 2, 3, 4, 11, 0, 0, 5, 0, 1, 0, 53, 0, 8, 0, 0 };
	struct fixture *f = *state;
	struct contact c;
	char text[ADDR_TEXT];

	use_scope(f);
	assert_int_equal(ask_packet(f, arp, sizeof(arp), true, &c), GATE_NO);
	f->scope.raw = true;
	use_scope(f);
	assert_int_equal(ask_packet(f, arp, sizeof(arp), true, &c), GATE_GO);
	assert_string_equal(addr_fmt(&c.dst, text), "10.0.0.9");
	assert_int_equal(ask_packet(f, udp, sizeof(udp), false, &c), GATE_GO);
	assert_string_equal(addr_fmt(&c.dst, text), "10.0.0.5");
	assert_int_equal(c.port, 53);
	assert_int_equal(c.proto, IPPROTO_UDP);
	assert_int_equal(ask_packet(f, out, sizeof(out), false, &c), GATE_NO);
}

static void
refuses_packets_cut_anywhere(void **state)
{
	static const uint8_t udp[] = { 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0,
		1, 2, 3, 4, 10, 0, 0, 5, 0, 1, 0, 53, 0, 8, 0, 0 };
	struct fixture *f = *state;
	struct contact c;

	f->scope.raw = true;
	use_scope(f);
	for (size_t len = 0; len < 20; len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, udp, len);
		assert_int_equal(ask_packet(f, copy, len, false, &c), GATE_NO);
		free(copy);
	}
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(refuses_everything_before_a_scope_is_set),
		CASE(allows_what_the_scope_allows_and_nothing_else),
		CASE(tells_the_first_refusal_and_counts_the_others),
		CASE(halts_at_once),
		CASE(keeps_the_rate_of_one_host),
		CASE(keeps_the_rate_of_a_network),
		CASE(limits_open_connections_of_a_host),
		CASE(never_forgets_a_rate_under_a_flood),
		CASE(reads_the_destination_from_the_packet),
		CASE(refuses_packets_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

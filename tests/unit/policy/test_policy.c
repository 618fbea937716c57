/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: who may be asked and why not, when, what goes out, and what is remembered.
 */
#include <netinet/in.h>

#include "sensor/base/buf.h"
#include "sensor/model/observation.h"
#include "sensor/policy/policy.h"
#include "sensor/store/records.h"
#include "tests/unit/test.h"

#define NOON (INT64_C(12) * 3600 * NS_PER_S)

static const char *const scope[] = { "192.0.2.0/24", "2001:db8::/64", NULL };
static const char *const exclude[] = { "192.0.2.66", NULL };

static struct policy_options
options(void)
{
	return (struct policy_options){ .enabled = true,
		.scope = scope,
		.exclude = exclude,
		.settle_ms = 10000 };
}

static struct policy *
make(const struct policy_options *o)
{
	struct errbuf eb = { "" };
	struct policy *p;

	if (policy_new(o, &p, &eb) < 0)
		fail_msg("%s", eb.text);
	return p;
}

static struct wall
at(int64_t s)
{
	return (struct wall){ NOON + s * NS_PER_S };
}

static struct addr
address(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void
expect(const struct policy *p, const char *addr, uint16_t port, bool allowed,
    const char *rule)
{
	struct policy_decision d;
	struct addr a = address(addr);

	policy_decide(p, &a, IPPROTO_TCP, port, at(0), &d);
	assert_string_equal(d.rule, rule);
	assert_int_equal(d.allowed, allowed);
	assert_true(d.reason[0] != '\0');
}

static void
names_the_rule_of_every_answer(void **state)
{
	struct policy_options o = options();
	struct policy *p;

	(void)state;
	o.ports = "22,80,443,9100";
	p = make(&o);
	expect(p, "192.0.2.5", 0, true, "allow 192.0.2.0/24");
	expect(p, "192.0.2.5", 22, true, "allow 192.0.2.0/24");
	expect(p, "2001:db8::7", 80, true, "allow 2001:db8::/64");
	expect(p, "192.0.2.66", 0, false, "exclude 192.0.2.66/32");
	expect(p, "198.51.100.1", 0, false, "out-of-scope");
	expect(p, "224.0.0.1", 0, false, "special");
	expect(p, "192.0.2.5", 9100, false, "port tcp/9100");
	expect(p, "192.0.2.5", 23, false, "port tcp/23");
	assert_int_equal(policy_halt(p, true), 0);
	expect(p, "192.0.2.5", 22, false, "halted");
	policy_free(p);
	o.enabled = false;
	p = make(&o);
	expect(p, "192.0.2.5", 22, false, "disabled");
	policy_free(p);
}

static void
asks_only_itself_without_a_scope(void **state)
{
	struct addr own[] = { address("127.0.0.1"), address("10.1.1.1") };
	struct policy_options o = { .enabled = true, .own = own, .nown = 2 };
	struct policy *p = make(&o);
	struct scope s;
	struct addr other = address("10.1.1.2");

	(void)state;
	expect(p, "127.0.0.1", 22, true, "allow 127.0.0.1/32");
	expect(p, "10.1.1.2", 22, false, "out-of-scope");
	assert_int_equal(policy_scope(p, &s), 0);
	assert_int_equal(scope_check(&s, &own[1], 6, 22), SCOPE_ALLOWED);
	assert_int_equal(scope_check(&s, &other, 6, 22), SCOPE_OUTSIDE);
	assert_false(s.allow_broadcast);
	scope_fini(&s);
	policy_free(p);
}

/* The gate's answer and the policy's are one for every kind of address. */
static void
gives_the_engine_the_same_rules(void **state)
{
	static const char *const addrs[] = { "192.0.2.5", "192.0.2.66",
		"198.51.100.1", "224.0.0.1", "2001:db8::7", "2001:db8:1::7",
		"255.255.255.255", "0.0.0.0" };
	static const uint16_t ports[] = { 22, 9100, 502, 47808 };
	struct policy_options o = options();
	struct policy *p = make(&o);
	struct scope s;
	size_t i, k;

	(void)state;
	assert_int_equal(policy_scope(p, &s), 0);
	for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		for (k = 0; k < sizeof(ports) / sizeof(ports[0]); k++) {
			struct addr a = address(addrs[i]);
			struct policy_decision d;

			policy_decide(p, &a, IPPROTO_UDP, ports[k], at(0), &d);
			assert_int_equal(d.allowed,
			    scope_check(&s, &a, IPPROTO_UDP, ports[k]) ==
				SCOPE_ALLOWED);
		}
	}
	scope_fini(&s);
	policy_free(p);
}

/* A target as the inventory fills it. */
static struct target
heard(const char *addr, unsigned nports, ...)
{
	struct target t = { .addr = address(addr) };
	va_list ap;

	t.ports = calloc(nports + 1, sizeof(*t.ports));
	va_start(ap, nports);
	for (; t.nports < nports; t.nports++) {
		t.ports[t.nports].svc.port = (uint16_t)va_arg(ap, int);
		t.ports[t.nports].svc.proto = IPPROTO_TCP;
		t.ports[t.nports].heard = strdup("{}");
	}
	va_end(ap);
	return t;
}

static void
come_up(struct policy *p, const char *addr, const char *reason, int64_t s)
{
	struct addr a = address(addr);

	policy_candidate(p, 0, &a, reason, at(s));
}

static void
waits_then_asks_once(void **state)
{
	struct policy_options o = options();
	struct policy *p;
	struct policy_ask ask;
	struct target t;

	(void)state;
	o.scripts = "default";
	p = make(&o);
	come_up(p, "192.0.2.5", "host.new", 0);
	come_up(p, "192.0.2.5", "service.new", 5);
	come_up(p, "198.51.100.1", "host.new", 0);
	assert_int_equal(policy_next(p, at(9), &ask), 0);
	assert_int_equal(policy_next_due(p).ns, at(10).ns);
	assert_int_equal(policy_next(p, at(10), &ask), 1);
	assert_int_equal(policy_next(p, at(99), &(struct policy_ask){ 0 }), 0);
	t = heard("192.0.2.5", 3, 22, 9100, 80);
	assert_int_equal(policy_prepare(p, &ask, &t, at(10)), 0);
	assert_int_equal(t.nports, 2);
	assert_int_equal(t.ports[1].svc.port, 80);
	assert_int_equal(t.id, ask.id);
	assert_string_equal(t.rule, "allow 192.0.2.0/24");
	assert_string_equal(t.reason, "host.new");
	assert_non_null(strstr(t.scripts, "(default) and not (dos"));
	target_fini(&t);
	/* While it is asked a port opens; after that, only this port is asked. */
	come_up(p, "192.0.2.5", "service.new", 11);
	assert_int_equal(policy_next(p, at(50), &ask), 0);
	policy_done(p, ask.id, true, at(20));
	assert_int_equal(policy_next(p, at(30), &ask), 1);
	t = heard("192.0.2.5", 3, 22, 443, 80);
	assert_int_equal(policy_prepare(p, &ask, &t, at(30)), 0);
	assert_int_equal(t.nports, 1);
	assert_int_equal(t.ports[0].svc.port, 443);
	target_fini(&t);
	policy_done(p, ask.id, true, at(31));
	/* Nothing new: nothing is asked. */
	come_up(p, "192.0.2.5", "service.new", 40);
	assert_int_equal(policy_next(p, at(60), &ask), 1);
	t = heard("192.0.2.5", 2, 22, 443);
	assert_int_equal(policy_prepare(p, &ask, &t, at(60)), ES_E(NOTFOUND));
	target_fini(&t);
	/* A week later all of it. */
	assert_int_equal(policy_next(p, at(7 * 86400 - 1), &ask), 0);
	assert_int_equal(policy_next(p, at(7 * 86400 + 61), &ask), 1);
	assert_string_equal(ask.reason, "refresh");
	t = heard("192.0.2.5", 2, 22, 443);
	assert_int_equal(policy_prepare(p, &ask, &t, at(7 * 86400 + 61)), 0);
	assert_int_equal(t.nports, 2);
	target_fini(&t);
	policy_free(p);
}

static void
tries_a_failed_host_again_ever_later(void **state)
{
	struct policy_options o = options();
	struct policy *p = make(&o);
	struct policy_ask ask;
	int64_t now = 10, pause;

	(void)state;
	come_up(p, "192.0.2.5", "host.new", 0);
	for (pause = 60; pause <= 480; pause *= 2) {
		struct target t = heard("192.0.2.5", 1, 22);

		assert_int_equal(policy_next(p, at(now), &ask), 1);
		assert_int_equal(policy_prepare(p, &ask, &t, at(now)), 0);
		assert_int_equal(t.nports, 1);
		target_fini(&t);
		policy_done(p, ask.id, false, at(now));
		assert_int_equal(policy_next(p, at(now + pause - 1), &ask), 0);
		now += pause;
	}
	policy_free(p);
}

static void
a_visit_that_a_halt_cut_short_is_due_at_once(void **state)
{
	struct policy_options o = options();
	struct policy *p = make(&o);
	struct policy_ask ask;
	struct target t = heard("192.0.2.5", 1, 22);

	(void)state;
	come_up(p, "192.0.2.5", "host.new", 0);
	assert_int_equal(policy_next(p, at(10), &ask), 1);
	assert_int_equal(policy_prepare(p, &ask, &t, at(10)), 0);
	assert_int_equal(policy_halt(p, true), 0);
	target_fini(&t);
	policy_cut_short(p, ask.id, at(11));
	assert_int_equal(policy_next(p, at(12), &ask), 0);
	assert_int_equal(policy_halt(p, false), 0);
	assert_int_equal(policy_next(p, at(13), &ask), 1);
	t = heard("192.0.2.5", 1, 22);
	assert_int_equal(policy_prepare(p, &ask, &t, at(13)), 0);
	assert_int_equal(t.nports, 1);
	target_fini(&t);
	policy_free(p);
}

static void
is_silent_when_halted_or_quiet(void **state)
{
	struct policy_options o = options();
	struct policy_ask ask;
	struct policy *p;

	(void)state;
	o.quiet = "12:00-12:30";
	p = make(&o);
	come_up(p, "192.0.2.5", "host.new", 0);
	assert_int_equal(policy_next(p, at(1799), &ask), 0);
	assert_int_equal(policy_halt(p, true), 0);
	assert_int_equal(policy_next(p, at(1801), &ask), 0);
	assert_int_equal(policy_halt(p, false), 0);
	assert_int_equal(policy_next(p, at(1801), &ask), 1);
	policy_free(p);
}

static void
remembers_over_a_restart(void **state)
{
	struct store_options in_memory = { .dir = NULL };
	struct policy_options o = options();
	struct policy_ask ask;
	struct policy *p;
	struct target t;
	struct scope s;
	uint64_t version;

	(void)state;
	assert_int_equal(store_open(&in_memory, &o.store, NULL), 0);
	p = make(&o);
	come_up(p, "192.0.2.5", "host.new", 0);
	assert_int_equal(policy_next(p, at(10), &ask), 1);
	t = heard("192.0.2.5", 1, 22);
	assert_int_equal(policy_prepare(p, &ask, &t, at(10)), 0);
	target_fini(&t);
	assert_int_equal(policy_halt(p, true), 0);
	assert_int_equal(policy_scope(p, &s), 0);
	assert_true(s.halted);
	version = s.version;
	scope_fini(&s);
	policy_free(p);
	p = make(&o);
	assert_true(policy_halted(p));
	assert_int_equal(policy_scope(p, &s), 0);
	assert_true(s.version > version);
	scope_fini(&s);
	assert_int_equal(policy_halt(p, false), 0);
	come_up(p, "192.0.2.5", "host.new", 20);
	assert_int_equal(policy_next(p, at(600), &ask), 0);
	come_up(p, "192.0.2.5", "service.new", 600);
	assert_int_equal(policy_next(p, at(610), &ask), 1);
	t = heard("192.0.2.5", 2, 22, 80);
	assert_int_equal(policy_prepare(p, &ask, &t, at(610)), 0);
	assert_int_equal(t.nports, 1);
	target_fini(&t);
	policy_free(p);
	store_close(o.store);
}

static void
fires_broadcast_discovery_on_schedule(void **state)
{
	static const char *const interfaces[] = { "eth0", "eth1", NULL };
	struct policy_options o = options();
	struct policy_ask a, b, c;
	struct target t = { 0 };
	struct policy *p;
	struct scope s;

	(void)state;
	o.broadcast = (struct policy_broadcast){
		.scripts = "broadcast", .interfaces = interfaces, .every_s = 600
	};
	p = make(&o);
	assert_int_equal(policy_scope(p, &s), 0);
	assert_true(s.allow_broadcast);
	scope_fini(&s);
	assert_int_equal(policy_next(p, at(0), &a), 0);
	assert_int_equal(policy_next(p, at(10), &a), 1);
	assert_int_equal(policy_next(p, at(10), &b), 1);
	assert_int_equal(policy_next(p, at(10), &c), 0);
	assert_string_equal(a.ifname, "eth0");
	assert_string_equal(b.ifname, "eth1");
	assert_int_equal(policy_prepare(p, &a, &t, at(10)), 0);
	assert_string_equal(t.ifname, "eth0");
	assert_string_equal(t.reason, "broadcast");
	assert_non_null(strstr(t.scripts, "(broadcast) and not (dos"));
	target_fini(&t);
	/* Not again while it runs, and then on schedule. */
	assert_int_equal(policy_next(p, at(700), &c), 0);
	policy_done(p, a.id, true, at(700));
	assert_int_equal(policy_next(p, at(700), &c), 1);
	policy_free(p);
	o.scope = NULL;
	p = make(&o);
	assert_int_equal(policy_next(p, at(99), &a), 0);
	policy_free(p);
}

static void
says_which_option_is_wrong(void **state)
{
	static const char *const wrong[] = { "192.0.2.0/33", NULL };
	struct policy_options o = options();
	struct errbuf eb = { "" };
	struct policy *p;

	(void)state;
	o.scope = wrong;
	assert_int_equal(policy_new(&o, &p, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "probing.scope: \"192.0.2.0/33\""));
	o = options();
	o.ports = "22,x";
	assert_int_equal(policy_new(&o, &p, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "probing.ports"));
	o = options();
	o.quiet = "night";
	assert_int_equal(policy_new(&o, &p, &eb), ES_E(CONFIG));
}

static void
add_line(void *arg, const struct policy_plan_line *line)
{
	struct buf *b = arg;

	policy_plan_json(line, b);
	buf_u8(b, '\n');
}

static const struct address_row known[] = {
	{ .asset = "a",
	    .addr = "192.0.2.5",
	    .strength = 4,
	    .current = 1,
	    .first_seen = NOON },
	{ .asset = "b",
	    .addr = "198.51.100.1",
	    .strength = 4,
	    .current = 1,
	    .first_seen = NOON },
	{ .asset = "c",
	    .addr = "192.0.2.7",
	    .strength = 3,
	    .current = 1,
	    .first_seen = NOON },
	{ .asset = "d",
	    .addr = "192.0.2.8",
	    .strength = 4,
	    .current = 0,
	    .first_seen = NOON },
};
static const struct service_row known_services[] = {
	{ .addr = "192.0.2.5",
	    .proto = 6,
	    .port = 9100,
	    .asset = "a",
	    .state = "open",
	    .name = "jetdirect",
	    .first_seen = NOON },
	{ .addr = "192.0.2.7",
	    .proto = 6,
	    .port = 80,
	    .asset = "c",
	    .state = "open",
	    .name = "http",
	    .first_seen = NOON },
};
static const struct asked_row known_asked = { .addr = "192.0.2.5", .at = NOON };

static const char expected_plan[] =
    "{\"ip\":\"192.0.2.5\",\"asset\":\"a\",\"ask\":true,\"rule\":\"allow "
    "192.0.2.0/24\","
    "\"reason\":\"192.0.2.5 is in probing.scope 192.0.2.0/24\","
    "\"due\":\"1970-01-08T12:00:00.000000Z\",\"scripts\":\"http-title\"}\n"
    "{\"ip\":\"192.0.2.5\",\"port\":9100,\"proto\":\"tcp\",\"service\":"
    "\"jetdirect\",\"asset\":\"a\","
    "\"ask\":false,\"rule\":\"port tcp/9100\","
    "\"reason\":\"tcp/9100 is a port of fragile devices (probing.fragile)\"}\n"
    "{\"ip\":\"192.0.2.7\",\"asset\":\"c\",\"ask\":false,\"rule\":\"one-way\","
    "\"reason\":\"it never answered anybody: whoever spoke may have invented "
    "it\"}\n"
    "{\"ip\":\"192.0.2.7\",\"port\":80,\"proto\":\"tcp\",\"service\":"
    "\"http\",\"asset\":\"c\",\"ask\":false,\"rule\":\"one-way\","
    "\"reason\":\"it never answered anybody: whoever spoke may have invented "
    "it\"}\n"
    "{\"ip\":\"198.51.100.1\",\"asset\":\"b\",\"ask\":false,\"rule\":\"out-of-"
    "scope\","
    "\"reason\":\"198.51.100.1 is not in probing.scope\"}\n";

static void
plans_from_what_is_stored(void **state)
{
	struct store_options in_memory = { .dir = NULL };
	struct policy_options o = options();
	struct store *store;
	struct policy *p;
	struct buf b;
	size_t i;

	(void)state;
	assert_int_equal(store_open(&in_memory, &store, NULL), 0);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_int_equal(store_put_address(store, &known[i]), 0);
	for (i = 0; i < ES_ARRAY_LEN(known_services); i++)
		assert_int_equal(
		    store_put_service(store, &known_services[i]), 0);
	assert_int_equal(store_put_asked(store, &known_asked), 0);
	o.scripts = "http-title";
	p = make(&o);
	buf_init(&b, 65536);
	assert_int_equal(policy_plan(p, store, at(1), add_line, &b), 0);
	assert_string_equal(buf_cstr(&b), expected_plan);
	buf_fini(&b);
	policy_free(p);
	store_close(store);
}

/* Of what was heard before the restart only the host that answered and was not asked comes up: 192.0.2.9. */
static void
takes_up_after_a_restart_what_waited(void **state)
{
	struct store_options in_memory = { .dir = NULL };
	const struct address_row waited = { .asset = "e",
		.addr = "192.0.2.9",
		.strength = STRENGTH_TWO_WAY,
		.current = 1,
		.first_seen = NOON };
	struct policy_options o = options();
	struct policy_ask ask;
	struct wall soon;
	struct policy *p;
	char text[ADDR_TEXT];
	size_t i;

	(void)state;
	assert_int_equal(store_open(&in_memory, &o.store, NULL), 0);
	for (i = 0; i < ES_ARRAY_LEN(known); i++)
		assert_int_equal(store_put_address(o.store, &known[i]), 0);
	assert_int_equal(store_put_address(o.store, &waited), 0);
	for (i = 0; i < ES_ARRAY_LEN(known_services); i++)
		assert_int_equal(
		    store_put_service(o.store, &known_services[i]), 0);
	assert_int_equal(
	    store_put_asked(o.store, &(struct asked_row){ .addr = "192.0.2.5",
					 .at = wall_now().ns }),
	    0);
	p = make(&o);
	soon = (struct wall){ wall_now().ns + 60 * NS_PER_S };
	assert_int_equal(policy_next(p, soon, &ask), 1);
	assert_string_equal(addr_fmt(&ask.addr, text), "192.0.2.9");
	assert_string_equal(ask.reason, "host.new");
	assert_int_equal(policy_next(p, soon, &ask), 0);
	policy_free(p);
	store_close(o.store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_rule_of_every_answer),
		cmocka_unit_test(asks_only_itself_without_a_scope),
		cmocka_unit_test(gives_the_engine_the_same_rules),
		cmocka_unit_test(waits_then_asks_once),
		cmocka_unit_test(tries_a_failed_host_again_ever_later),
		cmocka_unit_test(a_visit_that_a_halt_cut_short_is_due_at_once),
		cmocka_unit_test(is_silent_when_halted_or_quiet),
		cmocka_unit_test(remembers_over_a_restart),
		cmocka_unit_test(takes_up_after_a_restart_what_waited),
		cmocka_unit_test(fires_broadcast_discovery_on_schedule),
		cmocka_unit_test(says_which_option_is_wrong),
		cmocka_unit_test(plans_from_what_is_stored),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings, audits and what the sensor tells of itself: told once, whatever octets a script returns, and bounded.
 */
#include "sensor/base/str.h"
#include "tests/unit/inventory/facts.h"

static struct finding
finding(struct world *w, const char *output)
{
	struct finding f = { .target_id = 7,
		.started.ns = w->now_ns,
		.ended.ns = w->now_ns + 84 * NS_PER_MS,
		.addr = address("192.0.2.60"),
		.port = 80,
		.proto = IPPROTO_TCP,
		.rule = RULE_PORT,
		.script = "http-title",
		.sha256 = "3c9d",
		.categories = "default,safe",
		.output = strdup(output) };

	return f;
}

static void
report(struct world *w, struct finding f)
{
	struct target t = {
		.id = 7, .reason = "service.new", .rule = "allow 192.0.2.0/24"
	};

	assert_int_equal(inventory_finding(w->inv, &f, &t), 0);
	free(f.output);
	free(f.data);
}

static void
tells_a_finding_once_and_its_change(void **state)
{
	struct world *w = world_new(true, 0);
	struct inventory_stats stats;
	struct finding f;

	(void)state;
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	world_forget(w);
	report(w, finding(w, "NAS login"));
	report(w, finding(w, "NAS login"));
	assert_int_equal(w->nevents, 1);
	expect_event(
	    w, 0, "finding.info", "\"message\":\"http-title: NAS login\"");
	expect_event(
	    w, 0, "finding.info", "\"rule\":{\"id\":\"nse:http-title\"");
	expect_event(w, 0, "finding.info",
	    "\"finding\":{\"status\":\"ok\",\"rule\":\"portrule\",\"output\":"
	    "\"NAS login\"}");
	expect_event(w, 0, "finding.info", "\"duration\":84000000");
	f = finding(w, "NAS login");
	f.data = strdup("{\"title\":\"NAS login\"}");
	report(w, f);
	expect_event(
	    w, 1, "finding.info", "\"data\":{\"title\":\"NAS login\"}");
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.findings, 3);
	assert_int_equal(stats.findings_repeated, 1);
	world_free(w);
}

static void
remembers_a_finding_over_a_restart(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	report(w, finding(w, "NAS login"));
	inventory_free(w->inv);
	w->inv = world_inventory(w, 0);
	world_forget(w);
	report(w, finding(w, "NAS login"));
	assert_int_equal(w->nevents, 0);
	world_free(w);
}

static void
knows_a_weakness(void **state)
{
	struct world *w = world_new(true, 0);
	struct finding f;

	(void)state;
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	world_forget(w);
	f = finding(w, "\n  VULNERABLE:\n  State: VULNERABLE");
	snprintf(f.categories, sizeof(f.categories), "safe,vuln");
	report(w, f);
	expect_event(w, 0, "finding.vulnerability", "\"severity\":73");
	f = finding(w, "State: NOT VULNERABLE");
	snprintf(f.categories, sizeof(f.categories), "safe,vuln");
	report(w, f);
	expect_event(w, 1, "finding.info", "\"severity\":3");
	world_free(w);
}

static void
repairs_and_cuts_what_scripts_return(void **state)
{
	struct world *w = world_new(true, 0);
	static char big[200000];
	size_t i;

	(void)state;
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	world_forget(w);
	report(w, finding(w, "caf\xe9"));
	expect_event(w, 0, "finding.info",
	    "\"output\":\"caf\xef\xbf\xbd\",\"raw_b64\":\"Y2Fm6Q==\"}");
	for (i = 0; i < sizeof(big) - 1; i++)
		big[i] = (char)(i % 3 == 0 ? 0xff : 1 + i % 31);
	report(w, finding(w, big));
	expect_event(w, 1, "finding.info", "\"truncated\":true");
	assert_true(strlen(w->events[1]) < 65536);
	world_free(w);
}

static void
takes_the_port_table_of_a_script(void **state)
{
	struct world *w = world_new(true, 0);
	struct service svc = { .port = 80,
		.proto = IPPROTO_TCP,
		.state = PORT_OPEN,
		.name = "http",
		.product = "nginx",
		.version = "1.22.1",
		.confidence = 10 };
	struct finding f;

	(void)state;
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	world_forget(w);
	f = finding(w, "");
	f.rule = RULE_VERSION;
	f.svc = &svc;
	report(w, f);
	assert_int_equal(w->nevents, 1);
	expect_event(w, 0, "service.changed",
	    "\"name\":\"nginx\",\"version\":\"1.22.1\"");
	expect_event(w, 0, "service.changed", "\"provider\":\"probe\"");
	world_free(w);
}

static void
makes_an_asset_of_what_a_script_found(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	report(w, finding(w, "hello"));
	assert_int_equal(w->nevents, 2);
	expect_event(w, 0, "host.new", "192.0.2.60");
	world_free(w);
}

static bool
count_row(void *arg, const void *row)
{
	const struct audit_row *a = row;
	int *n = arg;

	assert_int_equal(a->id, ++*n);
	return true;
}

static void
keeps_a_trail_of_contacts(void **state)
{
	struct world *w = world_new(true, 0);
	struct audit a = { .target_id = 7,
		.scope_version = 3,
		.started.ns = w->now_ns,
		.ended.ns = w->now_ns + NS_PER_MS,
		.dst = address("198.51.100.9"),
		.dport = 443,
		.proto = IPPROTO_TCP,
		.verdict = SCOPE_OUTSIDE,
		.repeats = 4,
		.script = "http-title" };
	int rows = 0;

	(void)state;
	assert_int_equal(inventory_audit(w->inv, &a), 0);
	a.verdict = SCOPE_ALLOWED;
	a.bytes_out = 412;
	assert_int_equal(inventory_audit(w->inv, &a), 0);
	expect_event(w, 0, "probe.refused", "\"reason\":\"out-of-scope\"");
	expect_event(w, 0, "probe.refused", "\"repeats\":4");
	expect_event(w, 1, "probe.audit", "\"outcome\":\"success\"");
	assert_int_equal(store_each_audit(w->store, count_row, &rows), 0);
	assert_int_equal(rows, 2);
	world_free(w);
}

static void
tells_of_the_sensor_itself(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	assert_int_equal(
	    inventory_tell(w->inv, EV_SENSOR_ROLE, "engine was restarted",
		"role", "{\"name\":\"engine\"}"),
	    0);
	expect_event(w, 0, "sensor.role", "\"role\":{\"name\":\"engine\"}}}");
	world_free(w);
}

static void
lets_time_take_hosts_and_services_away(void **state)
{
	struct world *w = world_new(true, 0);
	struct inventory_stats stats;

	(void)state;
	say_host(w, "192.0.2.60", STRENGTH_TWO_WAY);
	say_service(w, "192.0.2.60", 80, SVC_OPEN_SYNACK, "http");
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	w->now_ns += 5 * 86400 * NS_PER_S;
	say_host(w, "192.0.2.60", STRENGTH_TWO_WAY);
	w->now_ns += 3 * 86400 * NS_PER_S;
	world_forget(w);
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	assert_int_equal(w->nevents, 1);
	expect_event(w, 0, "service.gone", "\"reason\":\"not heard any more\"");
	w->now_ns += 5 * 86400 * NS_PER_S;
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	assert_int_equal(w->nevents, 2);
	expect_event(w, 1, "host.gone", "\"silent_seconds\":691200");
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.assets, 0);
	say_host(w, "192.0.2.60", STRENGTH_TWO_WAY);
	expect_event(w, 2, "host.new", "192.0.2.60");
	world_free(w);
}

static void
tells_what_the_outbox_lost(void **state)
{
	struct store_options options = { .outbox_max_octets = 64 * 1024 };
	struct world *w = world_new(false, 0);
	uint64_t place = 0;
	char addr[32];
	int i;

	(void)state;
	inventory_free(w->inv);
	assert_int_equal(store_open(&options, &w->store, NULL), 0);
	w->inv = world_inventory(w, 0);
	assert_int_equal(store_cursor_get(w->store, "redis", &place), 0);
	for (i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "10.0.0.%d", i + 1);
		say_host(w, addr, STRENGTH_TWO_WAY);
	}
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	world_forget(w);
	w->now_ns += 31 * NS_PER_S;
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	assert_int_equal(w->nevents, 1);
	expect_event(w, 0, "sensor.loss", "\"by_code\":{\"host.new\":");
	w->now_ns += 31 * NS_PER_S;
	assert_int_equal(inventory_tick(w->inv, (struct wall){ w->now_ns }), 0);
	assert_true(w->nevents <= 2);
	world_free(w);
}

static void
expect_port(const struct target_port *port, uint16_t number, const char *name,
    const char *tunnel, unsigned confidence)
{
	assert_int_equal(port->svc.port, number);
	assert_int_equal(port->svc.state, PORT_OPEN);
	assert_string_equal(port->svc.name, name);
	assert_string_equal(port->svc.tunnel, tunnel);
	assert_int_equal(port->svc.confidence, confidence);
}

static void
fills_a_target_with_what_was_heard(void **state)
{
	struct world *w = world_new(true, 0);
	struct addr addr = address("192.0.2.60");
	struct target t;

	(void)state;
	assert_int_equal(
	    inventory_fill_target(w->inv, 0, &addr, &t), ES_E(NOTFOUND));
	say_host(w, "192.0.2.60", STRENGTH_UNICAST);
	assert_int_equal(
	    inventory_fill_target(w->inv, 0, &addr, &t), ES_E(DENIED));
	say_name(w, "192.0.2.60", "nas.example", SRC_MDNS);
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	say_banner(w, "192.0.2.60", 22, "ssh", "SSH-2.0-OpenSSH_9.2p1");
	say_service(w, "192.0.2.60", 23, SVC_OPEN_SYNACK, "telnet");
	say_service(w, "192.0.2.60", 23, SVC_CLOSED, "");
	say_service(w, "192.0.2.60", 139, SVC_OPEN_SYNACK, "smb");
	say_service(w, "192.0.2.60", 443, SVC_OPEN_SYNACK, "tls");
	say_service(w, "192.0.2.60", 631, SVC_ANNOUNCED, "ipp");
	say_service(w, "192.0.2.60", 4711, SVC_OPEN_SYNACK, "");
	assert_int_equal(inventory_fill_target(w->inv, 0, &addr, &t), 0);
	assert_string_equal(t.name, "nas.example");
	assert_int_equal(t.nports, 5);
	expect_port(&t.ports[0], 22, "ssh", "", 10);
	assert_string_equal(t.ports[0].svc.product, "OpenSSH");
	assert_string_equal(t.ports[0].svc.version, "9.2p1");
	assert_string_equal(
	    t.ports[0].svc.cpe[0], "cpe:/a:openbsd:openssh:9.2p1");
	assert_non_null(
	    strstr(t.ports[0].heard, "\"banner\":\"SSH-2.0-OpenSSH_9.2p1\""));
	assert_non_null(strstr(
	    t.ports[0].heard, "\"banners\":[\"SSH-2.0-OpenSSH_9.2p1\"]"));
	expect_port(&t.ports[1], 139, "netbios-ssn", "", 10);
	expect_port(&t.ports[2], 443, "https", "ssl", 10);
	assert_non_null(strstr(t.ports[2].heard, "\"service\":\"tls\""));
	expect_port(&t.ports[3], 631, "ipp", "", 3);
	expect_port(&t.ports[4], 4711, "", "", 3);
	assert_true(t.confirm);
	assert_non_null(strstr(t.heard, "\"names\":[\"nas.example\"]"));
	target_fini(&t);
	world_free(w);
}

/* A script gives the port table back: its words for what was heard are no change, and hearing it again is none. */
static void
does_not_quarrel_with_scripts_over_words(void **state)
{
	struct world *w = world_new(true, 0);
	struct addr addr = address("192.0.2.60");
	struct finding f = { .addr = addr,
		.port = 443,
		.proto = IPPROTO_TCP,
		.rule = RULE_VERSION,
		.script = "it",
		.started.ns = w->now_ns,
		.ended.ns = w->now_ns };
	struct service inner;
	struct target t;

	(void)state;
	say_service(w, "192.0.2.60", 443, SVC_OPEN_SYNACK, "tls");
	assert_int_equal(inventory_fill_target(w->inv, 0, &addr, &t), 0);
	world_forget(w);
	f.svc = &t.ports[0].svc;
	assert_int_equal(inventory_finding(w->inv, &f, &t), 0);
	say_service(w, "192.0.2.60", 443, SVC_OPEN_SYNACK, "tls");
	assert_int_equal(w->nevents, 0);
	inner = t.ports[0].svc;
	str_copy(inner.name, sizeof(inner.name), "http");
	f.svc = &inner;
	assert_int_equal(inventory_finding(w->inv, &f, &t), 0);
	say_service(w, "192.0.2.60", 443, SVC_OPEN_SYNACK, "tls");
	assert_int_equal(w->nevents, 1);
	expect_event(w, 0, "service.changed", "\"new\":\"http\"");
	say_service(w, "192.0.2.60", 443, SVC_OPEN_SYNACK, "ssh");
	assert_int_equal(w->nevents, 2);
	expect_event(w, 1, "service.changed", "\"new\":\"ssh\"");
	target_fini(&t);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_a_finding_once_and_its_change),
		cmocka_unit_test(remembers_a_finding_over_a_restart),
		cmocka_unit_test(knows_a_weakness),
		cmocka_unit_test(repairs_and_cuts_what_scripts_return),
		cmocka_unit_test(takes_the_port_table_of_a_script),
		cmocka_unit_test(makes_an_asset_of_what_a_script_found),
		cmocka_unit_test(keeps_a_trail_of_contacts),
		cmocka_unit_test(tells_of_the_sensor_itself),
		cmocka_unit_test(lets_time_take_hosts_and_services_away),
		cmocka_unit_test(tells_what_the_outbox_lost),
		cmocka_unit_test(fills_a_target_with_what_was_heard),
		cmocka_unit_test(does_not_quarrel_with_scripts_over_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

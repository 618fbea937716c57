/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events: every transition is told once, as the same octets for the same facts, and memory comes back after a restart.
 */
#include "tests/unit/inventory/facts.h"

static void
tells_a_host_and_its_service(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	assert_int_equal(inventory_begin(w->inv), 0);
	say_host(w, "192.0.2.60", STRENGTH_TWO_WAY);
	say_mac(w, "192.0.2.60", "00:00:5e:00:53:20");
	say_name(w, "192.0.2.60", "nas.example", SRC_MDNS);
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	say_banner(w, "192.0.2.60", 22, "ssh", "SSH-2.0-OpenSSH_9.2p1");
	assert_int_equal(w->nevents, 0);
	assert_int_equal(inventory_commit(w->inv), 0);
	assert_int_equal(w->nevents, 2);
	expect_event(w, 0, "host.new", "\"mac\":[\"00-00-5E-00-53-20\"]");
	expect_event(w, 0, "host.new", "\"name\":\"nas.example\"");
	expect_event(w, 0, "host.new", "\"sequence\":1,\"created\":");
	expect_event(w, 1, "service.new",
	    "\"service\":{\"type\":\"ssh\",\"name\":\"OpenSSH\",\"version\":"
	    "\"9.2p1\",\"state\":\"open\"}");
	expect_event(w, 1, "service.new",
	    "\"server\":{\"address\":\"192.0.2.60\",\"ip\":\"192.0.2.60\","
	    "\"port\":22,");
	assert_int_equal(w->ncandidates, 2);
	assert_string_equal(w->candidates[0], "192.0.2.60 host.new");
	assert_string_equal(w->candidates[1], "192.0.2.60 service.new");
	world_free(w);
}

/* A MAC that may be drawn anew makes no identity; it is shown all the same. */
static void
shows_the_mac_of_an_address(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	assert_int_equal(inventory_begin(w->inv), 0);
	say_mac(w, "192.0.2.61", "02:ea:00:00:00:01");
	say_service(w, "192.0.2.61", 22, SVC_OPEN_SYNACK, "ssh");
	assert_int_equal(inventory_commit(w->inv), 0);
	expect_event(w, 0, "host.new", "\"mac\":[\"02-EA-00-00-00-01\"]");
	expect_event(w, 1, "service.new", "\"mac\":[\"02-EA-00-00-00-01\"]");
	say_mac(w, "192.0.2.61", "02:ea:00:00:00:01");
	assert_int_equal(w->nevents, 2);
	say_mac(w, "192.0.2.61", "02:ea:00:00:00:02");
	say_mac(w, "192.0.2.61", "02:ea:00:00:00:01");
	assert_int_equal(w->nevents, 3);
	expect_event(w, 2, "host.changed",
	    "\"change\":[{\"field\":\"host.mac\",\"old\":"
	    "\"02:ea:00:00:00:01\",\"new\":\"02:ea:00:00:00:02\"}]");
	world_free(w);
}

static void
tells_nothing_twice(void **state)
{
	struct world *w = world_new(true, 0);
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
		say_banner(w, "192.0.2.60", 22, "ssh", "SSH-2.0-OpenSSH_9.2p1");
		say_host(w, "192.0.2.60", STRENGTH_TWO_WAY);
		w->now_ns += NS_PER_S;
	}
	/* host.new, service.new, and the version that was heard after it */
	assert_int_equal(w->nevents, 3);
	expect_event(w, 2, "service.changed",
	    "\"change\":[{\"field\":\"service.version\",\"new\":\"9.2p1\"}]");
	world_free(w);
}

static void
tells_when_a_service_closes_and_opens_again(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	say_service(w, "192.0.2.60", 22, SVC_CLOSED, "");
	say_service(w, "192.0.2.60", 22, SVC_CLOSED, "");
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	assert_int_equal(w->nevents, 4);
	expect_event(w, 2, "service.gone", "\"reason\":\"refused\"");
	expect_event(w, 3, "service.new", "tcp/22");
	world_free(w);
}

/* In one transaction a host is queued, turns out to be another one, and is forgotten. */
static void
commits_what_was_joined_meanwhile(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	assert_int_equal(inventory_begin(w->inv), 0);
	say_mac(w, "10.0.0.1", "00:00:5e:00:53:20");
	say_service(w, "10.0.0.2", 80, SVC_OPEN_SYNACK, "http");
	say_mac(w, "10.0.0.2", "00:00:5e:00:53:20");
	assert_int_equal(inventory_commit(w->inv), 0);
	expect_event(w, 0, "host.new", "\"ip\":[\"10.0.0.1\",\"10.0.0.2\"]");
	expect_event(w, 1, "service.new", "tcp/80 http on 10.0.0.2");
	assert_int_equal(w->nevents, 2);
	world_free(w);
}

static void
waits_for_a_second_sign_of_a_claimed_host(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	say_host(w, "192.0.2.9", STRENGTH_CLAIMED);
	assert_int_equal(w->nevents, 0);
	w->now_ns += 11 * NS_PER_S;
	say_host(w, "192.0.2.9", STRENGTH_CLAIMED);
	assert_int_equal(w->nevents, 1);
	assert_int_equal(w->ncandidates, 0);
	world_free(w);
}

static void
tells_a_bounded_number_of_unverified_hosts(void **state)
{
	struct world *w = world_new(true, 0);
	struct inventory_stats stats;
	struct outbox_stats outbox;
	char addr[32];
	int i;

	(void)state;
	inventory_free(w->inv);
	w->inv = NULL;
	struct inventory_options options = { .store = w->store,
		.replay = true };

	assert_int_equal(inventory_new(&options, NULL, &w->inv, NULL), 0);
	assert_int_equal(inventory_begin(w->inv), 0);
	for (i = 0; i < 5000; i++) {
		snprintf(
		    addr, sizeof(addr), "10.2.%d.%d", i / 250, i % 250 + 1);
		say_host(w, addr, STRENGTH_UNICAST);
	}
	assert_int_equal(inventory_commit(w->inv), 0);
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(store_outbox_stats(w->store, &outbox), 0);
	assert_int_equal(outbox.records, 600);
	assert_int_equal(stats.unverified, 4400);
	world_free(w);
}

/* Two runs over the same observations. */
static void
gives_the_same_octets_for_the_same_facts(void **state)
{
	struct world *a = world_new(true, 0), *b = world_new(true, 0);
	struct world *both[] = { a, b };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		say_service(both[i], "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
		say_mac(both[i], "192.0.2.60", "00:00:5e:00:53:20");
		say_name(both[i], "192.0.2.60", "nas", SRC_DHCP);
	}
	assert_int_equal(a->nevents, b->nevents);
	assert_true(a->nevents >= 4);
	for (i = 0; i < a->nevents; i++)
		assert_string_equal(a->events[i], b->events[i]);
	world_free(a);
	world_free(b);
}

static void
remembers_after_a_restart(void **state)
{
	struct world *w = world_new(true, 0);
	char *before;

	(void)state;
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	say_banner(w, "192.0.2.60", 22, "ssh", "SSH-2.0-OpenSSH_9.2p1");
	say_mac(w, "192.0.2.60", "00:00:5e:00:53:20");
	say_name(w, "192.0.2.60", "nas.example", SRC_MDNS);
	say_mac(w, "192.0.2.61", "02:00:5e:00:53:21");
	before = strdup(facts(w));
	inventory_free(w->inv);
	w->inv = world_inventory(w, 0);
	assert_string_equal(facts(w), before);
	world_forget(w);
	say_service(w, "192.0.2.60", 22, SVC_OPEN_SYNACK, "ssh");
	say_mac(w, "192.0.2.60", "00:00:5e:00:53:20");
	say_name(w, "192.0.2.60", "nas.example", SRC_MDNS);
	say_host(w, "192.0.2.61", STRENGTH_TWO_WAY);
	assert_int_equal(w->nevents, 0);
	assert_int_equal(w->ncandidates, 0);
	free(before);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_a_host_and_its_service),
		cmocka_unit_test(shows_the_mac_of_an_address),
		cmocka_unit_test(tells_nothing_twice),
		cmocka_unit_test(tells_when_a_service_closes_and_opens_again),
		cmocka_unit_test(commits_what_was_joined_meanwhile),
		cmocka_unit_test(waits_for_a_second_sign_of_a_claimed_host),
		cmocka_unit_test(tells_a_bounded_number_of_unverified_hosts),
		cmocka_unit_test(gives_the_same_octets_for_the_same_facts),
		cmocka_unit_test(remembers_after_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

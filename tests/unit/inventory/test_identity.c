/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity: whose MAC is whose, and who is one device. Seen through the facts and the events.
 */
#include "tests/unit/inventory/facts.h"

#define ROUTER "00:00:5e:00:53:01"
#define NAS "00:00:5e:00:53:20"
#define LOCAL "02:00:5e:00:53:33"

static void
believes_what_protocols_state(void **state)
{
	struct world *w = world_new(false, 0);

	(void)state;
	say_host(w, "192.0.2.20", STRENGTH_UNICAST);
	say_mac(w, "192.0.2.20", NAS);
	say_mac(w, "192.0.2.33", LOCAL);
	expect_facts(w,
	    "{\"type\":\"host\",\"ip\":\"192.0.2.20\",\"macs\":[\"" NAS "\"]}\n"
	    "{\"type\":\"host\",\"ip\":\"192.0.2.33\",\"macs\":[\"" LOCAL
	    "\"]}\n");
	world_free(w);
}

static void
takes_a_frame_source_only_when_it_has_one_address(void **state)
{
	struct world *w = world_new(false, 0);

	(void)state;
	say_host(w, "10.0.0.5", STRENGTH_UNICAST);
	say_frame(w, "10.0.0.5", NAS, 64);
	assert_null(strstr(facts(w), NAS));
	say_frame(w, "10.0.0.5", NAS, 64 | FRAME_MAC_LOCAL);
	assert_non_null(strstr(facts(w), NAS));
	say_host(w, "10.0.0.6", STRENGTH_UNICAST);
	say_frame(w, "10.0.0.6", NAS, 64 | FRAME_MAC_LOCAL);
	assert_null(strstr(facts(w), NAS));
	world_free(w);
}

static void
leaves_routed_frames_to_the_gateway(void **state)
{
	struct world *w = world_new(false, 0);

	(void)state;
	say_host(w, "198.51.100.7", STRENGTH_UNICAST);
	say_frame(w, "198.51.100.7", ROUTER, 57);
	say_mac(w, "10.0.0.1", ROUTER);
	expect_facts(w,
	    "{\"type\":\"host\",\"ip\":\"10.0.0.1\",\"macs\":[\"" ROUTER
	    "\"]}\n"
	    "{\"type\":\"host\",\"ip\":\"198.51.100.7\"}\n");
	world_free(w);
}

static void
allows_three_ipv6_addresses_a_frame_source(void **state)
{
	static const char *const addrs[] = { "2001:db8::1", "2001:db8::2",
		"2001:db8::3", "2001:db8::4" };
	struct world *w = world_new(false, 0);
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		say_host(w, addrs[i], STRENGTH_UNICAST);
		say_frame(w, addrs[i], NAS, 255);
		assert_int_equal(strstr(facts(w), NAS) != NULL, i < 3);
	}
	world_free(w);
}

static void
never_shows_a_virtual_mac_by_frames(void **state)
{
	struct world *w = world_new(false, 0);

	(void)state;
	say_host(w, "10.0.0.5", STRENGTH_UNICAST);
	say_frame(w, "10.0.0.5", "00:00:5e:00:01:07", 255 | FRAME_MAC_LOCAL);
	expect_facts(w, "{\"type\":\"host\",\"ip\":\"10.0.0.5\"}\n");
	world_free(w);
}

static uint64_t
assets(const struct world *w)
{
	struct inventory_stats stats;

	inventory_stats_get(w->inv, &stats);
	return stats.assets;
}

static void
joins_addresses_of_one_global_mac(void **state)
{
	struct world *w = world_new(false, 0);

	(void)state;
	say_host(w, "10.0.0.5", STRENGTH_UNICAST);
	say_host(w, "2001:db8::5", STRENGTH_UNICAST);
	assert_int_equal(assets(w), 2);
	say_mac(w, "10.0.0.5", NAS);
	say_mac(w, "2001:db8::5", NAS);
	assert_int_equal(assets(w), 1);
	say_mac(w, "10.0.0.6", LOCAL);
	say_mac(w, "10.0.0.7", LOCAL);
	assert_int_equal(assets(w), 3);
	world_free(w);
}

static void
keeps_segments_apart(void **state)
{
	struct world *w = world_new(false, 0);
	struct observation o;

	(void)state;
	say_host(w, "10.0.0.5", STRENGTH_UNICAST);
	o = about(w, OBS_HOST, "10.0.0.5", NULL, STRENGTH_UNICAST);
	o.segment = 20;
	say(w, o);
	assert_int_equal(assets(w), 2);
	world_free(w);
}

static void
stops_gathering_at_a_proxy(void **state)
{
	struct world *w = world_new(false, 0);
	char addr[32];
	int i;

	(void)state;
	for (i = 1; i <= 40; i++) {
		snprintf(addr, sizeof(addr), "10.0.0.%d", i);
		say_mac(w, addr, ROUTER);
	}
	assert_int_equal(assets(w), 1 + 40 - 8);
	assert_non_null(
	    strstr(facts(w), "\"10.0.0.40\",\"macs\":[\"" ROUTER "\"]"));
	world_free(w);
}

static void
moves_an_address_to_its_new_device(void **state)
{
	struct world *w = world_new(true, 0);

	(void)state;
	say_mac(w, "10.0.0.5", NAS);
	say_mac(w, "10.0.0.5", "00:00:5e:00:53:77");
	assert_int_equal(assets(w), 2);
	expect_event(w, 0, "host.new", "00-00-5E-00-53-20");
	expect_event(w, 1, "host.new", "00-00-5E-00-53-77");
	expect_event(w, 2, "host.changed",
	    "{\"field\":\"host.ip\",\"old\":\"10.0.0.5\"}");
	assert_int_equal(w->nevents, 3);
	world_free(w);
}

static void
gives_a_host_the_id_of_its_mac(void **state)
{
	struct world *w = world_new(true, 0);
	char id[40];
	const char *at;

	(void)state;
	say_host(w, "10.0.0.5", STRENGTH_TWO_WAY);
	expect_event(w, 0, "host.new", "10.0.0.5");
	at = strstr(w->events[0], "\"host\":{\"id\":\"");
	assert_non_null(at);
	memcpy(id, at + 14, 36);
	id[36] = '\0';
	say_mac(w, "10.0.0.5", NAS);
	expect_event(w, 1, "host.changed", "\"field\":\"host.mac\"");
	expect_event(w, 2, "host.changed", id);
	expect_event(w, 2, "host.changed", "earshot.asset.merged_from");
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_what_protocols_state),
		cmocka_unit_test(
		    takes_a_frame_source_only_when_it_has_one_address),
		cmocka_unit_test(leaves_routed_frames_to_the_gateway),
		cmocka_unit_test(allows_three_ipv6_addresses_a_frame_source),
		cmocka_unit_test(never_shows_a_virtual_mac_by_frames),
		cmocka_unit_test(joins_addresses_of_one_global_mac),
		cmocka_unit_test(keeps_segments_apart),
		cmocka_unit_test(stops_gathering_at_a_proxy),
		cmocka_unit_test(moves_an_address_to_its_new_device),
		cmocka_unit_test(gives_a_host_the_id_of_its_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

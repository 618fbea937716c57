/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe: each kind of observation ends in the facts it should, and the bounds hold.
 */
#include "tests/unit/inventory/facts.h"

static void
prints_services_names_and_prints(void **state)
{
	struct world *w = world_new(false, 0);
	struct observation o;

	(void)state;
	say_host(w, "10.0.0.9", STRENGTH_TWO_WAY);
	say_name(w, "10.0.0.9", "NAS.local.", SRC_MDNS);
	say_service(w, "10.0.0.9", 443, SVC_OPEN_SYNACK, "tls");
	say_service(w, "10.0.0.9", 22, SVC_OPEN_SYNACK, "ssh");
	say_banner(w, "10.0.0.9", 22, "ssh", "SSH-2.0-OpenSSH_9.2p1");
	o = about(w, OBS_CERT, "10.0.0.9", NULL, STRENGTH_TWO_WAY);
	o.proto = IPPROTO_TCP;
	o.port = 443;
	o.text = text_str("nas.example");
	o.text2 = text_str("AB12");
	say(w, o);
	o = about(w, OBS_PRINT, "10.0.0.9", NULL, STRENGTH_TWO_WAY);
	o.text2 = text_str("ja3s");
	o.text = text_str("d41d8cd98f00b204e9800998ecf8427e");
	say(w, o);
	say_service(w, "10.0.0.9", 80, SVC_ANNOUNCED, "http");
	say_service(w, "10.0.0.9", 40000, SVC_DATA_CHANNEL, "");
	o = about(w, OBS_SERVERNAME, "10.0.0.8", NULL, STRENGTH_CLAIMED);
	o.text = text_str("shop.example");
	say(w, o);
	o = about(w, OBS_SERVERNAME, "10.0.0.7", NULL, STRENGTH_CLAIMED);
	o.text = text_str("www.example");
	say(w, o);
	say_host(w, "10.0.0.7", STRENGTH_UNICAST);
	expect_facts(w,
	    "{\"type\":\"host\",\"ip\":\"10.0.0.7\",\"hostnames\":[\"www."
	    "example\"]}\n"
	    "{\"type\":\"host\",\"ip\":\"10.0.0.9\",\"hostnames\":[\"nas."
	    "local\"]}\n"
	    "{\"type\":\"service\",\"ip\":\"10.0.0.9\",\"port\":22,\"proto\":"
	    "\"tcp\",\"name\":\"ssh\","
	    "\"product\":\"OpenSSH\",\"version\":\"9.2p1\",\"banner\":\"SSH-2."
	    "0-OpenSSH_9.2p1\"}\n"
	    "{\"type\":\"service\",\"ip\":\"10.0.0.9\",\"port\":443,\"proto\":"
	    "\"tcp\",\"name\":\"tls\","
	    "\"cert_cn\":\"nas.example\"}\n"
	    "{\"type\":\"service\",\"ip\":\"10.0.0.9\",\"port\":40000,"
	    "\"proto\":\"tcp\"}\n"
	    "{\"type\":\"fingerprint\",\"ip\":\"10.0.0.9\",\"kind\":\"ja3s\","
	    "\"value\":\"d41d8cd98f00b204e9800998ecf8427e\"}\n");
	world_free(w);
}

static void
prints_a_device_without_an_address(void **state)
{
	struct world *w = world_new(false, 0);
	struct observation o =
	    about(w, OBS_DEVICE, NULL, "00:00:5e:00:53:44", STRENGTH_CLAIMED);

	(void)state;
	o.text = text_str("Switch-1");
	o.text2 = text_str("Example OS 12");
	say(w, o);
	o = about(w, OBS_PRINT, "10.9.9.9", "00:00:5e:00:53:44", 1);
	o.text2 = text_str("dhcp55");
	o.text = text_str("1,3,6");
	say(w, o);
	expect_facts(w, "{\"type\":\"host\",\"mac\":\"00:00:5e:00:53:44\","
			"\"hostnames\":[\"switch-1\"]}\n"
			"{\"type\":\"fingerprint\",\"mac\":\"00:00:5e:00:53:"
			"44\",\"kind\":\"dhcp55\",\"value\":\"1,3,6\"}\n");
	world_free(w);
}

static void
does_not_make_hosts_of_what_is_only_spoken_of(void **state)
{
	struct world *w = world_new(false, 0);
	struct observation o =
	    about(w, OBS_NAME, "10.0.0.1", NULL, STRENGTH_CLAIMED);

	(void)state;
	o.text = text_str("www.example");
	say(w, o);
	say_service(w, "10.0.0.2", 80, SVC_CLOSED, "");
	say_host(w, "224.0.0.251", STRENGTH_UNICAST);
	say_host(w, "0.0.0.0", STRENGTH_UNICAST);
	say_host(w, "255.255.255.255", STRENGTH_UNICAST);
	expect_facts(w, "");
	world_free(w);
}

static void
makes_hostile_text_into_json(void **state)
{
	struct world *w = world_new(false, 0);
	struct observation o;

	(void)state;
	say_service(w, "10.0.0.9", 21, SVC_OPEN_SYNACK, "ftp");
	o = about(w, OBS_BANNER, "10.0.0.9", NULL, STRENGTH_TWO_WAY);
	o.proto = IPPROTO_TCP;
	o.port = 21;
	o.text = text_of("a\xff\"\\\x1b\n\0z", 8);
	o.text2 = text_str("ftp");
	say(w, o);
	assert_non_null(strstr(
	    facts(w), "\"banner\":\"a\xef\xbf\xbd\\\"\\\\\\u001b\\u000a\"}\n"));
	world_free(w);
}

static void
gives_the_same_octets_for_another_order_of_hosts(void **state)
{
	struct world *a = world_new(false, 0), *b = world_new(false, 0);
	char addr[32];
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "10.0.%d.%d", i / 7, i % 7 + 1);
		say_host(a, addr, STRENGTH_UNICAST);
		snprintf(addr, sizeof(addr), "10.0.%d.%d", (199 - i) / 7,
		    (199 - i) % 7 + 1);
		say_host(b, addr, STRENGTH_UNICAST);
	}
	assert_string_equal(facts(a), facts(b));
	world_free(a);
	world_free(b);
}

static void
evicts_claimed_hosts_and_never_confirmed_ones(void **state)
{
	struct world *w = world_new(false, 100);
	struct inventory_stats stats;
	char addr[32];
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		snprintf(addr, sizeof(addr), "10.1.0.%d", i + 1);
		say_host(w, addr, STRENGTH_TWO_WAY);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(
		    addr, sizeof(addr), "10.2.%d.%d", i / 250, i % 250 + 1);
		say_host(w, addr, STRENGTH_CLAIMED);
	}
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.assets, 100);
	assert_int_equal(stats.assets_confirmed, 60);
	assert_int_equal(stats.evicted_claimed, 4960);
	assert_int_equal(stats.evicted_confirmed, 0);
	for (i = 0; i < 60; i++) {
		char line[64];

		snprintf(line, sizeof(line), "\"10.1.0.%d\"", i + 1);
		assert_non_null(strstr(facts(w), line));
	}
	for (i = 0; i < 100; i++) {
		snprintf(addr, sizeof(addr), "10.3.0.%d", i + 1);
		say_host(w, addr, STRENGTH_TWO_WAY);
	}
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.assets_confirmed, 100);
	assert_int_equal(stats.evicted_confirmed, 60);
	say_host(w, "10.4.0.1", STRENGTH_CLAIMED);
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.refused_hosts, 1);
	world_free(w);
}

static void
bounds_the_facts_of_one_host(void **state)
{
	struct world *w = world_new(false, 0);
	struct inventory_stats stats;
	char name[32];
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "name-%d", i);
		say_name(w, "10.0.0.1", name, SRC_MDNS);
		say_service(
		    w, "10.0.0.1", (uint16_t)(i + 1), SVC_OPEN_SYNACK, "");
		say_banner(w, "10.0.0.1", 1, "ftp", name);
	}
	inventory_stats_get(w->inv, &stats);
	assert_int_equal(stats.services, 1024);
	assert_int_equal(
	    stats.refused_facts, 3000 - 1024 + 3000 - 16 + 3000 - 4);
	world_free(w);
}

static void
fills_the_table_anew_after_heavy_churn(void **state)
{
	struct world *w = world_new(true, 8);
	struct inventory_stats stats;
	char addr[32], mac[24];
	int i;

	(void)state;
	assert_int_equal(inventory_begin(w->inv), 0);
	for (i = 0; i < 2000; i++) {
		int n = i * 7919 % 61;

		world_forget(w);
		snprintf(addr, sizeof(addr), "10.0.0.%d", n + 1);
		snprintf(mac, sizeof(mac), "00:00:5e:00:53:%02x", i * 31 % 13);
		if (i % 3 == 0)
			say_mac(w, addr, mac);
		else if (i % 3 == 1)
			say_host(w, addr, STRENGTH_UNICAST);
		else
			say_service(w, addr, 80, SVC_OPEN_SYNACK, "http");
		inventory_stats_get(w->inv, &stats);
		assert_true(stats.assets <= 8);
	}
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_services_names_and_prints),
		cmocka_unit_test(prints_a_device_without_an_address),
		cmocka_unit_test(does_not_make_hosts_of_what_is_only_spoken_of),
		cmocka_unit_test(makes_hostile_text_into_json),
		cmocka_unit_test(
		    gives_the_same_octets_for_another_order_of_hosts),
		cmocka_unit_test(evicts_claimed_hosts_and_never_confirmed_ones),
		cmocka_unit_test(bounds_the_facts_of_one_host),
		cmocka_unit_test(fills_the_table_anew_after_heavy_churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

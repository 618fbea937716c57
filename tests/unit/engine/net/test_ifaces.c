/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ifaces, against the loopback interface that every machine has and, as root, a veth pair in a namespace of its own.
 */
#include "engine/net/ifaces.h"

#include <sched.h>
#include <unistd.h>

#include "sensor/base/err.h"
#include "tests/unit/test.h"

static struct addr
addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void
shell(const char *command)
{
	FILE *f = popen(command, "r");

	assert_non_null(f);
	assert_int_equal(pclose(f), 0);
}

/* Every test that needs interfaces runs in a namespace that dies with the process. */
static int
enter_namespace(void **state)
{
	static bool entered;

	(void)state;
	if (!entered && unshare(CLONE_NEWNET) != 0) {
		print_message("needs root: no namespace\n");
		exit(TEST_SKIPPED);
	}
	if (!entered)
		shell(
		    "ip link set lo up && ip link add va type veth peer name vb"
		    " && ip link set va address 02:00:5e:00:00:01 mtu 1400"
		    " && ip addr add 10.9.8.7/22 brd + dev va"
		    " && ip addr add 10.20.0.1/32 label va:alias dev va"
		    " && ip -6 addr add fd00::7/64 dev va nodad"
		    " && ip link set va up && ip link set vb up"
		    " && ip route add default via 10.9.8.1");
	entered = true;
	return 0;
}

static void
shows_an_ethernet_interface(void **state)
{
	struct iface f;
	struct addr want = addr_of("10.9.8.7");
	struct addr broadcast = addr_of("10.9.11.255");
	char mac[MAC_TEXT];

	(void)state;
	assert_int_equal(ifaces_find("va", 4, &f), 0);
	assert_string_equal(f.name, "va");
	assert_int_equal(f.link, IFACE_ETHERNET);
	assert_true(f.up);
	assert_int_equal(f.mtu, 1400);
	assert_int_equal(f.prefix, 22);
	assert_true(addr_eq(&f.addr, &want));
	assert_true(f.has_broadcast);
	assert_true(addr_eq(&f.broadcast, &broadcast));
	assert_true(f.has_mac);
	assert_string_equal(mac_fmt(&f.mac, mac), "02:00:5e:00:00:01");
}

static void
chooses_the_family(void **state)
{
	struct iface f;
	char text[ADDR_TEXT];

	(void)state;
	assert_int_equal(ifaces_find("va", 6, &f), 0);
	assert_string_equal(addr_fmt(&f.addr, text), "fd00::7");
	assert_int_equal(f.prefix, 64);
	assert_false(f.has_broadcast);
	assert_int_equal(ifaces_find("vb", 4, &f), ES_E(NOTFOUND));
}

static void
keeps_alias_and_device_apart(void **state)
{
	struct iface f;

	(void)state;
	assert_int_equal(ifaces_find("va:alias", 4, &f), 0);
	assert_string_equal(f.device, "va");
	assert_int_equal(f.prefix, 32);
}

static void
loopback_has_no_mac(void **state)
{
	struct iface f;

	(void)state;
	assert_int_equal(ifaces_find("lo", 4, &f), 0);
	assert_int_equal(f.link, IFACE_LOOPBACK);
	assert_int_equal(f.prefix, 8);
	assert_false(f.has_mac);
	assert_false(f.has_broadcast);
}

static void
counts_more_than_fit(void **state)
{
	struct iface two[2];
	int all = ifaces_get(NULL, 0);

	(void)state;
	assert_true(all > 2);
	assert_int_equal(ifaces_get(two, 2), all);
	assert_true(two[1].name[0] != '\0');
}

static void
finds_routes(void **state)
{
	struct route r;
	struct addr near = addr_of("10.9.9.9");
	struct addr far = addr_of("192.0.2.1");
	struct addr near6 = addr_of("fd00::99");
	struct addr none = addr_of("2001:db8::1");
	char text[ADDR_TEXT];

	(void)state;
	assert_int_equal(route_find(&near, &r), 0);
	assert_string_equal(r.device, "va");
	assert_true(r.direct);
	assert_true(addr_eq(&r.next_hop, &near));
	assert_string_equal(addr_fmt(&r.src, text), "10.9.8.7");
	assert_int_equal(route_find(&far, &r), 0);
	assert_false(r.direct);
	assert_string_equal(addr_fmt(&r.next_hop, text), "10.9.8.1");
	assert_int_equal(route_find(&near6, &r), 0);
	assert_true(r.direct);
	assert_int_equal(route_find(&none, &r), ES_E(NOTFOUND));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
		    shows_an_ethernet_interface, enter_namespace),
		cmocka_unit_test_setup(chooses_the_family, enter_namespace),
		cmocka_unit_test_setup(
		    keeps_alias_and_device_apart, enter_namespace),
		cmocka_unit_test_setup(loopback_has_no_mac, enter_namespace),
		cmocka_unit_test_setup(counts_more_than_fit, enter_namespace),
		cmocka_unit_test_setup(finds_routes, enter_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

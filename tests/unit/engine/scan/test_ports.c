/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing ports: prefixes, names, ranges, duplicates, the most common ones, and what is refused.
 */
#include "tests/unit/test.h"

#include "engine/netdb.h"
#include "engine/scan/ports.h"

struct lists {
	struct netdb *db;
	struct port_list tcp, udp;
	struct errbuf eb;
};

static int
up(void **state)
{
	struct lists *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	assert_int_equal(netdb_new(NULL, 0, &l->db), 0); /* /etc/services */
	*state = l;
	return 0;
}

static int
down(void **state)
{
	struct lists *l = *state;

	port_list_fini(&l->tcp);
	port_list_fini(&l->udp);
	netdb_free(l->db);
	free(l);
	return 0;
}

static int
choose(struct lists *l, bool tcp, bool udp, const char *spec)
{
	struct port_choice choice = { .tcp = tcp, .udp = udp, .spec = spec };

	port_list_fini(&l->tcp);
	port_list_fini(&l->udp);
	return ports_choose(&choice, l->db, &l->tcp, &l->udp, &l->eb);
}

static void
prefixes_hold_until_the_next(void **state)
{
	struct lists *l = *state;

	assert_int_equal(choose(l, true, true, "T:22,53,953,U:53,123"), 0);
	assert_int_equal(l->tcp.count, 3);
	assert_int_equal(l->tcp.ports[2], 953);
	assert_int_equal(l->udp.count, 2);
	assert_int_equal(l->udp.ports[1], 123);
}

static void
a_list_without_prefix_counts_for_what_is_scanned(void **state)
{
	struct lists *l = *state;

	assert_int_equal(choose(l, true, false, "80,22,20-23,80"), 0);
	assert_int_equal(l->tcp.count, 5); /* 20 21 22 23 80 */
	assert_int_equal(l->tcp.ports[0], 20);
	assert_int_equal(l->udp.count, 0);
	assert_int_equal(choose(l, false, true, "53"), 0);
	assert_int_equal(l->tcp.count, 0);
	assert_int_equal(l->udp.count, 1);
	assert_int_equal(choose(l, true, false, "T:22,U:53"), 0);
	assert_int_equal(l->udp.count, 0); /* UDP is not scanned */
}

static void
names_stand_for_their_ports(void **state)
{
	struct lists *l = *state;

	assert_int_equal(choose(l, true, true, "ssh,U:domain,T:8000"), 0);
	assert_int_equal(l->tcp.count, 2);
	assert_int_equal(l->tcp.ports[0], 22);
	assert_int_equal(l->udp.count, 2); /* ssh counts for both */
	assert_int_equal(l->udp.ports[1], 53);
}

static void
all_ports_are_from_one(void **state)
{
	struct lists *l = *state;

	assert_int_equal(choose(l, true, false, "-"), 0);
	assert_int_equal(l->tcp.count, 65535);
	assert_int_equal(choose(l, true, false, "-100"), 0);
	assert_int_equal(l->tcp.count, 100);
	assert_int_equal(choose(l, true, false, "65530-"), 0);
	assert_int_equal(l->tcp.count, 6);
}

static void
nonsense_is_refused_by_name(void **state)
{
	static const char *const bad[] = { "x", "22,nosuchservice", "70000",
		"5-2", "T:", "22,,80" };
	struct lists *l = *state;

	for (size_t i = 0; i < ES_ARRAY_LEN(bad); i++) {
		l->eb.text[0] = '\0';
		assert_int_equal(choose(l, true, false, bad[i]), ES_E(FORMAT));
		assert_string_not_equal(l->eb.text, "");
	}
}

static void
top_ports_come_sorted(void **state)
{
	struct port_choice choice = { .tcp = true, .top = 10 };
	struct lists *l = *state;

	assert_int_equal(
	    ports_choose(&choice, l->db, &l->tcp, &l->udp, &l->eb), 0);
	assert_int_equal(l->tcp.count, 10);
	for (size_t i = 1; i < l->tcp.count; i++)
		assert_true(l->tcp.ports[i - 1] < l->tcp.ports[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_hold_until_the_next),
		cmocka_unit_test(
		    a_list_without_prefix_counts_for_what_is_scanned),
		cmocka_unit_test(names_stand_for_their_ports),
		cmocka_unit_test(all_ports_are_from_one),
		cmocka_unit_test(nonsense_is_refused_by_name),
		cmocka_unit_test(top_ports_come_sorted),
	};

	return cmocka_run_group_tests_name("ports", tests, up, down);
}

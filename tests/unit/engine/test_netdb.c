/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netdb: reads the field's files, survives broken lines, finds the longest
 * prefix, falls back to the system.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <unistd.h>

#include "engine/netdb.h"

struct folder {
	char path[64];
	const char *dirs[1];
	struct netdb *db;
};

static void
put(const struct folder *f, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->path, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int
folder_up(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	snprintf(f->path, sizeof(f->path), "/tmp/netdb.XXXXXX");
	assert_non_null(mkdtemp(f->path));
	f->dirs[0] = f->path;
	assert_int_equal(netdb_new(f->dirs, 1, &f->db), 0);
	*state = f;
	return 0;
}

static int
folder_down(void **state)
{
	static const char *const names[] = { "nmap-services", "nmap-protocols",
		"nmap-mac-prefixes" };
	struct folder *f = *state;
	char path[128];

	netdb_free(f->db);
	for (size_t i = 0; i < ES_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->path, names[i]);
		unlink(path);
	}
	rmdir(f->path);
	free(f);
	return 0;
}

static void
names_services_by_protocol_and_port(void **state)
{
	struct folder *f = *state;

	put(f, "nmap-services",
	    "# head\n"
	    "ssh\t22/tcp\t0.182286\t# comment\n"
	    "second\t22/tcp\t0.9\n"
	    "domain\t53/udp\t0.213496\n"
	    "diameter\t3868/sctp\t0.0\r\n"
	    "broken\nbad port/tcp 1\nhuge 70000/tcp 1\nodd 5/icmp 1\n"
	    "last 9/tcp");
	assert_string_equal(netdb_service(f->db, IPPROTO_TCP, 22), "ssh");
	assert_null(netdb_service(f->db, IPPROTO_UDP, 22));
	assert_string_equal(netdb_service(f->db, IPPROTO_UDP, 53), "domain");
	assert_string_equal(
	    netdb_service(f->db, IPPROTO_SCTP, 3868), "diameter");
	assert_string_equal(netdb_service(f->db, IPPROTO_TCP, 9), "last");
	assert_null(
	    netdb_service(f->db, IPPROTO_TCP, 4464)); /* 70000 mod 2^16 */
	assert_null(netdb_service(f->db, IPPROTO_ICMP, 5));
	assert_int_equal(netdb_service_port(f->db, IPPROTO_TCP, "ssh"), 22);
	assert_int_equal(netdb_service_port(f->db, IPPROTO_UDP, "ssh"), -1);
}

static void
ranks_ports_by_frequency(void **state)
{
	struct folder *f = *state;
	uint16_t top[8];

	put(f, "nmap-services",
	    "a 10/tcp 0.1\nb 5/tcp 0.3\nc 7/tcp 0.1\nd 1/udp 0.9\n");
	assert_int_equal(netdb_top_ports(f->db, IPPROTO_TCP, top, 8), 3);
	assert_int_equal(top[0], 5);
	assert_int_equal(top[1], 7);
	assert_int_equal(top[2], 10);
	assert_int_equal(netdb_top_ports(f->db, IPPROTO_TCP, top, 1), 1);
	assert_int_equal(top[0], 5);
}

static void
finds_the_longest_prefix(void **state)
{
	struct folder *f = *state;
	struct mac mac;

	put(f, "nmap-mac-prefixes",
	    "# x\n0055DA Registry\n0055DA0 Shinko Seiki\n0055DA0C1 Deep One\n"
	    "00112 short\nzz1122 no hex\n");
	assert_int_equal(mac_parse("00:55:da:0c:12:34", &mac), 0);
	assert_string_equal(netdb_vendor(f->db, &mac), "Deep One");
	assert_int_equal(mac_parse("00:55:da:00:12:34", &mac), 0);
	assert_string_equal(netdb_vendor(f->db, &mac), "Shinko Seiki");
	assert_int_equal(mac_parse("00:55:da:f0:12:34", &mac), 0);
	assert_string_equal(netdb_vendor(f->db, &mac), "Registry");
	assert_int_equal(mac_parse("00:11:2f:f0:12:34", &mac), 0);
	assert_null(netdb_vendor(f->db, &mac));
}

static void
names_protocols(void **state)
{
	struct folder *f = *state;

	put(f, "nmap-protocols", "tcp 6 # x\nudp 17\nbad x\nbig 256\n");
	assert_string_equal(netdb_protocol_name(f->db, 6), "tcp");
	assert_null(netdb_protocol_name(f->db, 7));
	assert_null(netdb_protocol_name(f->db, 256));
	assert_int_equal(netdb_protocol_number(f->db, "udp"), 17);
	assert_int_equal(netdb_protocol_number(f->db, "bad"), -1);
}

static void
falls_back_to_the_system_files(void **state)
{
	struct folder *f = *state;
	struct mac mac = { { 0 } };

	assert_string_equal(netdb_service(f->db, IPPROTO_TCP, 22), "ssh");
	assert_int_equal(netdb_protocol_number(f->db, "tcp"), 6);
	assert_null(netdb_vendor(f->db, &mac));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    names_services_by_protocol_and_port, folder_up,
		    folder_down),
		cmocka_unit_test_setup_teardown(
		    ranks_ports_by_frequency, folder_up, folder_down),
		cmocka_unit_test_setup_teardown(
		    finds_the_longest_prefix, folder_up, folder_down),
		cmocka_unit_test_setup_teardown(
		    names_protocols, folder_up, folder_down),
		cmocka_unit_test_setup_teardown(
		    falls_back_to_the_system_files, folder_up, folder_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

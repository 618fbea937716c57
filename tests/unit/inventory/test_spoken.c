/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was heard in the words of the services table: every row can be reached, and what has none keeps its word.
 */
#include "sensor/inventory/spoken.h"

#include <stdio.h>

#include "tests/unit/test.h"

struct row {
	const char *heard;
	uint16_t port;
	const char *name;
	const char *tunnel;
};

static const struct row rows[] = {
#define SPOKEN(heard, port, name, tunnel) { heard, port, name, tunnel },
#include "sensor/inventory/spoken.def"
#undef SPOKEN
};

static void
expect(const char *heard, uint16_t port, const char *name, const char *tunnel)
{
	struct spoken as = spoken_as(heard, port);

	assert_string_equal(as.name, name);
	assert_string_equal(as.tunnel, tunnel);
}

static void
says_it_as_scripts_do(void **state)
{
	(void)state;
	expect("dns", 53, "domain", "");
	expect("dns", 5300, "domain", "");
	expect("smb", 445, "microsoft-ds", "");
	expect("smb", 139, "netbios-ssn", "");
	expect("dhcp", 67, "dhcps", "");
	expect("tls", 443, "https", "ssl");
	expect("tls", 4433, "ssl", "ssl");
	expect("rpcbind", 111, "rpcbind", "");
	expect("postgresql", 15432, "postgresql", "");
	expect("", 443, "", "");
}

/* A row behind one that fits everything would never be found. */
static void
reaches_every_row(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(rows[i].heard, rows[i].port == 0 ? 1 : rows[i].port,
		    rows[i].name, rows[i].tunnel);
}

static void
knows_agreement_from_change(void **state)
{
	(void)state;
	assert_true(spoken_agrees("dns", 53, "domain", ""));
	assert_true(spoken_agrees("tls", 443, "http", "ssl"));
	assert_false(spoken_agrees("tls", 443, "http", ""));
	assert_false(spoken_agrees("ssh", 443, "http", "ssl"));
	assert_false(spoken_agrees("http", 443, "http-proxy", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_it_as_scripts_do),
		cmocka_unit_test(reaches_every_row),
		cmocka_unit_test(knows_agreement_from_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

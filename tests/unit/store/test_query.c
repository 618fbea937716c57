/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: what the command line lists is what was stored, as JSON and as cells.
 */
#include "sensor/store/query.h"
#include "sensor/store/records.h"
#include "sensor/store/store.h"
#include "tests/unit/test.h"

static const struct asset_row assets[] = {
	{ .id = "id-1",
	    .mac = "00:00:5e:00:53:01",
	    .state = "known",
	    .name = "nas.example",
	    .roles = "router,dns",
	    .first_seen = 1000000000,
	    .last_seen = 5000000000 },
	{ .id = "id-2",
	    .state = "gone",
	    .first_seen = 2000000000,
	    .last_seen = 3000000000 },
};
static const struct address_row addresses[] = {
	{ .asset = "id-1", .addr = "192.0.2.9", .current = 1 },
	{ .asset = "id-1", .addr = "192.0.2.10", .current = 1 },
	{ .asset = "id-1", .addr = "192.0.2.11", .current = 0 },
	{ .asset = "id-2", .addr = "192.0.2.20", .current = 0 },
};
static const struct service_row services[] = {
	{ .addr = "192.0.2.9",
	    .proto = 6,
	    .port = 22,
	    .asset = "id-1",
	    .state = "open",
	    .name = "ssh",
	    .product = "OpenSSH",
	    .version = "9.2p1",
	    .first_seen = 1000000000,
	    .last_seen = 5000000000 },
	{ .addr = "192.0.2.9",
	    .proto = 17,
	    .port = 53,
	    .asset = "id-1",
	    .state = "closed",
	    .name = "dns",
	    .first_seen = 2000000000,
	    .last_seen = 4000000000 },
};
static const struct finding_row findings[] = {
	{ .asset = "id-1",
	    .addr = "192.0.2.9",
	    .proto = 6,
	    .port = 80,
	    .script = "http-title",
	    .status = "ok",
	    .output = "NAS \"x\"",
	    .data = "{\"title\":\"NAS\"}",
	    .categories = "default,safe",
	    .ended = 6000000000 },
};

static struct store *
filled(void)
{
	struct store_options options = { .dir = NULL };
	struct store *s;
	size_t i;

	assert_int_equal(store_open(&options, &s, NULL), 0);
	for (i = 0; i < ES_ARRAY_LEN(assets); i++)
		assert_int_equal(store_put_asset(s, &assets[i]), 0);
	for (i = 0; i < ES_ARRAY_LEN(addresses); i++)
		assert_int_equal(store_put_address(s, &addresses[i]), 0);
	for (i = 0; i < ES_ARRAY_LEN(services); i++)
		assert_int_equal(store_put_service(s, &services[i]), 0);
	assert_int_equal(store_put_finding(s, &findings[0]), 0);
	return s;
}

static bool
add_row(void *arg, const struct store_cell *cells, size_t count)
{
	struct buf *b = arg;

	store_cells_json(cells, count, b);
	buf_u8(b, '\n');
	return true;
}

static void
expect(struct store *s, enum store_list which, const struct store_filter *f,
    const char *expected)
{
	struct buf b;

	buf_init(&b, 65536);
	assert_int_equal(store_list(s, which, f, add_row, &b), 0);
	assert_string_equal(buf_cstr(&b), expected);
	buf_fini(&b);
}

#define NAS                                                                    \
	"{\"name\":\"nas.example\",\"ip\":[\"192.0.2.10\",\"192.0.2.9\"],"     \
	"\"mac\":\"00:00:5e:00:53:01\","                                       \
	"\"state\":\"known\",\"roles\":[\"router\",\"dns\"],\"services\":1,"   \
	"\"first_seen\":\"1970-01-01T00:00:01.000000Z\",\"last_seen\":\"1970-" \
	"01-01T00:00:05.000000Z\",\"id\":\"id-1\"}\n"
#define OTHER                                                                  \
	"{\"state\":\"gone\",\"services\":0,\"first_seen\":\"1970-01-01T00:"   \
	"00:02.000000Z\","                                                     \
	"\"last_seen\":\"1970-01-01T00:00:03.000000Z\",\"id\":\"id-2\"}\n"

static void
lists_hosts(void **state)
{
	struct store *s = filled();

	(void)state;
	expect(s, LIST_HOSTS, NULL, NAS OTHER);
	expect(s, LIST_HOSTS, &(struct store_filter){ .limit = 1 }, NAS);
	expect(s, LIST_HOSTS, &(struct store_filter){ .since_ns = 4000000000 },
	    NAS);
	store_close(s);
}

static void
finds_a_host_by_any_of_its_names(void **state)
{
	static const char *const names[] = { "192.0.2.9", "192.0.2.11", "nas",
		"nas.example", "00:00:5e:00:53:01", "id-1" };
	struct store *s = filled();
	size_t i;

	(void)state;
	for (i = 0; i < ES_ARRAY_LEN(names); i++)
		expect(s, LIST_HOSTS,
		    &(struct store_filter){ .match = names[i] }, NAS);
	expect(s, LIST_HOSTS, &(struct store_filter){ .match = "na" }, "");
	expect(s, LIST_HOSTS, &(struct store_filter){ .match = "' OR 1=1 --" },
	    "");
	store_close(s);
}

static void
lists_services(void **state)
{
	struct store *s = filled();

	(void)state;
	expect(s, LIST_SERVICES, &(struct store_filter){ .match = "ssh" },
	    "{\"ip\":\"192.0.2.9\",\"port\":22,\"proto\":\"tcp\",\"state\":"
	    "\"open\",\"name\":\"ssh\","
	    "\"product\":\"OpenSSH\",\"version\":\"9.2p1\",\"host\":\"nas."
	    "example\","
	    "\"first_seen\":\"1970-01-01T00:00:01.000000Z\",\"last_seen\":"
	    "\"1970-01-01T00:00:05.000000Z\","
	    "\"asset\":\"id-1\"}\n");
	expect(s, LIST_SERVICES,
	    &(struct store_filter){ .match = "nas", .limit = 9 },
	    "{\"ip\":\"192.0.2.9\",\"port\":22,\"proto\":\"tcp\",\"state\":"
	    "\"open\",\"name\":\"ssh\","
	    "\"product\":\"OpenSSH\",\"version\":\"9.2p1\",\"host\":\"nas."
	    "example\","
	    "\"first_seen\":\"1970-01-01T00:00:01.000000Z\",\"last_seen\":"
	    "\"1970-01-01T00:00:05.000000Z\","
	    "\"asset\":\"id-1\"}\n"
	    "{\"ip\":\"192.0.2.9\",\"port\":53,\"proto\":\"udp\",\"state\":"
	    "\"closed\",\"name\":\"dns\","
	    "\"host\":\"nas.example\",\"first_seen\":\"1970-01-01T00:00:02."
	    "000000Z\","
	    "\"last_seen\":\"1970-01-01T00:00:04.000000Z\",\"asset\":\"id-1\"}"
	    "\n");
	store_close(s);
}

static void
lists_findings_and_audits(void **state)
{
	struct store *s = filled();
	struct audit_row audit = { .started = 7000000000,
		.dst = "198.51.100.1",
		.dport = 80,
		.proto = 6,
		.verdict = "out-of-scope",
		.script = "http-title",
		.repeats = 2 };

	(void)state;
	expect(s, LIST_FINDINGS, NULL,
	    "{\"time\":\"1970-01-01T00:00:06.000000Z\",\"ip\":\"192.0.2.9\","
	    "\"port\":80,\"proto\":\"tcp\","
	    "\"script\":\"http-title\",\"status\":\"ok\",\"output\":\"NAS "
	    "\\\"x\\\"\",\"data\":{\"title\":\"NAS\"},"
	    "\"categories\":[\"default\",\"safe\"],\"asset\":\"id-1\"}\n");
	assert_int_equal(store_audit_append(s, &audit), 0);
	assert_int_equal(store_audit_append(s, &audit), 0);
	assert_int_equal(audit.id, 2);
	expect(s, LIST_AUDIT, &(struct store_filter){ .limit = 1 },
	    "{\"time\":\"1970-01-01T00:00:07.000000Z\",\"ip\":\"198.51.100.1\","
	    "\"port\":80,\"proto\":\"tcp\","
	    "\"verdict\":\"out-of-scope\",\"script\":\"http-title\",\"bytes_"
	    "out\":0,\"bytes_in\":0,\"outcome\":0,"
	    "\"repeats\":2,\"target\":0,\"scope_version\":0}\n");
	assert_int_equal(store_audit_trim(s, 1, 0), 0);
	expect(s, LIST_AUDIT, &(struct store_filter){ .since_ns = 8000000000 },
	    "");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_hosts),
		cmocka_unit_test(finds_a_host_by_any_of_its_names),
		cmocka_unit_test(lists_services),
		cmocka_unit_test(lists_findings_and_audits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

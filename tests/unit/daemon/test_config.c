/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: what is read, what is refused and in which words, and that the shipped file is the table.
 */
#include "tests/unit/test.h"

#include "sensor/base/buf.h"
#include "sensor/base/log.h"
#include "sensor/daemon/config.h"

static int
parse(const char *text, struct config *c, struct errbuf *eb)
{
	return config_parse("t.yaml", text, strlen(text), c, eb);
}

static void
an_empty_file_is_the_defaults(void **unused)
{
	static const char *const empty[] = { "", "\n", "# only this\n", "---\n",
		"capture:\nprobing: ~\n", "publish:\n" };
	struct config c;
	struct errbuf eb;
	size_t i;

	(void)unused;
	for (i = 0; i < ES_ARRAY_LEN(empty); i++) {
		assert_int_equal(parse(empty[i], &c, &eb), 0);
		assert_true(c.probing);
		assert_int_equal(c.settle, 10000);
		assert_int_equal(c.ring, 16 << 20);
		assert_int_equal(c.interfaces.count, 0);
		assert_int_equal(c.scope.count, 0);
		assert_int_equal(c.npublish, 0);
		assert_non_null(strstr(c.exclude_ports, "T:9100-9107"));
		assert_int_equal(config_log_level(&c), LOG_LEVEL_NOTICE);
		config_fini(&c);
	}
}

static void
every_kind_of_value_is_read(void **unused)
{
	struct config c;
	struct errbuf eb;

	(void)unused;
	assert_int_equal(
	    parse("sensor: {name: s1}\n"
		  "state_dir: /tmp/x\n"
		  "log: {level: debug}\n"
		  "capture:\n"
		  "  interfaces: [eth0, 'eth 1']\n"
		  "  ring: 1MiB\n"
		  "  max_hosts: 77\n"
		  "probing:\n"
		  "  enabled: no\n"
		  "  scope: [10.1.2.3/8, fd00::/8]\n"
		  "  exclude: 10.9.0.0/16\n"
		  "  exclude_ports: T:1-5\n"
		  "  settle: 250ms\n"
		  "  broadcast:\n"
		  "    every: 2h\n"
		  "publish:\n"
		  "  - type: redis-stream\n"
		  "    url: redis://h:1/2\n"
		  "    maxlen: 5000000000\n"
		  "  - {type: jsonl, name: file, url: /f, max_size: 2MiB, "
		  "push_left: true}\n",
		&c, &eb),
	    0);
	assert_string_equal(c.sensor_name, "s1");
	assert_string_equal(c.state_dir, "/tmp/x");
	assert_int_equal(config_log_level(&c), LOG_LEVEL_DEBUG);
	assert_int_equal(c.interfaces.count, 2);
	assert_string_equal(c.interfaces.items[1], "eth 1");
	assert_int_equal(c.ring, 1 << 20);
	assert_int_equal(c.max_hosts, 77);
	assert_false(c.probing);
	assert_int_equal(c.scope.count, 2);
	assert_int_equal(c.scope.items[0].base.b[1], 0);
	assert_int_equal(c.exclude.count, 1);
	assert_string_equal(c.exclude_ports, "T:1-5");
	assert_int_equal(c.settle, 250);
	assert_int_equal(c.broadcast_every, 7200000);
	assert_int_equal(c.npublish, 2);
	assert_string_equal(c.publish[0].name, "redis-stream-1");
	assert_int_equal(c.publish[0].maxlen, 5000000000);
	assert_string_equal(c.publish[1].name, "file");
	assert_int_equal(c.publish[1].max_octets, 2 << 20);
	assert_true(c.publish[1].push_left);
	config_fini(&c);
}

/* A file, and what its error says. */
static const struct {
	const char *text;
	const char *says;
} wrong[] = {
	{ "probng: {}\n", "t.yaml:1: unknown key 'probng' (did you "
			  "mean 'probing'?)" },
	{ "probing:\n  setle: 1s\n",
	    "t.yaml:2: unknown key 'probing.setle' (did you mean "
	    "'settle'?)" },
	{ "publishers: []\n", "did you mean 'publish'?" },
	{ "zzzzzzzzzz: 1\n", "see man earshot.yaml" },
	{ "publish:\n  - typ: jsonl\n", "t.yaml:2: unknown key 'typ' "
					"(did you mean 'type'?)" },
	{ "publish:\n  - url: x\n", "t.yaml:2: publish: an entry needs "
				    "a type" },
	{ "publish:\n  - {type: jsonl, url: /a, name: n}\n  - {type: "
	  "jsonl, url: /a, name: n}\n",
	    "t.yaml:3: publish: two entries have the same name" },
	{ "publish:\n  - type: pigeon\n    url: x\n",
	    "t.yaml:2: publish.type: 'pigeon' is no type; there are: "
	    "redis-stream" },
	{ "publish:\n  - {type: redis-list, url: 'http://x'}\n",
	    "t.yaml:2: publish.url: " },
	{ "publish:\n  - type: jsonl\n", "an entry needs a url" },
	{ "publish: {type: jsonl}\n", "a list is expected" },
	{ "state_dir: a\nstate_dir: b\n",
	    "t.yaml:2: state_dir: stands here twice" },
	{ "state_dir: [a]\n", "a single value is expected" },
	{ "state_dir: {a: b}\n", "a single value is expected" },
	{ "capture: 7\n", "keys and values are expected" },
	{ "capture:\n  interfaces: [[a]]\n", "a single value is expected" },
	{ "probing:\n  settle: soon\n",
	    "t.yaml:2: probing.settle: 'soon' is not a time" },
	{ "probing:\n  enabled: maybe\n", "neither true nor false" },
	{ "probing:\n  rate: -1\n", "'-1' is not a number" },
	{ "probing:\n  rate: 4294967296\n", "is not a number from 0" },
	{ "probing:\n\n  scope: [10.0.0.0/8, 10.0.0.0/33]\n",
	    "t.yaml:3: probing.scope: '10.0.0.0/33' is not an "
	    "address" },
	{ "probing:\n  exclude_ports: T:http\n", "'T:http' is not" },
	{ "capture:\n  ring: 16Mb\n", "'16Mb' is not a size" },
	{ "log:\n  level: loud\n", "'loud' is none of: error" },
	{ "a: [\n", "t.yaml:2: " },
	{ "\tx: 1\n", "t.yaml:1: " },
	{ "[]\n", "keys and values are expected" },
	{ "? {a: b}\n: c\n", "a key must be a word" },
	{ "state_dir: \"a\\0b\"\n", "a single value is expected" },
	{ "capture: &x\n  filter: *x\n", "a single value" },
};

static void
what_is_wrong_is_named_with_line_and_remedy(void **unused)
{
	struct config c;
	struct errbuf eb;
	size_t i;

	(void)unused;
	for (i = 0; i < ES_ARRAY_LEN(wrong); i++) {
		eb.text[0] = '\0';
		assert_int_equal(parse(wrong[i].text, &c, &eb), ES_E(CONFIG));
		if (strstr(eb.text, wrong[i].says) == NULL)
			fail_msg("'%s' gives '%s'", wrong[i].text, eb.text);
		assert_null(c.state_dir);
	}
}

static void
a_missing_file_is_named(void **unused)
{
	struct config c;
	struct errbuf eb;

	(void)unused;
	assert_int_equal(
	    config_load("/nowhere/earshot.yaml", &c, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "/nowhere/earshot.yaml: No such file"));
}

static void
what_is_printed_reads_back_the_same(void **unused)
{
	static const char text[] =
	    "sensor: {name: 'a \"b\\ c', site: 'on'}\n"
	    "probing: {scope: [10.0.0.0/8, '::1'], "
	    "settle: 90s, exclude_ports: 'U:5-6'}\n"
	    "capture: {interfaces: [lo, '-x'], "
	    "snaplen: 1000}\n"
	    "publish:\n"
	    "  - {type: jsonl, url: /a b, keep: 3}\n"
	    "  - {type: redis-list, url: 'redis://h', push_left: yes}\n";
	struct config c, again;
	struct buf first, second;
	struct errbuf eb;

	(void)unused;
	buf_init(&first, 1 << 20);
	buf_init(&second, 1 << 20);
	assert_int_equal(parse(text, &c, &eb), 0);
	config_print(&c, true, &first);
	assert_int_equal(parse(buf_cstr(&first), &again, &eb), 0);
	config_print(&again, true, &second);
	assert_string_equal(buf_cstr(&first), buf_cstr(&second));
	assert_string_equal(again.sensor_name, "a \"b\\ c");
	assert_string_equal(again.sensor_site, "on");
	assert_int_equal(again.settle, 90000);
	assert_int_equal(again.publish[0].keep, 3);
	config_fini(&c);
	config_fini(&again);
	buf_fini(&first);
	buf_fini(&second);
}

/* Run in the source folder. */
static void
the_shipped_file_is_the_table(void **unused)
{
	FILE *f = fopen("config/earshot.yaml", "re");
	char shipped[65536];
	struct config c;
	struct errbuf eb;
	struct buf out;
	size_t n;

	(void)unused;
	assert_non_null(f);
	n = fread(shipped, 1, sizeof(shipped) - 1, f);
	shipped[n] = '\0';
	fclose(f);
	assert_int_equal(config_load(NULL, &c, &eb), 0);
	buf_init(&out, 1 << 20);
	config_print(&c, true, &out);
	/* When this fails: earshot check --defaults >config/earshot.yaml */
	assert_string_equal(shipped, buf_cstr(&out));
	buf_fini(&out);
	config_fini(&c);
	assert_int_equal(config_load("config/earshot.yaml", &c, &eb), 0);
	config_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_file_is_the_defaults),
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(what_is_wrong_is_named_with_line_and_remedy),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(the_shipped_file_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

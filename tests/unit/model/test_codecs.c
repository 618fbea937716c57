/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codecs of targets, findings and audits: what went in comes out, and no cut of it does.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/base/str.h"
#include "sensor/model/audit.h"
#include "sensor/model/finding.h"
#include "sensor/model/target.h"

static struct service
ssh(void)
{
	struct service s = { .port = 22,
		.proto = 6,
		.state = PORT_OPEN,
		.confidence = 10,
		.name = "ssh",
		.product = "OpenSSH",
		.version = "9.2p1",
		.cpe = { "cpe:/a:openbsd:openssh:9.2p1" } };

	return s;
}

static void
make_target(struct target *t)
{
	memset(t, 0, sizeof(*t));
	t->id = UINT64_C(0x0102030405060708);
	t->segment = 5;
	assert_int_equal(addr_parse("192.0.2.1", &t->addr), 0);
	t->has_mac = true;
	t->confirm = true;
	str_copy(t->reason, sizeof(t->reason), "service.new");
	str_copy(t->ifname, sizeof(t->ifname), "eth0");
	t->scripts = strdup("default and safe");
	t->heard = strdup("{\"names\":[]}");
	t->deadline_ms = 9000;
	t->ports = calloc(2, sizeof(*t->ports));
	assert_non_null(t->ports);
	t->nports = 2;
	t->ports[0].svc = ssh();
	t->ports[0].heard = strdup("{}");
	t->ports[1].svc.port = 80;
}

static void
a_target_survives_the_way(void **unused)
{
	struct target t, got;
	struct cursor in;
	struct buf b;
	size_t cut;

	(void)unused;
	make_target(&t);
	buf_init(&b, 1 << 16);
	target_pack(&b, &t);
	in = cur_new(b.data, b.len);
	assert_int_equal(target_unpack(&in, &got), 0);
	assert_int_equal(got.id, t.id);
	assert_true(addr_eq(&got.addr, &t.addr));
	assert_true(got.has_mac && got.confirm);
	assert_string_equal(got.reason, "service.new");
	assert_string_equal(got.ifname, "eth0");
	assert_string_equal(got.scripts, "default and safe");
	assert_null(got.script_args);
	assert_string_equal(got.heard, t.heard);
	assert_int_equal(got.deadline_ms, 9000);
	assert_int_equal(got.nports, 2);
	assert_string_equal(got.ports[0].svc.product, "OpenSSH");
	assert_string_equal(got.ports[0].svc.cpe[0], t.ports[0].svc.cpe[0]);
	assert_string_equal(got.ports[0].heard, "{}");
	assert_null(got.ports[1].heard);
	target_fini(&got);
	for (cut = 0; cut < b.len; cut++) {
		in = cur_new(b.data, cut);
		assert_int_equal(target_unpack(&in, &got), ES_E(FORMAT));
		assert_null(got.ports);
	}
	buf_fini(&b);
	target_fini(&t);
}

static void
make_finding(struct finding *f)
{
	memset(f, 0, sizeof(*f));
	f->target_id = 3;
	f->started.ns = 10;
	f->ended.ns = 20;
	assert_int_equal(addr_parse("2001:db8::7", &f->addr), 0);
	f->port = 443;
	f->proto = 6;
	f->rule = RULE_PORT;
	f->status = FINDING_OK;
	f->heard = true;
	str_copy(f->script, sizeof(f->script), "ssl-cert");
	str_copy(f->categories, sizeof(f->categories), "default,safe");
	f->output = strdup("\n  Subject: \xff");
	f->data = strdup("{\"a\":1}");
	f->svc = malloc(sizeof(*f->svc));
	assert_non_null(f->svc);
	*f->svc = ssh();
}

static void
a_finding_survives_the_way(void **unused)
{
	struct finding f, got;
	struct cursor in;
	struct buf b;
	size_t cut;

	(void)unused;
	make_finding(&f);
	buf_init(&b, 1 << 16);
	finding_pack(&b, &f);
	in = cur_new(b.data, b.len);
	assert_int_equal(finding_unpack(&in, &got), 0);
	assert_true(got.heard);
	assert_int_equal(got.target_id, 3);
	assert_int_equal(got.ended.ns, 20);
	assert_int_equal(got.port, 443);
	assert_int_equal(got.rule, RULE_PORT);
	assert_string_equal(got.script, "ssl-cert");
	assert_string_equal(got.output, f.output);
	assert_string_equal(got.data, f.data);
	assert_non_null(got.svc);
	assert_string_equal(got.svc->version, "9.2p1");
	finding_fini(&got);
	for (cut = 0; cut < b.len; cut++) {
		in = cur_new(b.data, cut);
		assert_int_equal(finding_unpack(&in, &got), ES_E(FORMAT));
		assert_null(got.output);
	}
	buf_fini(&b);
	finding_fini(&f);
}

static void
too_much_output_is_cut_but_json_is_whole_or_absent(void **unused)
{
	struct finding f = { .script = "big" }, got;
	struct cursor in;
	struct buf b;

	(void)unused;
	f.output = calloc(1, FINDING_OUTPUT_MAX + 100);
	f.data = calloc(1, FINDING_OUTPUT_MAX);
	assert_non_null(f.output);
	assert_non_null(f.data);
	memset(f.output, 'o', FINDING_OUTPUT_MAX + 99);
	memset(f.data, '1', FINDING_OUTPUT_MAX - 1);
	buf_init(&b, 1 << 20);
	finding_pack(&b, &f);
	in = cur_new(b.data, b.len);
	assert_int_equal(finding_unpack(&in, &got), 0);
	assert_int_equal(strlen(got.output), FINDING_OUTPUT_MAX);
	assert_null(got.data);
	finding_fini(&got);
	finding_fini(&f);
	buf_fini(&b);
}

static void
strings_with_a_nul_or_too_long_for_their_field_are_refused(void **unused)
{
	struct audit a = { .script = "abcdefgh" }, got;
	struct cursor in;
	struct buf b;

	(void)unused;
	buf_init(&b, 4096);
	audit_pack(&b, &a);
	b.data[b.len - 4] = '\0';
	in = cur_new(b.data, b.len);
	assert_int_equal(audit_unpack(&in, &got), ES_E(FORMAT));
	/* 64 octets leave no room for the NUL of script[64]. */
	b.data[b.len - 4] = 'e';
	b.data[b.len - 9] = 64;
	buf_put(
	    &b, "0123456789012345678901234567890123456789012345678901234", 55);
	buf_u8(&b, 'x');
	in = cur_new(b.data, b.len);
	assert_int_equal(audit_unpack(&in, &got), ES_E(FORMAT));
	b.data[b.len - 65] = 63;
	in = cur_new(b.data, b.len - 1);
	assert_int_equal(audit_unpack(&in, &got), 0);
	assert_int_equal(strlen(got.script), 63);
	buf_fini(&b);
}

static void
an_audit_survives_the_way(void **unused)
{
	struct audit a = { .target_id = 9,
		.scope_version = 4,
		.dport = 443,
		.proto = 6,
		.verdict = SCOPE_PORT,
		.outcome = ES_ERR_TIMEOUT,
		.bytes_in = 77,
		.repeats = 3,
		.script = "banner" };
	struct audit got;
	struct cursor in;
	struct buf b;
	size_t cut;

	(void)unused;
	assert_int_equal(addr_parse("192.0.2.9", &a.dst), 0);
	buf_init(&b, 4096);
	audit_pack(&b, &a);
	in = cur_new(b.data, b.len);
	assert_int_equal(audit_unpack(&in, &got), 0);
	assert_memory_equal(&got.dst, &a.dst, sizeof(a.dst));
	assert_int_equal(got.scope_version, 4);
	assert_int_equal(got.verdict, SCOPE_PORT);
	assert_int_equal(got.outcome, ES_ERR_TIMEOUT);
	assert_int_equal(got.bytes_in, 77);
	assert_int_equal(got.repeats, 3);
	assert_string_equal(got.script, "banner");
	for (cut = 0; cut < b.len; cut++) {
		in = cur_new(b.data, cut);
		assert_int_equal(audit_unpack(&in, &got), ES_E(FORMAT));
	}
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_survives_the_way),
		cmocka_unit_test(a_finding_survives_the_way),
		cmocka_unit_test(
		    too_much_output_is_cut_but_json_is_whole_or_absent),
		cmocka_unit_test(
		    strings_with_a_nul_or_too_long_for_their_field_are_refused),
		cmocka_unit_test(an_audit_survives_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

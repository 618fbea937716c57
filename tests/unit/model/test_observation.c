/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Observations cross the border from the role that reads hostile packets, so the receiver's codec is tested with
 * what the sender would never write.
 */
#include "tests/unit/test.h"

#include "sensor/base/err.h"
#include "sensor/model/observation.h"

static const uint8_t long_text[5000] = { 'x' };

static struct observation
sample(void)
{
	struct observation o = { .kind = OBS_BANNER,
		.ts = { .ns = 1700000000123456789 },
		.segment = 42,
		.frame = 99,
		.ifindex = 1,
		.mac = { { 2, 0, 0, 0, 0, 1 } },
		.has_mac = true,
		.strength = STRENGTH_TWO_WAY,
		.proto = 6,
		.port = 22,
		.source = SRC_SSH,
		.aux = 0xdeadbeef,
		.text = text_of("SSH-2.0\0x", 9) };

	assert_int_equal(addr_parse("fe80::1", &o.addr), 0);
	return o;
}

static void
several_in_one_message_come_out_as_they_went_in(void **unused)
{
	struct observation a = sample(), b = { .kind = OBS_HEARD }, got;
	struct cursor in;
	struct buf out;

	(void)unused;
	b.data = text_of(long_text, 4096);
	buf_init(&out, 65536);
	observation_pack(&out, &a);
	observation_pack(&out, &b);
	in = cur_new(out.data, out.len);
	assert_int_equal(observation_unpack(&in, &got), 1);
	assert_int_equal(got.kind, OBS_BANNER);
	assert_int_equal(got.ts.ns, a.ts.ns);
	assert_int_equal(got.segment, 42);
	assert_int_equal(got.frame, 99);
	assert_int_equal(got.ifindex, 1);
	assert_true(addr_eq(&got.addr, &a.addr));
	assert_true(got.has_mac && mac_eq(&got.mac, &a.mac));
	assert_int_equal(got.strength, STRENGTH_TWO_WAY);
	assert_int_equal(got.proto, 6);
	assert_int_equal(got.port, 22);
	assert_int_equal(got.source, SRC_SSH);
	assert_int_equal(got.aux, 0xdeadbeef);
	assert_true(text_eq(got.text, a.text));
	assert_int_equal(observation_unpack(&in, &got), 1);
	assert_false(got.has_mac || got.partial || addr_is_set(&got.addr));
	assert_int_equal(got.data.len, 4096);
	assert_int_equal(observation_unpack(&in, &got), 0);
	buf_fini(&out);
}

static void
long_texts_are_cut_and_say_so(void **unused)
{
	struct observation a = sample(), got;
	struct cursor in;
	struct buf out;

	(void)unused;
	a.text = text_of(long_text, sizeof(long_text));
	a.data = text_of(long_text, sizeof(long_text));
	buf_init(&out, 65536);
	observation_pack(&out, &a);
	in = cur_new(out.data, out.len);
	assert_int_equal(observation_unpack(&in, &got), 1);
	assert_int_equal(got.text.len, OBS_TEXT_MAX);
	assert_int_equal(got.data.len, OBS_DATA_MAX);
	assert_true(got.partial);
	buf_fini(&out);
}

static void
every_cut_and_every_wrong_enum_is_refused(void **unused)
{
	/* Offsets of kind, flags, strength, the source and the family. */
	static const size_t enums[] = { 2, 3, 4, 8, 42 };
	struct observation a = sample(), got;
	struct cursor in;
	struct buf out;
	size_t i;

	(void)unused;
	buf_init(&out, 65536);
	observation_pack(&out, &a);
	for (i = 1; i < out.len; i++) {
		in = cur_new(out.data, i);
		assert_int_equal(observation_unpack(&in, &got), ES_E(FORMAT));
		/* Bad stays bad: a caller that loops must end. */
		assert_int_equal(observation_unpack(&in, &got), ES_E(FORMAT));
	}
	for (i = 0; i < ES_ARRAY_LEN(enums); i++) {
		uint8_t was = out.data[enums[i]];

		out.data[enums[i]] = 0xee;
		in = cur_new(out.data, out.len);
		assert_int_equal(observation_unpack(&in, &got), ES_E(FORMAT));
		out.data[enums[i]] = was;
	}
	buf_fini(&out);
}

static void
words_exist_for_every_kind_and_source(void **unused)
{
	unsigned i;

	(void)unused;
	for (i = 0; i < OBS_KIND_MAX; i++)
		assert_true(strlen(obs_kind_text((enum obs_kind)i)) > 0);
	assert_string_equal(obs_kind_text(OBS_SERVERNAME), "servername");
	assert_string_equal(obs_source_text(SRC_MDNS), "mdns");
	assert_string_equal(obs_source_text(60000), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    several_in_one_message_come_out_as_they_went_in),
		cmocka_unit_test(long_texts_are_cut_and_say_so),
		cmocka_unit_test(every_cut_and_every_wrong_enum_is_refused),
		cmocka_unit_test(words_exist_for_every_kind_and_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

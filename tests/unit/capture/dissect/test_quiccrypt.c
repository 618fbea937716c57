/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiccrypt: the keys that RFC 9001 appendix A.1 and RFC 9369 appendix A.1 print, and packets that do not open.
 */
#include "tests/unit/test.h"

#include "capture/dissect/quiccrypt.h"

static const uint8_t cid[8] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57,
	0x08 };

static void
assert_hex(const uint8_t *octets, size_t n, const char *want)
{
	char hex[65] = "";

	for (size_t i = 0; i < n; i++)
		snprintf(hex + 2 * i, 3, "%02x", octets[i]);
	assert_string_equal(hex, want);
}

static void
derives_the_keys_of_the_standards(void **state)
{
	const struct cursor id = cur_new(cid, sizeof(cid));
	struct quic_crypt c;
	struct quic_keys k;

	(void)state;
	assert_true(quiccrypt_init(&c));
	assert_true(quiccrypt_keys(&c, QUIC_V1, id, false, &k));
	assert_hex(k.key, 16, "1f369613dd76d5467730efcbe3b1a22d");
	assert_hex(k.iv, 12, "fa044b2f42a3fd3b46fb255c");
	assert_hex(k.hp, 16, "9f50449e04a0e810283a1e9933adedd2");
	assert_true(quiccrypt_keys(&c, QUIC_V1, id, true, &k));
	assert_hex(k.key, 16, "cf3a5331653c364c88f0f379b6067e37");
	assert_hex(k.hp, 16, "c206b8d9b9f0f37644430b490eeaa314");
	assert_true(quiccrypt_keys(&c, QUIC_V2, id, false, &k));
	assert_hex(k.key, 16, "8b1a0bc121284290a29e0971b5cd045d");
	assert_hex(k.iv, 12, "91f73e2351d8fa91660e909f");
	assert_hex(k.hp, 16, "45b95e15235d6f45a6b19cbcb0294ba9");
	quiccrypt_fini(&c);
}

static void
knows_only_versions_with_keys(void **state)
{
	const struct cursor id = cur_new(cid, sizeof(cid));
	struct quic_crypt c;
	struct quic_keys k;

	(void)state;
	assert_true(quiccrypt_init(&c));
	assert_true(quiccrypt_known(0xff00001d));
	assert_false(quiccrypt_known(0));
	assert_false(quiccrypt_known(0x51303433)); /* gQUIC Q043 */
	assert_false(quiccrypt_keys(&c, 2, id, false, &k));
	quiccrypt_fini(&c);
}

static void
refuses_what_does_not_authenticate(void **state)
{
	uint8_t packet[128] = { 0xc3, 0, 0, 0, 1 }, *plain = NULL;
	const struct cursor id = cur_new(cid, sizeof(cid));
	struct quic_crypt c;
	struct quic_keys k;

	(void)state;
	assert_true(quiccrypt_init(&c));
	assert_true(quiccrypt_keys(&c, QUIC_V1, id, false, &k));
	assert_int_equal(
	    quiccrypt_open(&c, &k, packet, 18, sizeof(packet), &plain), -1);
	/* Too short for a sample. */
	assert_int_equal(
	    quiccrypt_open(&c, &k, packet, 18, 18 + 19, &plain), -1);
	quiccrypt_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derives_the_keys_of_the_standards),
		cmocka_unit_test(knows_only_versions_with_keys),
		cmocka_unit_test(refuses_what_does_not_authenticate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbname: the two-letter spelling of RFC 1001, and what is none.
 */
#include "tests/unit/test.h"

#include "capture/dissect/nbname.h"

/* "The NetBIOS name", 16 octets: the example of RFC 1001 §14.1 (whose own
 * spelling has a misprint). */
static const char example[] = "FEGIGFCAEOGFHEECEJEPFDCAGOGBGNGF";

static void
decodes_two_letters_an_octet(void **state)
{
	struct nb_name name;

	(void)state;
	assert_true(nbname_decode(example, 32, &name));
	assert_string_equal(name.text, "The NetBIOS nam");
	assert_int_equal(name.suffix, 'e');
}

static void
strips_padding(void **state)
{
	struct nb_name name;

	(void)state;
	nbname_raw((const uint8_t *)"FILER          \x20", &name);
	assert_string_equal(name.text, "FILER");
	assert_int_equal(name.suffix, NB_SERVER);
	nbname_raw((const uint8_t *)"               \0", &name);
	assert_int_equal(name.len, 0);
}

static void
refuses_other_letters_and_lengths(void **state)
{
	struct nb_name name;
	char broken[33];

	(void)state;
	assert_false(nbname_decode(example, 31, &name));
	memcpy(broken, example, sizeof(broken));
	broken[5] = 'Q';
	assert_false(nbname_decode(broken, 32, &name));
	broken[5] = 'a';
	assert_false(nbname_decode(broken, 32, &name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_two_letters_an_octet),
		cmocka_unit_test(strips_padding),
		cmocka_unit_test(refuses_other_letters_and_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cidrset against a linear scan over the same prefixes, for many random sets; and its edges.
 */
#include "tests/unit/test.h"

#include "sensor/model/cidrset.h"

#define ROUNDS 200
#define PREFIXES 60
#define LOOKUPS 300

/* xorshift: the same numbers in every run. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Few distinct octets, so that prefixes nest and lookups hit. */
static struct addr
random_addr(uint64_t *state)
{
	uint8_t b[16] = { 0 };
	size_t len = next(state) % 2 == 0 ? 4 : 16, i;

	for (i = 0; i < len; i++)
		b[i] = (uint8_t)(next(state) % 3 == 0 ? 0xc0 : i + 1);
	return addr_from_bytes(b, len);
}

static const struct cidr *
linear(const struct cidr *all, size_t count, const struct addr *a)
{
	const struct cidr *best = NULL;
	size_t i;

	for (i = 0; i < count; i++)
		if (cidr_has(&all[i], a) &&
		    (best == NULL || all[i].len > best->len))
			best = &all[i];
	return best;
}

static struct cidr
random_cidr(uint64_t *state)
{
	char text[ADDR_TEXT], full[CIDR_TEXT + 8];
	struct addr a = random_addr(state);
	struct cidr c;

	snprintf(full, sizeof(full), "%s/%u", addr_fmt(&a, text),
	    (unsigned)(next(state) % (addr_len(&a) * 8 + 1)));
	assert_int_equal(cidr_parse(full, &c), 0);
	return c;
}

static void
agrees_with_a_linear_scan(void **unused)
{
	struct cidr all[PREFIXES];
	uint64_t state = 0x5eed;
	unsigned found = 0;
	int round, i;

	(void)unused;
	for (round = 0; round < ROUNDS; round++) {
		struct cidrset set;

		cidrset_init(&set);
		for (i = 0; i < PREFIXES; i++) {
			all[i] = random_cidr(&state);
			assert_int_equal(cidrset_add(&set, &all[i]), 0);
		}
		for (i = 0; i < LOOKUPS; i++) {
			struct addr a = random_addr(&state);
			const struct cidr *want = linear(all, PREFIXES, &a);
			const struct cidr *got = cidrset_find(&set, &a);

			assert_int_equal(want == NULL, got == NULL);
			if (want == NULL)
				continue;
			found++;
			assert_int_equal(want->len, got->len);
			assert_true(addr_eq(&want->base, &got->base));
		}
		cidrset_fini(&set);
	}
	assert_in_range(found, 1000, ROUNDS * LOOKUPS - 1000);
}

static void
clears_host_bits_and_keeps_one_of_equals(void **unused)
{
	struct cidr c = { .len = 8 };
	struct cidrset set;
	struct addr a;

	(void)unused;
	cidrset_init(&set);
	assert_int_equal(addr_parse("10.1.2.3", &c.base), 0);
	assert_int_equal(cidrset_add(&set, &c), 0);
	assert_int_equal(addr_parse("10.9.9.9", &c.base), 0);
	assert_int_equal(cidrset_add(&set, &c), 0);
	assert_int_equal(set.count, 1);
	assert_int_equal(addr_parse("10.200.0.1", &a), 0);
	assert_non_null(cidrset_find(&set, &a));
	cidrset_fini(&set);
}

static void
finds_nothing_in_an_empty_set_or_for_no_address(void **unused)
{
	struct addr none = { .family = 0 };
	struct cidrset set;
	struct cidr all;

	(void)unused;
	cidrset_init(&set);
	assert_null(cidrset_find(&set, &none));
	assert_int_equal(cidr_parse("0.0.0.0/0", &all), 0);
	assert_int_equal(cidrset_add(&set, &all), 0);
	assert_int_equal(cidr_parse("::/0", &all), 0);
	assert_int_equal(cidrset_add(&set, &all), 0);
	assert_null(cidrset_find(&set, &none));
	cidrset_fini(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_linear_scan),
		cmocka_unit_test(clears_host_bits_and_keeps_one_of_equals),
		cmocka_unit_test(
		    finds_nothing_in_an_empty_set_or_for_no_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

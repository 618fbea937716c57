/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool, index, strtab: what goes in comes out, and nothing else, over many random additions and removals.
 */
#include "sensor/base/hash.h"
#include "sensor/inventory/strtab.h"
#include "tests/unit/test.h"

#define KEYS 3000

struct item {
	uint32_t key;
};

static bool
same_item(const void *arg, const void *key, uint32_t handle)
{
	const struct item *item = pool_at(arg, handle), *wanted = key;

	return item->key == wanted->key;
}

/* Few distinct homes, so that runs are long and removals must close gaps. */
static uint64_t
crowded_hash(uint32_t key)
{
	return (uint64_t)(key % 37) << 32 | key;
}

static void
agrees_with_a_plain_set(void **state)
{
	static bool present[KEYS];
	struct pool pool;
	struct index index;
	uint32_t seed = 7, i, count = 0;

	(void)state;
	pool_init(&pool, sizeof(struct item), KEYS);
	index_init(&index);
	for (i = 0; i < 20000; i++) {
		struct item wanted;
		uint32_t key, handle;

		seed = seed * 1664525U + 1013904223U;
		key = wanted.key = seed >> 8 & 0x1ff;
		handle = index_find(
		    &index, crowded_hash(key), same_item, &pool, &wanted);
		assert_int_equal(handle != UINT32_MAX, present[key]);
		if (present[key]) {
			index_remove(&index, crowded_hash(key), handle);
			pool_release(&pool, handle);
			count--;
		} else {
			struct item *item;

			handle = pool_take(&pool);
			assert_true(handle != UINT32_MAX);
			item = pool_at(&pool, handle);
			item->key = key;
			assert_int_equal(
			    index_add(&index, crowded_hash(key), handle), 0);
			count++;
		}
		present[key] = !present[key];
		assert_int_equal(pool.used, count);
		assert_int_equal(index.used, count);
	}
	index_fini(&index);
	pool_fini(&pool);
}

static void
stops_at_the_limit(void **state)
{
	struct pool pool;
	uint32_t first;

	(void)state;
	pool_init(&pool, 24, 2);
	first = pool_take(&pool);
	assert_int_equal(pool_take(&pool), 1);
	assert_true(pool_take(&pool) == UINT32_MAX);
	pool_release(&pool, first);
	assert_int_equal(pool_take(&pool), first);
	pool_fini(&pool);
}

static void
keeps_each_text_once(void **state)
{
	struct strtab t;
	const char *a, *b;

	(void)state;
	strtab_init(&t, 16);
	a = strtab_take(&t, "printer", 7);
	b = strtab_take(&t, "printer\0x", 9);
	assert_ptr_equal(a, b);
	assert_int_equal(t.octets, 7);
	assert_string_equal(strtab_take(&t, "0123456789", 10), "");
	strtab_drop(&t, a);
	assert_string_equal(b, "printer");
	strtab_drop(&t, b);
	assert_int_equal(t.octets, 0);
	assert_string_equal(strtab_take(&t, "0123456789", 10), "0123456789");
	assert_string_equal(strtab_take(&t, "", 0), "");
	strtab_fini(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_a_plain_set),
		cmocka_unit_test(stops_at_the_limit),
		cmocka_unit_test(keeps_each_text_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

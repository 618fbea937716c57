/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targetq: due order, one visit at a time, bounds.
 */
#include "sensor/policy/targetq.h"
#include "tests/unit/test.h"

static const struct targetq_limits limits = {
	.entries = 300, .active = 8, .active_net = 2
};

static struct addr
numbered(unsigned net, unsigned host)
{
	uint8_t b[4] = { 10, 0, (uint8_t)net, (uint8_t)host };

	return addr_from_bytes(b, 4);
}

static struct wall
at(int64_t s)
{
	return (struct wall){ s * NS_PER_S };
}

static void
gives_what_is_due_in_order(void **state)
{
	struct targetq *q = targetq_new(&limits);
	int64_t last = 0;
	unsigned i, given = 0;

	(void)state;
	for (i = 0; i < 200; i++) {
		struct addr a = numbered(i, 1);

		targetq_wait(q, targetq_get(q, 0, &a), at(1 + i * 7919 % 1000));
	}
	assert_null(targetq_next(q, at(0)));
	for (i = 1; i <= 1000; i++) {
		struct targetq_entry *e;

		assert_true(
		    targetq_due(q).ns == 0 || targetq_due(q).ns >= at(i).ns);
		while ((e = targetq_next(q, at(i))) != NULL) {
			assert_true(e->due.ns >= last && e->due.ns == at(i).ns);
			last = e->due.ns;
			targetq_done(q, e);
			given++;
		}
	}
	assert_int_equal(given, 200);
	assert_int_equal(targetq_due(q).ns, 0);
	targetq_free(q);
}

static void
visits_one_host_once_at_a_time(void **state)
{
	struct targetq *q = targetq_new(&limits);
	struct addr a = numbered(1, 1);
	struct targetq_entry *e;

	(void)state;
	targetq_wait(q, targetq_get(q, 0, &a), at(1));
	e = targetq_next(q, at(2));
	assert_non_null(e);
	targetq_wait(q, e, at(1));
	assert_null(targetq_next(q, at(9)));
	assert_ptr_equal(targetq_active(q, e->id), e);
	targetq_requeue(q, at(3));
	assert_null(targetq_active(q, 1));
	assert_ptr_equal(targetq_next(q, at(3)), e);
	assert_true(e->retry);
	targetq_free(q);
}

static void
spares_a_busy_network_and_goes_on(void **state)
{
	struct targetq *q = targetq_new(&limits);
	unsigned i, here = 0, there = 0;
	struct targetq_entry *e;

	(void)state;
	for (i = 1; i <= 10; i++) {
		struct addr a = numbered(1, i), b = numbered(2, i);

		targetq_wait(q, targetq_get(q, 0, &a), at(1));
		targetq_wait(q, targetq_get(q, 0, &b), at(2));
	}
	while ((e = targetq_next(q, at(9))) != NULL) {
		here += e->addr.b[2] == 1;
		there += e->addr.b[2] == 2;
	}
	assert_int_equal(here, 2);
	assert_int_equal(there, 2);
	assert_int_equal(targetq_waiting(q), 16);
	targetq_free(q);
}

static void
forgets_only_what_waits_for_a_refresh(void **state)
{
	struct targetq *q = targetq_new(&limits);
	struct targetq_entry *e;
	unsigned i;
	struct addr a;

	(void)state;
	for (i = 0; i < 300; i++) {
		a = numbered(i / 200, i % 200 + 1);
		e = targetq_get(q, 0, &a);
		assert_non_null(e);
		e->refresh = i == 77;
		targetq_wait(q, e, at(100));
	}
	a = numbered(9, 1);
	e = targetq_get(q, 0, &a);
	assert_non_null(e);
	targetq_wait(q, e, at(1));
	a = numbered(0, 78);
	assert_null(targetq_find(q, 0, &a));
	a = numbered(9, 2);
	assert_null(targetq_get(q, 0, &a));
	targetq_free(q);
}

static void
remembers_what_was_asked(void **state)
{
	struct targetq *q = targetq_new(&limits);
	struct addr a = numbered(1, 1);
	struct targetq_entry *e = targetq_get(q, 0, &a);
	unsigned i;

	(void)state;
	assert_int_equal(targetq_asked(e, 6, 80).ns, 0);
	for (i = 1; i <= 1100; i++)
		targetq_note(e, 6, (uint16_t)i, at(i));
	assert_int_equal(e->nports, 1024);
	assert_int_equal(targetq_asked(e, 6, 1100).ns, at(1100).ns);
	assert_int_equal(targetq_asked(e, 6, 76).ns, 0);
	assert_int_equal(targetq_asked(e, 6, 77).ns, at(77).ns);
	assert_int_equal(targetq_asked(e, 17, 77).ns, 0);
	targetq_free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_is_due_in_order),
		cmocka_unit_test(visits_one_host_once_at_a_time),
		cmocka_unit_test(spares_a_busy_network_and_goes_on),
		cmocka_unit_test(forgets_only_what_waits_for_a_refresh),
		cmocka_unit_test(remembers_what_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

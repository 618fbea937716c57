/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of frames against a plain list, over many wraps.
 */
#include "tests/unit/test.h"

#include "sensor/ipc/ring.h"

#define SIZE 1024
#define ROUNDS 20000

static bool
push(struct ring *r, uint8_t first, size_t len)
{
	uint8_t data[SIZE];
	size_t split = len / 3;

	memset(data, first, len);
	return ring_push(
	    r, (struct iovec[2]){ { .iov_base = data, .iov_len = split },
		   { .iov_base = data + split, .iov_len = len - split } });
}

static void
frames_come_out_whole_and_in_order(void **unused)
{
	size_t lens[ROUNDS], len, in = 0, out = 0, refused = 0;
	uint64_t x = 88172645463325252;
	struct ring r;
	uint8_t *p;

	(void)unused;
	assert_int_equal(ring_init(&r, SIZE), 0);
	while (out < ROUNDS) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (x % 5 < 3 && in < ROUNDS) {
			lens[in] = x / 5 % 200;
			if (push(&r, (uint8_t)in, lens[in]))
				in++;
			else
				refused++;
			continue;
		}
		p = ring_front(&r, &len);
		assert_int_equal(p == NULL, in == out);
		if (p == NULL)
			continue;
		assert_int_equal(len, lens[out]);
		if (len > 0) {
			assert_int_equal(p[0], (uint8_t)out);
			assert_int_equal(p[len - 1], (uint8_t)out);
		}
		ring_pop(&r);
		out++;
	}
	assert_int_equal(r.used, 0);
	assert_true(refused > 100);
	ring_fini(&r);
}

static void
a_refused_frame_changes_nothing(void **unused)
{
	struct ring r;
	size_t len;

	(void)unused;
	assert_int_equal(ring_init(&r, 100), 0);
	assert_int_equal(r.size, 96);
	assert_false(push(&r, 1, 93));
	assert_true(push(&r, 1, 92));
	assert_false(push(&r, 2, 0));
	assert_non_null(ring_front(&r, &len));
	assert_int_equal(len, 92);
	ring_pop(&r);
	assert_null(ring_front(&r, &len));
	assert_true(push(&r, 3, 40));
	assert_true(push(&r, 4, 40));
	ring_front(&r, &len);
	ring_pop(&r);
	/* The tail is at the end, the start is free again. */
	assert_true(push(&r, 5, 30));
	assert_int_equal(ring_front(&r, &len)[0], 4);
	ring_pop(&r);
	assert_int_equal(ring_front(&r, &len)[0], 5);
	assert_int_equal(len, 30);
	ring_fini(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_out_whole_and_in_order),
		cmocka_unit_test(a_refused_frame_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

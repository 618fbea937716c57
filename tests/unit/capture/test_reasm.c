/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reasm and ranges: the stream put together equals the stream that was sent, whatever the segments; holes, windows
 * and the pool are bounded.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "capture/flow/ranges.h"
#include "capture/flow/reasm.h"
#include "capture/limits.h"
#include "frames.h"
#include "sensor/base/attrs.h"

struct stream {
	struct reasm *reasm;
	struct flow flow;
	unsigned lost; /* times a block was taken */
	unsigned gaps;
	size_t len;
	uint8_t got[1U << 18];
	size_t keep; /* octets the reader leaves each time, if it can */
};

static void
on_lost(void *arg, struct flow *f)
{
	struct stream *s = arg;

	(void)f;
	s->lost++;
}

static struct stream *
stream_new(uint32_t octets)
{
	struct stream *s = calloc(1, sizeof(*s));

	s->reasm = reasm_new(octets, on_lost, s);
	s->flow.side[0].flags = SIDE_SEEN;
	return s;
}

static void
stream_free(struct stream *s)
{
	reasm_free(s->reasm);
	free(s);
}

static void
stream_take(struct stream *s, enum reasm_result r, const struct cursor *out,
    size_t keep)
{
	size_t n = cur_left(out);
	size_t used = n > keep ? n - keep : 0;

	if (r == REASM_GAP)
		s->gaps++;
	assert_true(s->len + used <= sizeof(s->got));
	memcpy(s->got + s->len, out->at, used);
	s->len += used;
	reasm_consume(s->reasm, &s->flow, SIDE_ORIG, out, used);
}

static void
stream_put(struct stream *s, uint32_t seq, const void *data, size_t len)
{
	struct packet p = packet_tcp(1, 1000, 2, 80, TCP_ACK);
	struct cursor out;
	enum reasm_result r;

	p.tcp_seq = seq;
	packet_payload(&p, data, len);
	while ((r = reasm_put(s->reasm, &s->flow, SIDE_ORIG, &p, &out)) !=
	       REASM_NOTHING)
		stream_take(s, r, &out, s->keep);
}

static void
stream_is(const struct stream *s, const char *text)
{
	assert_int_equal(s->len, strlen(text));
	assert_memory_equal(s->got, text, s->len);
}

static void
gives_in_order_octets_without_a_block(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	stream_put(s, 0, "hello ", 6);
	stream_put(s, 6, "world", 5);
	stream_is(s, "hello world");
	assert_null(s->flow.side[0].block);
	stream_free(s);
}

static void
waits_for_a_hole_and_fills_it(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	stream_put(s, 6, "world", 5);
	assert_int_equal(s->len, 0);
	stream_put(s, 3, "lo ", 3);
	stream_put(s, 0, "hel", 3);
	stream_is(s, "hello world");
	assert_null(s->flow.side[0].block);
	assert_int_equal(s->gaps, 0);
	stream_free(s);
}

static void
lets_the_first_octets_win(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	stream_put(s, 4, "EFGH", 4);
	stream_put(s, 2, "cdef", 4);
	stream_put(s, 0, "abXXXXXXij", 10);
	stream_is(s, "abcdEFGHij");
	stream_put(s, 0, "0123456789", 10);
	assert_int_equal(s->len, 10);
	stream_free(s);
}

static void
wraps_with_the_sequence_numbers(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	s->flow.side[0].next = 0xfffffffe;
	stream_put(s, 1, "de", 2);
	stream_put(s, 0xfffffffe, "abc", 3);
	stream_is(s, "abcde");
	stream_free(s);
}

static void
gives_kept_octets_again(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	s->keep = 4;
	stream_put(s, 0, "abcdef", 6);
	stream_is(s, "ab");
	assert_non_null(s->flow.side[0].block);
	stream_put(s, 6, "ghij", 4);
	stream_is(s, "abcdef");
	s->keep = 0;
	stream_put(s, 10, "k", 1);
	stream_is(s, "abcdefghijk");
	assert_null(s->flow.side[0].block);
	stream_free(s);
}

static void
gives_up_a_hole_that_was_acknowledged(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	s->flow.side[1].flags = SIDE_SEEN | SIDE_PROVED;
	s->flow.side[1].ack = 200;
	stream_put(s, 100, "a", 1);
	stream_put(s, 101, "b", 1);
	assert_int_equal(s->gaps, 0);
	stream_put(s, 102, "c", 1);
	assert_int_equal(s->gaps, 1);
	stream_is(s, "abc");
	assert_int_equal(reasm_dropped(s->reasm), 100);
	stream_put(s, 103, "d", 1);
	stream_is(s, "abcd");
	stream_free(s);
}

static void
gives_up_a_hole_that_holds_up_too_much(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	for (uint32_t i = 0; i < LIMIT_REASM_WAIT; i++)
		stream_put(s, 50 + i, "x", 1);
	assert_int_equal(s->gaps, 1);
	assert_int_equal(s->len, LIMIT_REASM_WAIT);
	stream_free(s);
}

static void
flushes_what_waits_behind_holes(void **state)
{
	struct stream *s = stream_new(1U << 16);
	struct cursor out;
	enum reasm_result r;

	(void)state;
	stream_put(s, 10, "b", 1);
	stream_put(s, 20, "c", 1);
	while ((r = reasm_flush(s->reasm, &s->flow, SIDE_ORIG, &out)) !=
	       REASM_NOTHING)
		stream_take(s, r, &out, 0);
	stream_is(s, "bc");
	assert_int_equal(s->gaps, 2);
	assert_null(s->flow.side[0].block);
	stream_free(s);
}

static void
ignores_what_is_far_outside_the_window(void **state)
{
	struct stream *s = stream_new(1U << 16);

	(void)state;
	stream_put(s, 0x40000000, "wild", 4);
	stream_put(s, 0x90000000, "wild", 4);
	stream_put(s, 0, "tame", 4);
	stream_is(s, "tame");
	assert_int_equal(reasm_dropped(s->reasm), 4);
	stream_free(s);
}

static void
takes_large_segments_in_parts(void **state)
{
	struct stream *s = stream_new(1U << 16);
	uint8_t *big = malloc(65000);

	(void)state;
	for (size_t i = 0; i < 65000; i++)
		big[i] = (uint8_t)(i * 7);
	s->keep = 1;
	stream_put(s, 0, big, 10);
	stream_put(s, 10, big + 10, 64990);
	assert_int_equal(s->len, 64999);
	assert_memory_equal(s->got, big, s->len);
	assert_int_equal(s->gaps, 0);
	free(big);
	stream_free(s);
}

static void
takes_the_oldest_block_when_the_pool_is_empty(void **state)
{
	struct stream *s = stream_new(2 * REASM_WINDOW);
	struct flow flows[3] = { 0 };
	struct packet p = packet_tcp(1, 1000, 2, 80, TCP_ACK);
	struct cursor out;

	(void)state;
	p.tcp_seq = 5;
	packet_payload(&p, "late", 4);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
		    reasm_put(s->reasm, &flows[i], SIDE_ORIG, &p, &out),
		    REASM_NOTHING);
	assert_int_equal(s->lost, 1);
	assert_null(flows[0].side[0].block);
	assert_non_null(flows[1].side[0].block);
	assert_non_null(flows[2].side[0].block);
	reasm_drop(s->reasm, &flows[1]);
	reasm_drop(s->reasm, &flows[2]);
	assert_int_equal(reasm_dropped(s->reasm), 12);
	stream_free(s);
}

/* Any cutting into segments, sent in any near order with repeats, gives the stream. The generator is fixed. */
static uint32_t
next_random(uint32_t *x)
{
	*x = *x * 1664525U + 1013904223U;
	return *x >> 8;
}

static void
equals_the_unsplit_stream(void **state)
{
	static uint8_t sent[20000];

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 31 + i / 251);
	for (uint32_t seed = 1; seed <= 200; seed++) {
		struct stream *s = stream_new(1U << 16);
		uint32_t x = seed;
		size_t at = 0;

		s->keep = seed % 3 == 0 ? seed % 50 : 0;
		while (at < sizeof(sent)) {
			size_t n = 1 + next_random(&x) % 900;
			size_t back = next_random(&x) % 400;

			n = n > sizeof(sent) - at ? sizeof(sent) - at : n;
			back = back > at ? at : back;
			if (next_random(&x) % 3 == 0 && n > 1) {
				size_t half = n / 2;

				stream_put(s, (uint32_t)(at + half),
				    sent + at + half, n - half);
				stream_put(s, (uint32_t)at, sent + at, half);
			} else {
				stream_put(s, (uint32_t)(at - back),
				    sent + at - back, n + back);
			}
			at += n;
		}
		assert_int_equal(s->gaps, 0);
		assert_int_equal(s->len, sizeof(sent) - s->keep);
		assert_memory_equal(s->got, sent, s->len);
		reasm_drop(s->reasm, &s->flow);
		stream_free(s);
	}
}

static void
ranges_merge_and_are_bounded(void **state)
{
	struct range r[4];
	uint32_t n = 0;

	(void)state;
	assert_true(ranges_add(r, &n, 4, (struct range){ 10, 20 }));
	assert_true(ranges_add(r, &n, 4, (struct range){ 30, 40 }));
	assert_true(ranges_add(r, &n, 4, (struct range){ 50, 60 }));
	assert_true(ranges_add(r, &n, 4, (struct range){ 0, 5 }));
	assert_int_equal(n, 4);
	assert_false(ranges_add(r, &n, 4, (struct range){ 70, 80 }));
	assert_int_equal(n, 4);
	assert_true(ranges_add(r, &n, 4, (struct range){ 20, 30 }));
	assert_int_equal(n, 3);
	assert_int_equal(r[1].from, 10);
	assert_int_equal(r[1].to, 40);
	assert_true(ranges_add(r, &n, 4, (struct range){ 0, 100 }));
	assert_int_equal(n, 1);
	assert_int_equal(r[0].to, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_in_order_octets_without_a_block),
		cmocka_unit_test(waits_for_a_hole_and_fills_it),
		cmocka_unit_test(lets_the_first_octets_win),
		cmocka_unit_test(wraps_with_the_sequence_numbers),
		cmocka_unit_test(gives_kept_octets_again),
		cmocka_unit_test(gives_up_a_hole_that_was_acknowledged),
		cmocka_unit_test(gives_up_a_hole_that_holds_up_too_much),
		cmocka_unit_test(flushes_what_waits_behind_holes),
		cmocka_unit_test(ignores_what_is_far_outside_the_window),
		cmocka_unit_test(takes_large_segments_in_parts),
		cmocka_unit_test(takes_the_oldest_block_when_the_pool_is_empty),
		cmocka_unit_test(equals_the_unsplit_stream),
		cmocka_unit_test(ranges_merge_and_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

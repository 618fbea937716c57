/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag: datagrams from pieces in any order; overlaps, lies, floods and time.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "capture/flow/defrag.h"
#include "capture/limits.h"
#include "frames.h"

static struct packet
piece(uint32_t id, uint32_t at, bool more, const char *data)
{
	struct packet p = packet_of(IPPROTO_UDP, 1, 0, 2, 0);

	p.l4 = PACKET_L4_FRAG;
	p.frag_id = id;
	p.frag_at = at;
	p.frag_more = more;
	packet_payload(&p, data, strlen(data));
	return p;
}

static bool
put(struct defrag *d, struct packet p, struct cursor *out)
{
	return defrag_put(d, &p, out);
}

static void
puts_pieces_together_in_any_order(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct cursor out;

	(void)state;
	assert_false(put(d, piece(1, 16, false, "end"), &out));
	assert_false(put(d, piece(1, 0, true, "01234567"), &out));
	assert_true(put(d, piece(1, 8, true, "89abcdef"), &out));
	assert_int_equal(cur_left(&out), 19);
	assert_memory_equal(out.at, "0123456789abcdefend", 19);
	defrag_free(d);
}

static void
the_first_octets_win_in_ipv4(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct cursor out;

	(void)state;
	(void)put(d, piece(1, 0, true, "01234567"), &out);
	(void)put(d, piece(1, 0, true, "XXXXXXXXYYYYYYYY"), &out);
	assert_true(put(d, piece(1, 16, false, "z"), &out));
	assert_memory_equal(out.at, "01234567YYYYYYYYz", 17);
	defrag_free(d);
}

static void
an_overlap_kills_in_ipv6(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct packet p = piece(1, 0, true, "01234567");
	struct packet q = piece(1, 0, true, "XXXXXXXXYYYYYYYY");
	struct packet last = piece(1, 16, false, "z");
	struct defrag_stats stats;
	struct cursor out;

	(void)state;
	p.src.addr = q.src.addr = last.src.addr = host6(1);
	p.dst.addr = q.dst.addr = last.dst.addr = host6(2);
	assert_false(defrag_put(d, &p, &out));
	assert_false(defrag_put(d, &q, &out));
	assert_false(defrag_put(d, &last, &out));
	defrag_stats_get(d, &stats);
	assert_int_equal(stats.dropped, 2);
	defrag_free(d);
}

static void
keys_keep_networks_apart(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct packet other = piece(1, 8, false, "end");
	struct cursor out;

	(void)state;
	(void)put(d, piece(1, 0, true, "01234567"), &out);
	other.segment = 20;
	assert_false(defrag_put(d, &other, &out));
	other.segment = 0;
	other.ip_proto = IPPROTO_TCP;
	assert_false(defrag_put(d, &other, &out));
	other.ip_proto = IPPROTO_UDP;
	assert_true(defrag_put(d, &other, &out));
	defrag_free(d);
}

static void
lies_are_dropped(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct defrag_stats stats;
	struct packet p = piece(1, 65528, false, "0123456789");
	struct cursor out;

	(void)state;
	assert_false(defrag_put(d, &p, &out)); /* beyond 65535 */
	assert_false(put(d, piece(2, 0, true, "odd"), &out));
	assert_false(put(d, piece(3, 0, true, ""), &out));
	p = piece(4, 0, false, "cut");
	p.cut = true;
	assert_false(defrag_put(d, &p, &out));
	(void)put(d, piece(5, 0, false, "short"), &out);
	defrag_stats_get(d, &stats);
	assert_int_equal(stats.dropped, 4);
	assert_int_equal(stats.fragments, 5);
	defrag_free(d);
}

static void
a_flood_costs_no_more_than_its_places(void **state)
{
	struct defrag *d = defrag_new(LIMIT_FRAG_CONTEXTS);
	struct defrag_stats stats;
	struct cursor out;

	(void)state;
	for (uint32_t i = 0; i < 10 * LIMIT_FRAG_CONTEXTS; i++) {
		struct packet p = piece(i, 0, true, "01234567");

		p.ts.ns = (int64_t)i;
		assert_false(defrag_put(d, &p, &out));
	}
	defrag_stats_get(d, &stats);
	assert_int_equal(stats.dropped, 9 * LIMIT_FRAG_CONTEXTS);
	/* The youngest are still there. */
	assert_true(
	    put(d, piece(10 * LIMIT_FRAG_CONTEXTS - 1, 8, false, "end"), &out));
	defrag_expire(d, (struct wall){ (LIMIT_FRAG_S + 1) * NS_PER_S });
	defrag_stats_get(d, &stats);
	assert_int_equal(stats.dropped, 10 * LIMIT_FRAG_CONTEXTS - 1);
	defrag_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_pieces_together_in_any_order),
		cmocka_unit_test(the_first_octets_win_in_ipv4),
		cmocka_unit_test(an_overlap_kills_in_ipv6),
		cmocka_unit_test(keys_keep_networks_apart),
		cmocka_unit_test(lies_are_dropped),
		cmocka_unit_test(a_flood_costs_no_more_than_its_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

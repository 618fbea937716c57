/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flowtable and tcp: one flow for both directions, what goes when the table is full, what time ends, who is proved.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "capture/flow/flow.h"
#include "capture/limits.h"
#include "frames.h"

struct ended {
	unsigned count;
	uint16_t ports[64]; /* originator's port of each */
};

static void
on_end(void *arg, struct flow *f)
{
	struct ended *e = arg;

	e->ports[e->count++ % 64] = flow_end(f, SIDE_ORIG).port;
}

static struct flow *
track(struct flowtable *t, struct packet p, int64_t s, enum side *side)
{
	p.ts.ns = s * NS_PER_S;
	return flowtable_track(t, &p, side);
}

static void
both_directions_are_one_flow(void **state)
{
	struct ended e = { 0 };
	struct flowtable *t = flowtable_new(8, 1, on_end, &e);
	struct addr orig = host4(9);
	struct endpoint end;
	struct flow *f;
	enum side side;

	(void)state;
	f = track(t, packet_of(IPPROTO_UDP, 9, 53, 2, 4000), 1, &side);
	assert_int_equal(side, SIDE_ORIG);
	assert_ptr_equal(
	    f, track(t, packet_of(IPPROTO_UDP, 2, 4000, 9, 53), 1, &side));
	assert_int_equal(side, SIDE_RESP);
	end = flow_end(f, SIDE_ORIG);
	assert_true(addr_eq(&end.addr, &orig));
	assert_int_equal(end.port, 53);
	assert_int_equal(flow_end(f, SIDE_RESP).port, 4000);
	assert_ptr_not_equal(
	    f, track(t, packet_of(IPPROTO_TCP, 2, 4000, 9, 53), 1, &side));
	flowtable_free(t);
}

static void
segments_do_not_meet(void **state)
{
	struct ended e = { 0 };
	struct flowtable *t = flowtable_new(8, 1, on_end, &e);
	struct packet p = packet_of(IPPROTO_UDP, 1, 53, 2, 4000);
	enum side side;
	struct flow *f = track(t, p, 1, &side);

	(void)state;
	p.segment = 10;
	assert_ptr_not_equal(f, track(t, p, 1, &side));
	flowtable_free(t);
}

static void
a_full_table_gives_up_new_flows_before_open_ones(void **state)
{
	struct ended e = { 0 };
	struct flowtable *t = flowtable_new(4, 1, on_end, &e);
	struct flowtable_stats stats;
	enum side side;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct flow *f = track(
		    t, packet_of(IPPROTO_TCP, 1, 100 + i, 2, 80), i, &side);

		if (i < 2)
			flowtable_move(t, f, FLOW_OPEN);
	}
	(void)track(t, packet_of(IPPROTO_TCP, 1, 200, 2, 80), 9, &side);
	(void)track(t, packet_of(IPPROTO_TCP, 1, 201, 2, 80), 9, &side);
	assert_int_equal(e.count, 2);
	assert_int_equal(e.ports[0], 102);
	assert_int_equal(e.ports[1], 103);
	for (unsigned i = 0; i < 20; i++)
		(void)track(
		    t, packet_of(IPPROTO_TCP, 1, 300 + i, 2, 80), 9, &side);
	flowtable_stats_get(t, &stats);
	assert_int_equal(stats.evicted, 22);
	assert_int_equal(stats.begun, 26);
	/* The two open ones survived the flood. */
	for (unsigned i = 0; i < 22; i++)
		assert_true(e.ports[i] != 100 && e.ports[i] != 101);
	flowtable_free(t);
}

static void
time_ends_what_is_idle(void **state)
{
	struct ended e = { 0 };
	struct flowtable *t = flowtable_new(8, 1, on_end, &e);
	struct flow *f;
	enum side side;

	(void)state;
	f = track(t, packet_of(IPPROTO_TCP, 1, 100, 2, 80), 0, &side);
	flowtable_move(t, f, FLOW_OPEN);
	(void)track(t, packet_of(IPPROTO_TCP, 1, 101, 2, 80), 0, &side);
	flowtable_expire(t, (struct wall){ LIMIT_TCP_NEW_S * NS_PER_S });
	assert_int_equal(e.count, 0);
	flowtable_expire(t, (struct wall){ (LIMIT_TCP_NEW_S + 1) * NS_PER_S });
	assert_int_equal(e.count, 1);
	assert_int_equal(e.ports[0], 101);
	/* A packet keeps it alive. */
	(void)track(t, packet_of(IPPROTO_TCP, 1, 100, 2, 80), 500, &side);
	flowtable_expire(t, (struct wall){ 700 * NS_PER_S });
	assert_int_equal(e.count, 1);
	flowtable_finish(t);
	assert_int_equal(e.count, 2);
	flowtable_free(t);
}

/* ---- TCP ---- */

struct talk {
	struct flowtable *t;
	struct flow *f;
	struct ended e;
};

static unsigned
say(struct talk *k, bool server, unsigned flags, uint32_t seq, uint32_t ack,
    const char *data)
{
	struct packet p = server ? packet_tcp(2, 80, 1, 1000, flags)
				 : packet_tcp(1, 1000, 2, 80, flags);
	enum side side;

	p.tcp_seq = seq;
	p.tcp_ack = ack;
	packet_payload(&p, data, strlen(data));
	k->f = flowtable_track(k->t, &p, &side);
	if (flow_tcp_restarts(k->f, side, &p)) {
		flowtable_restart(k->t, k->f, side, p.ts);
		side = SIDE_ORIG;
	}
	return flow_tcp(k->f, side, &p);
}

static void
talk_begin(struct talk *k)
{
	k->e.count = 0;
	k->t = flowtable_new(8, 1, on_end, &k->e);
}

static void
a_handshake_proves_both_sides(void **state)
{
	struct talk k;

	(void)state;
	talk_begin(&k);
	assert_int_equal(say(&k, false, TCP_SYN, 100, 0, ""), 0);
	assert_int_equal(say(&k, true, TCP_SYN | TCP_ACK, 900, 101, ""),
	    TCP_DID_SYNACK | TCP_DID_PROVE);
	assert_true(k.f->handshake);
	assert_int_equal(k.f->server, SIDE_RESP);
	assert_false(k.f->side[SIDE_ORIG].flags & SIDE_PROVED);
	assert_int_equal(say(&k, false, TCP_ACK, 101, 901, ""), TCP_DID_PROVE);
	assert_int_equal(say(&k, false, TCP_FIN | TCP_ACK, 101, 901, ""), 0);
	assert_int_equal(
	    say(&k, true, TCP_FIN | TCP_ACK, 901, 102, ""), TCP_DID_CLOSE);
	flowtable_free(k.t);
}

static void
a_wrong_acknowledgement_proves_nothing(void **state)
{
	struct talk k;

	(void)state;
	talk_begin(&k);
	(void)say(&k, false, TCP_SYN, 100, 0, "");
	assert_int_equal(
	    say(&k, true, TCP_SYN | TCP_ACK, 900, 5000, ""), TCP_DID_SYNACK);
	assert_int_equal(say(&k, false, TCP_ACK, 101, 7777, ""), 0);
	flowtable_free(k.t);
}

static void
midstream_needs_octets_that_were_acknowledged(void **state)
{
	struct talk k;

	(void)state;
	talk_begin(&k);
	(void)say(&k, false, TCP_ACK, 100, 900, "");
	assert_int_equal(say(&k, true, TCP_ACK, 900, 100, "data"), 0);
	assert_int_equal(say(&k, false, TCP_ACK, 100, 904, ""), TCP_DID_PROVE);
	flowtable_free(k.t);
}

static void
a_reset_refuses_only_the_syn_it_answers(void **state)
{
	struct talk k;

	(void)state;
	talk_begin(&k);
	(void)say(&k, false, TCP_SYN, 100, 0, "");
	assert_int_equal(say(&k, true, TCP_RST | TCP_ACK, 0, 101, ""),
	    TCP_DID_REFUSE | TCP_DID_PROVE | TCP_DID_CLOSE);
	flowtable_free(k.t);
	talk_begin(&k);
	(void)say(&k, false, TCP_SYN, 100, 0, "");
	assert_int_equal(
	    say(&k, true, TCP_RST | TCP_ACK, 0, 99, ""), TCP_DID_CLOSE);
	flowtable_free(k.t);
}

static void
a_new_connection_with_old_ports_begins_a_new_flow(void **state)
{
	struct talk k;
	uint64_t id;

	(void)state;
	talk_begin(&k);
	(void)say(&k, false, TCP_SYN, 100, 0, "");
	id = k.f->id;
	(void)say(&k, false, TCP_SYN, 100, 0, ""); /* a repeat */
	assert_int_equal(k.f->id, id);
	(void)say(&k, true, TCP_RST | TCP_ACK, 0, 101, "");
	(void)say(&k, false, TCP_SYN, 5000, 0, "");
	assert_int_not_equal(k.f->id, id);
	assert_int_equal(k.e.count, 1);
	assert_int_equal(k.f->side[SIDE_RESP].flags, 0);
	flowtable_free(k.t);
}

static void
a_syn_ack_seen_first_belongs_to_the_responder(void **state)
{
	struct talk k;

	(void)state;
	talk_begin(&k);
	(void)say(&k, true, TCP_SYN | TCP_ACK, 900, 101, "");
	assert_int_equal(flow_end(k.f, SIDE_RESP).port, 80);
	assert_int_equal(k.f->server, SIDE_RESP);
	flowtable_free(k.t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(segments_do_not_meet),
		cmocka_unit_test(
		    a_full_table_gives_up_new_flows_before_open_ones),
		cmocka_unit_test(time_ends_what_is_idle),
		cmocka_unit_test(a_handshake_proves_both_sides),
		cmocka_unit_test(a_wrong_acknowledgement_proves_nothing),
		cmocka_unit_test(midstream_needs_octets_that_were_acknowledged),
		cmocka_unit_test(a_reset_refuses_only_the_syn_it_answers),
		cmocka_unit_test(
		    a_new_connection_with_old_ports_begins_a_new_flow),
		cmocka_unit_test(a_syn_ack_seen_first_belongs_to_the_responder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell and hosts: a fact once, a heartbeat, again after a refusal; the evidence ladder; whose MAC a frame's is; who
 * is forgotten in a flood.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "capture/hosts.h"
#include "frames.h"
#include "heard.h"

struct room {
	struct heard heard;
	struct teller *teller;
	struct hosts *hosts;
};

static struct room *
room_new(int64_t heartbeat_ns, uint32_t max_hosts)
{
	struct room *r = calloc(1, sizeof(*r));
	struct capture_sink sink = heard_sink(&r->heard);

	r->teller = teller_new(&sink, 1024, 1, heartbeat_ns);
	r->hosts = hosts_new(r->teller, max_hosts, 1);
	return r;
}

static void
room_free(struct room *r)
{
	hosts_free(r->hosts);
	teller_free(r->teller);
	free(r);
}

static struct observation
fact(const char *text, int64_t s)
{
	return (struct observation){
		.kind = OBS_NAME,
		.addr = host4(1),
		.ts = { s * NS_PER_S },
		.text = text_of(text, strlen(text)),
	};
}

static bool
tell(struct room *r, const char *text, int64_t s)
{
	struct observation o = fact(text, s);

	return teller_tell(r->teller, &o);
}

static void
a_fact_is_told_once(void **state)
{
	struct room *r = room_new(0, 64);
	struct observation o = fact("a", 0);

	(void)state;
	assert_true(teller_is_new(r->teller, &o));
	assert_true(tell(r, "a", 1));
	assert_false(teller_is_new(r->teller, &o));
	assert_true(tell(r, "a", 100000));
	assert_true(tell(r, "b", 2));
	assert_int_equal(r->heard.count, 2);
	room_free(r);
}

static void
a_heartbeat_tells_it_again(void **state)
{
	struct room *r = room_new(60 * NS_PER_S, 64);

	(void)state;
	(void)tell(r, "a", 0);
	(void)tell(r, "a", 59);
	assert_int_equal(r->heard.count, 1);
	(void)tell(r, "a", 60);
	assert_int_equal(r->heard.count, 2);
	room_free(r);
}

static void
what_was_refused_counts_as_not_told(void **state)
{
	struct room *r = room_new(0, 64);
	struct tell_stats stats;

	(void)state;
	r->heard.refuse = true;
	assert_false(tell(r, "a", 0));
	r->heard.refuse = false;
	assert_true(tell(r, "a", 1));
	assert_int_equal(r->heard.count, 1);
	teller_stats_get(r->teller, &stats);
	assert_int_equal(stats.told, 1);
	assert_int_equal(stats.dropped, 1);
	room_free(r);
}

/* ---- hosts ---- */

static struct packet
from(unsigned host, unsigned to, unsigned mac)
{
	struct packet p = packet_of(IPPROTO_UDP, host, 1, to, 2);

	p.has_mac = true;
	p.src_mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)mac } };
	return p;
}

static void
a_host_is_told_again_only_when_it_is_surer(void **state)
{
	struct room *r = room_new(0, 64);
	struct packet syn = packet_tcp(1, 1000, 2, 80, TCP_SYN);
	struct packet data = packet_tcp(1, 1000, 2, 80, TCP_ACK);
	struct flow_side side = { 0 };

	(void)state;
	hosts_spoke(r->hosts, &syn, &side);
	hosts_spoke(r->hosts, &syn, &side);
	assert_int_equal(r->heard.count, 1);
	assert_int_equal(r->heard.facts[0].strength, STRENGTH_CLAIMED);
	hosts_spoke(r->hosts, &data, &side);
	assert_int_equal(r->heard.count, 2);
	assert_int_equal(r->heard.facts[1].strength, STRENGTH_UNICAST);
	hosts_proved(r->hosts, &data, &side, STRENGTH_TWO_WAY);
	hosts_proved(r->hosts, &data, NULL, STRENGTH_TWO_WAY);
	hosts_spoke(r->hosts, &syn, NULL);
	assert_int_equal(r->heard.count, 3);
	assert_int_equal(r->heard.facts[2].strength, STRENGTH_TWO_WAY);
	room_free(r);
}

static void
groups_and_nobody_are_no_hosts(void **state)
{
	struct room *r = room_new(0, 64);
	struct packet p = from(1, 2, 1);

	(void)state;
	p.src.addr.b[0] = 224;
	hosts_spoke(r->hosts, &p, NULL);
	memset(p.src.addr.b, 0, 4);
	hosts_spoke(r->hosts, &p, NULL);
	memset(p.src.addr.b, 255, 4);
	hosts_spoke(r->hosts, &p, NULL);
	assert_int_equal(r->heard.count, 0);
	room_free(r);
}

static void
link_scope_binds_the_mac_and_routed_frames_do_not(void **state)
{
	struct room *r = room_new(0, 64);
	struct packet p = from(1, 2, 1);
	const struct heard_fact *f;

	(void)state;
	p.ttl = 57;
	hosts_spoke(r->hosts, &p, NULL);
	hosts_spoke(r->hosts, &p, NULL);
	f = heard_find(&r->heard, OBS_FRAME_MAC, 1, 0);
	assert_non_null(f);
	assert_int_equal(f->aux, 57);
	assert_null(heard_find(&r->heard, OBS_MAC, 1, 0));
	p.ttl = 64;
	hosts_spoke(r->hosts, &p, NULL);
	assert_int_equal(heard_count(&r->heard, OBS_FRAME_MAC), 2);
	assert_int_equal(
	    r->heard.facts[r->heard.count - 1].aux, 64 | FRAME_MAC_LOCAL);
	memset(p.dst.addr.b, 255, 4);
	hosts_spoke(r->hosts, &p, NULL);
	f = heard_find(&r->heard, OBS_MAC, 1, 0);
	assert_non_null(f);
	assert_int_equal(f->mac.b[5], 1);
	room_free(r);
}

static void
shared_and_tunnelled_macs_bind_nothing(void **state)
{
	struct room *r = room_new(0, 64);
	struct packet vrrp = from(1, 2, 1);
	struct packet inner = from(3, 4, 1);

	(void)state;
	vrrp.dst.addr.b[0] = 224;
	vrrp.dst.addr.b[1] = vrrp.dst.addr.b[2] = 0;
	vrrp.ip_proto = 112;
	hosts_spoke(r->hosts, &vrrp, NULL);
	inner.depth = 1;
	hosts_spoke(r->hosts, &inner, NULL);
	assert_int_equal(heard_count(&r->heard, OBS_MAC), 0);
	assert_int_equal(heard_count(&r->heard, OBS_FRAME_MAC), 1);
	assert_int_equal(heard_count(&r->heard, OBS_HOST), 2);
	room_free(r);
}

static void
a_flood_of_claims_forgets_no_proved_host(void **state)
{
	struct room *r = room_new(0, 64);
	struct packet p = packet_tcp(1, 1, 2, 80, TCP_SYN);

	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		struct packet real = packet_tcp(100 + i, 1, 2, 80, TCP_ACK);

		hosts_proved(r->hosts, &real, NULL, STRENGTH_TWO_WAY);
	}
	for (unsigned i = 0; i < 100000; i++) {
		p.src.addr.b[0] = 10;
		p.src.addr.b[1] = (uint8_t)(i >> 16);
		p.src.addr.b[2] = (uint8_t)(i >> 8);
		p.src.addr.b[3] = (uint8_t)i;
		hosts_spoke(r->hosts, &p, NULL);
	}
	assert_true(hosts_evicted(r->hosts) > 90000);
	r->heard.count = 0;
	for (unsigned i = 0; i < 16; i++) {
		struct packet real = packet_tcp(100 + i, 1, 2, 80, TCP_ACK);

		hosts_spoke(r->hosts, &real, NULL);
	}
	assert_int_equal(r->heard.count, 0);
	room_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fact_is_told_once),
		cmocka_unit_test(a_heartbeat_tells_it_again),
		cmocka_unit_test(what_was_refused_counts_as_not_told),
		cmocka_unit_test(a_host_is_told_again_only_when_it_is_surer),
		cmocka_unit_test(groups_and_nobody_are_no_hosts),
		cmocka_unit_test(
		    link_scope_binds_the_mac_and_routed_frames_do_not),
		cmocka_unit_test(shared_and_tunnelled_macs_bind_nothing),
		cmocka_unit_test(a_flood_of_claims_forgets_no_proved_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

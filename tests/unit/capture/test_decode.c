/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode: levels, lengths, tags, extension headers and tunnels, and every packet cut at every length.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>

#include "capture/decode/decode.h"
#include "capture/limits.h"
#include "frames.h"
#include "sensor/model/segment.h"

#define LEVELS 16

/* What decode shows of some octets. */
struct shown {
	size_t count;
	enum verdict verdict;
	struct packet at[LEVELS];
};

static struct shown
show(uint32_t linktype, const uint8_t *data, size_t len)
{
	struct decode_input in = {
		.frame = 1, .data = data, .caplen = (uint32_t)len
	};
	struct shown s = { 0 };
	struct decoder d;

	decode_begin(&d, link_find(linktype), &in);
	while (decode_next(&d)) {
		assert_true(s.count < LEVELS);
		s.at[s.count++] = d.pkt;
	}
	s.verdict = d.verdict;
	return s;
}

static struct shown
show_buf(const struct buf *b)
{
	assert_false(b->bad);
	return show(1, b->data, b->len);
}

static struct buf
new_buf(void)
{
	struct buf b;

	buf_init(&b, 1U << 20);
	return b;
}

static void
reads_udp_in_ipv4_in_ethernet(void **state)
{
	struct buf b = new_buf();
	struct addr src = host4(1);
	struct shown s;

	(void)state;
	put_udp_frame(&b, 1, 5000, 2, 53, "hello");
	buf_put(&b, "padding", 7); /* behind the IP length: never payload */
	s = show_buf(&b);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.verdict, VERDICT_OK);
	assert_int_equal(s.at[0].net, PACKET_NET_IP);
	assert_int_equal(s.at[0].l4, PACKET_L4_UDP);
	assert_true(addr_eq(&s.at[0].src.addr, &src));
	assert_int_equal(s.at[0].src.port, 5000);
	assert_int_equal(s.at[0].dst.port, 53);
	assert_int_equal(s.at[0].ttl, 64);
	assert_true(s.at[0].has_mac);
	assert_int_equal(s.at[0].src_mac.b[5], 1);
	assert_int_equal(cur_left(&s.at[0].payload), 5);
	assert_memory_equal(s.at[0].payload.at, "hello", 5);
	assert_false(s.at[0].cut);
	buf_fini(&b);
}

static void
keeps_two_tags_in_the_segment(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x88a8);
	buf_be16(&b, 0x2000 | 100);
	buf_be16(&b, 0x8100);
	buf_be16(&b, 7);
	buf_be16(&b, 0x0800);
	put_ipv4(&b, 1, 2, IPPROTO_UDP, 8);
	put_udp(&b, 1, 2, 0);
	s = show_buf(&b);
	assert_int_equal(s.count, 1);
	assert_int_equal(segment_vlan(s.at[0].segment), 100);
	assert_int_equal(segment_inner_vlan(s.at[0].segment), 7);
	buf_fini(&b);
}

static void
walks_ipv6_extension_headers(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x86dd);
	put_ipv6(&b, 1, 2, IPPROTO_HOPOPTS, 8 + 16 + 8 + 8);
	buf_put(&b, "\x2b\0\0\0\0\0\0\0", 8); /* hop by hop, then routing */
	buf_put(&b, "\x2c\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	buf_put(&b, "\x11\0\0\0\0\0\0\5", 8); /* an atomic fragment */
	put_udp(&b, 1111, 2222, 0);
	s = show_buf(&b);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.at[0].l4, PACKET_L4_UDP);
	assert_int_equal(s.at[0].src.port, 1111);
	buf_fini(&b);
}

static void
shows_a_fragment_without_ports(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x86dd);
	put_ipv6(&b, 1, 2, IPPROTO_FRAGMENT, 8 + 16);
	buf_put(&b, "\x11\0\0\x81\0\0\0\7", 8);
	buf_put(&b, "0123456789abcdef", 16);
	s = show_buf(&b);
	assert_int_equal(s.at[0].l4, PACKET_L4_FRAG);
	assert_int_equal(s.at[0].frag_at, 0x80);
	assert_int_equal(s.at[0].frag_id, 7);
	assert_true(s.at[0].frag_more);
	assert_int_equal(s.at[0].ip_proto, IPPROTO_UDP);
	assert_int_equal(s.at[0].src.port, 0);
	assert_int_equal(cur_left(&s.at[0].payload), 16);
	buf_fini(&b);
}

static void
shows_the_sender_of_a_broken_transport_header(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x0800);
	put_ipv4(&b, 1, 2, IPPROTO_UDP, 8);
	buf_be32(&b, 0x00010002);
	buf_be32(&b, 0x00030000); /* a UDP length of 3 */
	s = show_buf(&b);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.at[0].l4, PACKET_L4_NONE);
	assert_int_equal(s.at[0].src.port, 0);
	buf_fini(&b);
}

static void
tells_verdicts_of_what_is_no_packet(void **state)
{
	static const uint8_t bad_version[] = { 0x25, 0, 0, 20, 0, 0, 0, 0, 64,
		17, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	struct buf b = new_buf();

	(void)state;
	assert_int_equal(show(1, bad_version, 5).verdict, VERDICT_TRUNCATED);
	assert_int_equal(
	    show(101, bad_version, 20).verdict, VERDICT_UNSUPPORTED);
	put_ethernet(&b, 1, 2, 0x0800);
	buf_put(&b, bad_version, sizeof(bad_version));
	assert_int_equal(show_buf(&b).verdict, VERDICT_MALFORMED);
	assert_int_equal(show_buf(&b).count, 0);
	buf_fini(&b);
}

static void
shows_frames_that_are_no_ip(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x88cc);
	buf_put(&b, "lldp", 4);
	s = show_buf(&b);
	assert_int_equal(s.at[0].net, PACKET_NET_ETHERTYPE);
	assert_int_equal(s.at[0].proto_key, 0x88cc);
	assert_int_equal(cur_left(&s.at[0].payload), 4);
	buf_reset(&b);
	put_ethernet(&b, 1, 2, 12);
	buf_put(&b,
	    "\xaa\xaa\x03\x00\x00\x0c\x20\x00"
	    "cdp!"
	    "pad",
	    15);
	s = show_buf(&b);
	assert_int_equal(s.at[0].net, PACKET_NET_SNAP);
	assert_int_equal(s.at[0].proto_key, 0x000c2000);
	assert_int_equal(cur_left(&s.at[0].payload), 4);
	buf_reset(&b);
	put_ethernet(&b, 1, 2, 4);
	buf_put(&b, "\x42\x42\x03s", 4);
	s = show_buf(&b);
	assert_int_equal(s.at[0].net, PACKET_NET_LLC);
	assert_int_equal(s.at[0].proto_key, 0x4242);
	buf_fini(&b);
}

/* ---- tunnels ---- */

/* The inner packet of every tunnel here: UDP from host 3 to host 4. */
static void
put_inner4(struct buf *b)
{
	put_ipv4(b, 3, 4, IPPROTO_UDP, 8 + 2);
	put_udp(b, 3333, 4444, 2);
	buf_put(b, "in", 2);
}

static void
put_inner_frame(struct buf *b)
{
	put_ethernet(b, 3, 4, 0x0800);
	put_inner4(b);
}

#define INNER4 30U
#define INNER_FRAME 44U

static void
check_inner(const struct buf *b, uint64_t overlay)
{
	struct addr outer = host4(1);
	struct addr inner = host4(3);
	struct shown s = show_buf(b);

	assert_int_equal(s.count, 2);
	assert_true(addr_eq(&s.at[0].src.addr, &outer));
	assert_int_equal(s.at[0].depth, 0);
	assert_true(addr_eq(&s.at[1].src.addr, &inner));
	assert_int_equal(s.at[1].depth, 1);
	assert_int_equal(s.at[1].src.port, 3333);
	assert_memory_equal(s.at[1].payload.at, "in", 2);
	assert_int_equal(s.at[0].segment, 0);
	assert_int_equal(s.at[1].segment >> 48, overlay);
	assert_false(s.at[1].has_mac);
}

static void
enters_tunnels_in_ip(void **state)
{
	struct buf b = new_buf();

	(void)state;
	put_ethernet(&b, 1, 2, 0x0800);
	put_ipv4(&b, 1, 2, 4, INNER4);
	put_inner4(&b);
	check_inner(&b, OVERLAY_TUNNEL);
	buf_reset(&b);
	put_ethernet(&b, 1, 2, 0x0800);
	put_ipv4(&b, 1, 2, 47, 16 + INNER4);
	buf_be32(&b, 0xb0000800); /* checksum, key, sequence number */
	buf_be32(&b, 0);
	buf_be32(&b, 77);
	buf_be32(&b, 1);
	put_inner4(&b);
	check_inner(&b, OVERLAY_GRE);
	buf_reset(&b);
	put_ethernet(&b, 1, 2, 0x0800);
	put_ipv4(&b, 1, 2, 47, 8 + 8 + INNER_FRAME);
	buf_be32(&b, 0x100088be); /* ERSPAN II */
	buf_be32(&b, 1);
	buf_be64(&b, 0);
	put_inner_frame(&b);
	check_inner(&b, OVERLAY_TUNNEL);
	buf_fini(&b);
}

static void
put_carrier(struct buf *b, unsigned port, size_t len)
{
	buf_reset(b);
	put_ethernet(b, 1, 2, 0x0800);
	put_ipv4(b, 1, 2, IPPROTO_UDP, 8 + len);
	put_udp(b, 50000, port, len);
}

static void
enters_tunnels_in_udp(void **state)
{
	struct buf b = new_buf();

	(void)state;
	put_carrier(&b, 4789, 8 + INNER_FRAME);
	buf_be32(&b, 0x08000000);
	buf_be32(&b, 0x00123400);
	put_inner_frame(&b);
	check_inner(&b, OVERLAY_VXLAN);
	put_carrier(&b, 6081, 12 + INNER_FRAME);
	buf_be32(&b, 0x01006558); /* four octets of options */
	buf_be32(&b, 0x00000500);
	buf_be32(&b, 0);
	put_inner_frame(&b);
	check_inner(&b, OVERLAY_GENEVE);
	put_carrier(&b, 2152, 12 + INNER4);
	buf_be32(&b, 0x32ff0000 | INNER4);
	buf_be32(&b, 9);
	buf_be32(&b, 0);
	put_inner4(&b);
	check_inner(&b, OVERLAY_GTP);
	put_carrier(&b, 1701, 8 + 4 + INNER4);
	buf_be32(&b, 0x40020000);
	buf_be32(&b, 0x00010001);
	buf_be32(&b, 0xff030021);
	put_inner4(&b);
	check_inner(&b, OVERLAY_TUNNEL);
	buf_fini(&b);
}

static void
stops_at_the_depth_limit(void **state)
{
	struct buf b = new_buf();
	struct shown s;

	(void)state;
	put_ethernet(&b, 1, 2, 0x0800);
	for (unsigned i = 30; i > 0; i--)
		put_ipv4(&b, 1, 2, 4, (size_t)(i - 1) * 20);
	s = show_buf(&b);
	assert_int_equal(s.count, LIMIT_DEPTH);
	assert_int_equal(s.verdict, VERDICT_UNSUPPORTED);
	buf_reset(&b);
	put_ethernet(&b, 1, 2, 0x8100);
	for (unsigned i = 0; i < 500; i++)
		buf_be32(&b, 0x00018100);
	s = show_buf(&b);
	assert_int_equal(s.count, 0);
	assert_int_equal(s.verdict, VERDICT_UNSUPPORTED);
	buf_fini(&b);
}

/* ---- other link types ---- */

/* What stands before the inner packet. */
static const struct {
	uint32_t linktype;
	const char *head;
	size_t len;
} link_cases[] = {
	{ 0, "\x02\0\0\0", 4 },
	{ 108, "\0\0\0\x02", 4 },
	{ 12, "", 0 },
	{ 101, "", 0 },
	{ 228, "", 0 },
	{ 9, "\xff\x03\x00\x21", 4 },
	{ 9, "\x21", 1 },
	{ 50, "\xff\x03\x00\x21", 4 },
	{ 51, "\x11\0\0\1\0\x20\0\x21", 8 },
	{ 104, "\x0f\0\x08\0", 4 },
	{ 10,
	    "\x50"
	    "abcdef"
	    "\x52\x54\0\0\0\1"
	    "\xaa\xaa\3\0\0\0\x08\0",
	    21 },
	{ 113, "\0\0\0\1\0\6\x52\x54\0\0\0\1\0\0\x08\0", 16 },
	{ 276, "\x08\0\0\0\0\0\0\1\0\1\0\6\x52\x54\0\0\0\1\0\0", 20 },
	{ 239, "\2\0\0\0\x08\0\1\0\0\0\0\0\x22\0\x09\0", 16 },
	{ 105,
	    "\x88\2\0\0"
	    "abcdef"
	    "ghijkl"
	    "\x52\x54\0\0\0\1"
	    "\0\0\0\0"
	    "\xaa\xaa\3\0\0\0\x08\0",
	    34 },
	{ 127,
	    "\0\0\x08\0\0\0\0\0"
	    "\x08\1\0\0"
	    "abcdef"
	    "\x52\x54\0\0\0\1"
	    "ghijkl"
	    "\0\0"
	    "\xaa\xaa\3\0\0\0\x08\0",
	    40 },
	{ 192, "\0\0\x08\0\x65\0\0\0", 8 },
};

static void
reads_link_types(void **state)
{
	struct addr src = host4(3);
	struct buf b = new_buf();

	(void)state;
	for (size_t i = 0; i < ES_ARRAY_LEN(link_cases); i++) {
		struct shown s;

		buf_reset(&b);
		buf_put(&b, link_cases[i].head, link_cases[i].len);
		put_inner4(&b);
		s = show(link_cases[i].linktype, b.data, b.len);
		assert_int_equal(s.count, 1);
		assert_true(addr_eq(&s.at[0].src.addr, &src));
		assert_int_equal(s.at[0].src.port, 3333);
		if (s.at[0].has_mac)
			assert_memory_equal(
			    s.at[0].src_mac.b, "\x52\x54\0\0\0\1", 6);
	}
	assert_null(link_find(230));
	buf_fini(&b);
}

/* Every prefix of every kind of packet: nothing read past the end (the sanitizer watches), and no address or port
 * shown that the whole does not show. */
static void
shows_nothing_of_a_cut_packet_that_the_whole_has_not(void **state)
{
	struct buf b = new_buf();
	struct shown whole;

	(void)state;
	put_carrier(&b, 4789, 8 + INNER_FRAME);
	buf_be32(&b, 0x08000000);
	buf_be32(&b, 0x00123400);
	put_inner_frame(&b);
	whole = show_buf(&b);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *exact = malloc(len == 0 ? 1 : len);
		struct shown cut;

		memcpy(exact, b.data, len);
		cut = show(1, exact, len);
		assert_true(cut.count <= whole.count);
		for (size_t i = 0; i < cut.count; i++) {
			assert_true(addr_eq(
			    &cut.at[i].src.addr, &whole.at[i].src.addr));
			assert_true(cut.at[i].src.port == 0 ||
				    cut.at[i].src.port == whole.at[i].src.port);
		}
		assert_true(cut.count == 0 || cut.at[0].cut);
		free(exact);
	}
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_udp_in_ipv4_in_ethernet),
		cmocka_unit_test(keeps_two_tags_in_the_segment),
		cmocka_unit_test(walks_ipv6_extension_headers),
		cmocka_unit_test(shows_a_fragment_without_ports),
		cmocka_unit_test(shows_the_sender_of_a_broken_transport_header),
		cmocka_unit_test(tells_verdicts_of_what_is_no_packet),
		cmocka_unit_test(shows_frames_that_are_no_ip),
		cmocka_unit_test(enters_tunnels_in_ip),
		cmocka_unit_test(enters_tunnels_in_udp),
		cmocka_unit_test(stops_at_the_depth_limit),
		cmocka_unit_test(reads_link_types),
		cmocka_unit_test(
		    shows_nothing_of_a_cut_packet_that_the_whole_has_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

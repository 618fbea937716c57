/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets in packets: what IP protocols and UDP ports carry other packets,
 * and how far their headers reach.
 *
 * A UDP tunnel is entered when both the port and the content fit; the outer
 * packet is shown in any case, so a wrong guess costs nothing but a look.
 * Each tunnel makes a segment of its own: 10.0.0.1 inside it is not the
 * 10.0.0.1 outside.
 *
 * Spec: RFC 2784, 2890, 2637 (GRE), 7348 (VXLAN), 8926 (GENEVE), 4380
 * (Teredo), 2661 (L2TP), 3378 (EtherIP), 8086 (GRE in UDP), TS 29.281 (GTP).
 */
#include <netinet/in.h>

#include "capture/decode/steps.h"
#include "sensor/model/segment.h"

#define PROTO_IPIP 4
#define PROTO_IPV6 41
#define PROTO_GRE 47
#define PROTO_ETHERIP 97
#define PROTO_MPLS 137

#define GRE_CHECKSUM 0x8000U
#define GRE_ROUTING 0x4000U
#define GRE_KEY 0x2000U
#define GRE_SEQ 0x1000U
#define GRE_ACK 0x0080U

static void
tunnel_segment(struct decoder *d, enum overlay kind, uint32_t id)
{
	if (d->segment >> 48 == OVERLAY_NONE)
		d->segment |= segment_of(0, 0, kind, id);
}

bool
tunnel_in_ip(unsigned ip_proto)
{
	return ip_proto == PROTO_IPIP || ip_proto == PROTO_IPV6 ||
	       ip_proto == PROTO_GRE || ip_proto == PROTO_ETHERIP ||
	       ip_proto == PROTO_MPLS;
}

/* The mirrors of switches: a header that depends on the version, a frame. */
static enum verdict
tunnel_erspan(struct decoder *d, uint16_t type, bool has_seq)
{
	if (type == 0x22eb) {
		const uint8_t *h = cur_take(&d->cur, 12);

		if (h != NULL && (h[11] & 1))
			cur_skip(&d->cur, 8);
	} else if (has_seq) {
		cur_skip(&d->cur, 8);
	}
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	return decode_go(d, step_ethernet);
}

static enum verdict
tunnel_gre(struct decoder *d)
{
	uint16_t flags = cur_be16(&d->cur);
	uint16_t type = cur_be16(&d->cur);
	uint32_t key = 0;

	if ((flags & 7) > 1)
		return VERDICT_UNSUPPORTED;
	if (flags & (GRE_CHECKSUM | GRE_ROUTING))
		cur_skip(&d->cur, 4);
	if (flags & GRE_KEY)
		key = cur_be32(&d->cur);
	if (flags & GRE_SEQ)
		cur_skip(&d->cur, 4);
	if ((flags & 7) == 1 && (flags & GRE_ACK))
		cur_skip(&d->cur, 4);
	while (flags & GRE_ROUTING) { /* source routes, up to an empty one */
		uint16_t family = cur_be16(&d->cur);
		uint8_t len;

		cur_skip(&d->cur, 1);
		len = cur_u8(&d->cur);
		cur_skip(&d->cur, len);
		if (cur_bad(&d->cur) || (family == 0 && len == 0))
			break;
	}
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (flags & GRE_KEY && (flags & 7) == 0)
		tunnel_segment(d, OVERLAY_GRE, key);
	else
		tunnel_segment(d, OVERLAY_TUNNEL, 0);
	if (type == 0x88be || type == 0x22eb)
		return tunnel_erspan(d, type, (flags & GRE_SEQ) != 0);
	if (type < ETHERTYPE_MIN)
		return VERDICT_UNSUPPORTED;
	return decode_go_type(d, step_ethertype, type);
}

enum verdict
step_tunnel_ip(struct decoder *d)
{
	switch (d->next_type) {
	case PROTO_GRE:
		return tunnel_gre(d);
	case PROTO_ETHERIP:
		cur_skip(&d->cur, 2);
		tunnel_segment(d, OVERLAY_TUNNEL, 0);
		return decode_go(d, step_ethernet);
	case PROTO_MPLS:
		tunnel_segment(d, OVERLAY_MPLS, 0);
		return decode_go(d, step_mpls);
	case PROTO_IPV6:
		tunnel_segment(d, OVERLAY_TUNNEL, 0);
		return decode_go(d, step_ipv6);
	default:
		tunnel_segment(d, OVERLAY_TUNNEL, 0);
		return decode_go(d, step_ipv4);
	}
}

/* ---- in UDP ---- */

static enum verdict
udp_vxlan(struct decoder *d)
{
	uint8_t flags = cur_u8(&d->cur);

	cur_skip(&d->cur, 3);
	tunnel_segment(d, OVERLAY_VXLAN, cur_be24(&d->cur));
	cur_skip(&d->cur, 1);
	if (cur_bad(&d->cur) || (flags & 0xc8) != 0x08)
		return VERDICT_UNSUPPORTED;
	return decode_go(d, step_ethernet);
}

/* The generic extension names its payload. */
static enum verdict
udp_vxlan_gpe(struct decoder *d)
{
	uint8_t next;

	cur_skip(&d->cur, 3);
	next = cur_u8(&d->cur);
	tunnel_segment(d, OVERLAY_VXLAN, cur_be24(&d->cur));
	cur_skip(&d->cur, 1);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (next == 1 || next == 2)
		return decode_go(d, step_ip);
	if (next == 3)
		return decode_go(d, step_ethernet);
	return next == 4 ? decode_go_type(d, step_ethertype, 0x894f)
			 : VERDICT_UNSUPPORTED;
}

static enum verdict
udp_geneve(struct decoder *d)
{
	uint8_t first = cur_u8(&d->cur);
	uint16_t type;

	cur_skip(&d->cur, 1);
	type = cur_be16(&d->cur);
	tunnel_segment(d, OVERLAY_GENEVE, cur_be24(&d->cur));
	cur_skip(&d->cur, 1U + (first & 0x3fU) * 4U);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (first >> 6 != 0 || type < ETHERTYPE_MIN)
		return VERDICT_UNSUPPORTED;
	return decode_go_type(d, step_ethertype, type);
}

/* GTP-U version 1: only its data messages hold a packet. */
static enum verdict
udp_gtp(struct decoder *d)
{
	uint8_t flags = cur_u8(&d->cur);
	uint8_t message = cur_u8(&d->cur);
	uint8_t ext = 0;

	/* The endpoint id differs with the direction: no part of a key. */
	cur_skip(&d->cur, 6);
	tunnel_segment(d, OVERLAY_GTP, 0);
	if (flags >> 5 != 1 || (flags & 0x10) == 0 || message != 0xff)
		return VERDICT_UNSUPPORTED;
	if (flags & 0x07) {
		cur_skip(&d->cur, 3);
		ext = cur_u8(&d->cur);
		if ((flags & 0x04) == 0)
			ext = 0;
	}
	while (ext != 0 && !cur_bad(&d->cur)) {
		size_t len = (size_t)cur_u8(&d->cur) * 4;

		if (len == 0)
			return VERDICT_MALFORMED;
		cur_skip(&d->cur, len - 2);
		ext = cur_u8(&d->cur);
	}
	return decode_go(d, step_ip);
}

/* Version 0 has a fixed header. */
static enum verdict
udp_gtp0(struct decoder *d)
{
	uint8_t flags = cur_u8(&d->cur);
	uint8_t message = cur_u8(&d->cur);

	cur_skip(&d->cur, 18);
	if ((flags & 0xf0) != 0x10 || message != 0xff)
		return VERDICT_UNSUPPORTED;
	tunnel_segment(d, OVERLAY_GTP, 0);
	return decode_go(d, step_ip);
}

static enum verdict
udp_teredo(struct decoder *d)
{
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	if (cur_peek(&d->cur, 0) == 0 && cur_peek(&d->cur, 1) == 1) {
		size_t id;
		size_t auth;

		cur_skip(&d->cur, 2);
		id = cur_u8(&d->cur);
		auth = cur_u8(&d->cur);
		cur_skip(&d->cur, id + auth + 9);
	}
	if (cur_peek(&d->cur, 0) == 0 && cur_peek(&d->cur, 1) == 0)
		cur_skip(&d->cur, 8);
	return decode_go(d, step_ipv6);
}

static enum verdict
udp_ayiya(struct decoder *d)
{
	uint8_t id = cur_u8(&d->cur);
	uint8_t sig = cur_u8(&d->cur);
	uint8_t op = cur_u8(&d->cur);
	uint8_t next = cur_u8(&d->cur);

	cur_skip(&d->cur, 4 + (1UL << (id >> 4)) + (sig >> 4) * 4UL);
	if ((op & 0x0f) != 1 || next != PROTO_IPV6)
		return VERDICT_UNSUPPORTED;
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	return decode_go(d, step_ipv6);
}

/* Version 2 data messages: the fields that are there are told by flags. */
static enum verdict
udp_l2tp(struct decoder *d)
{
	uint16_t flags = cur_be16(&d->cur);

	if ((flags & 0x8000) || (flags & 0x0f) != 2)
		return VERDICT_UNSUPPORTED;
	cur_skip(&d->cur, flags & 0x4000 ? 6 : 4);
	if (flags & 0x0800)
		cur_skip(&d->cur, 4);
	if (flags & 0x0200)
		cur_skip(&d->cur, cur_be16(&d->cur));
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	return decode_go(d, step_ppp);
}

/* An access point's frames, as Ethernet or as 802.11. Of the latter many
 * access points send the two octets of frame control swapped. */
static enum verdict
udp_capwap(struct decoder *d)
{
	uint8_t preamble = cur_u8(&d->cur);
	uint32_t head = cur_be24(&d->cur);
	size_t words = head >> 19;
	int type;

	/* Whole frames only: no fragments, no keep-alives, no DTLS. */
	if (preamble != 0 || (head & 0x000088) != 0 || words < 2)
		return VERDICT_UNSUPPORTED;
	cur_skip(&d->cur, words * 4 - 4);
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	if ((head & 0x000100) == 0)
		return decode_go(d, step_ethernet);
	type = cur_peek(&d->cur, 1);
	return decode_go_type(d, link_ieee80211.step,
	    type >= 0 && (type & 0x0f) == 0x08 ? IEEE80211_SWAPPED : 0);
}

static enum verdict
udp_gre(struct decoder *d)
{
	return decode_go_type(d, step_tunnel_ip, PROTO_GRE);
}

static enum verdict
udp_mpls(struct decoder *d)
{
	tunnel_segment(d, OVERLAY_MPLS, 0);
	return decode_go(d, step_mpls);
}

static enum verdict
udp_lisp(struct decoder *d)
{
	cur_skip(&d->cur, 8);
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	return decode_go(d, step_ip);
}

/* A sniffer's stream: tagged fields up to an end tag, then a frame. */
static enum verdict
udp_tzsp(struct decoder *d)
{
	uint8_t version = cur_u8(&d->cur);
	uint8_t type = cur_u8(&d->cur);
	uint16_t encap = cur_be16(&d->cur);

	if (version != 1 || type > 1 || encap != 1)
		return VERDICT_UNSUPPORTED;
	while (!cur_bad(&d->cur)) {
		uint8_t tag = cur_u8(&d->cur);

		if (tag == 1)
			break;
		if (tag != 0)
			cur_skip(&d->cur, cur_u8(&d->cur));
	}
	tunnel_segment(d, OVERLAY_TUNNEL, 0);
	return decode_go(d, step_ethernet);
}

/* The tunnel that @p port stands for; NULL: none. */
static enum verdict (*tunnel_at(uint16_t port))(struct decoder *)
{
	switch (port) {
	case 1701:
		return udp_l2tp;
	case 2152:
		return udp_gtp;
	case 3386:
		return udp_gtp0;
	case 3544:
		return udp_teredo;
	case 4341:
		return udp_lisp;
	case 4754:
		return udp_gre;
	case 4789:
	case 8472:
		return udp_vxlan;
	case 4790:
		return udp_vxlan_gpe;
	case 5072:
		return udp_ayiya;
	case 5247:
		return udp_capwap;
	case 6081:
		return udp_geneve;
	case 6635:
		return udp_mpls;
	case 37008:
		return udp_tzsp;
	default:
		return NULL;
	}
}

/* Where both directions of a tunnel use one well-known port at one end. */
static bool
tunnel_answers(uint16_t port)
{
	return port == 1701 || port == 2152 || port == 3386 || port == 3544 ||
	       port == 5072 || port == 5247;
}

uint16_t
tunnel_udp_port(const struct packet *p)
{
	if (tunnel_at(p->dst.port) != NULL)
		return p->dst.port;
	return tunnel_answers(p->src.port) ? p->src.port : 0;
}

enum verdict
step_tunnel_udp(struct decoder *d)
{
	enum verdict (*step)(struct decoder *) =
	    tunnel_at((uint16_t)d->next_type);

	return step == NULL ? VERDICT_UNSUPPORTED : step(d);
}

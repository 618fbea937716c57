/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet and what stands between it and IP: tags, LLC and SNAP, MPLS,
 * PPPoE, provider backbone and fabric headers.
 *
 * Spec: IEEE 802.3, 802.1Q, 802.1ad, 802.1ah, 802.1BR; RFC 1042, 3032, 2516.
 */
#include "capture/decode/steps.h"
#include "sensor/model/segment.h"

#define PPPOE_VERSION_TYPE 0x11U
#define SNAP_OUI_ETHERNET 0x000000U
#define SNAP_OUI_BRIDGE_TUNNEL 0x0000f8U

enum verdict
step_ethernet(struct decoder *d)
{
	struct packet *p = &d->pkt;

	cur_copy(&d->cur, p->dst_mac.b, sizeof(p->dst_mac.b));
	cur_copy(&d->cur, p->src_mac.b, sizeof(p->src_mac.b));
	d->next_type = cur_be16(&d->cur);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	p->has_mac = !d->mac_hidden;
	return step_ethertype(d);
}

/* The outermost tag is the segment; the next one is kept beside it. */
static enum verdict
ether_vlan(struct decoder *d)
{
	unsigned id = cur_be16(&d->cur) & 0xfff;
	uint16_t type = cur_be16(&d->cur);

	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (segment_vlan(d->segment) == 0)
		d->segment |= id;
	else if (segment_inner_vlan(d->segment) == 0)
		d->segment |= (uint64_t)id << 12;
	return decode_go_type(d, step_ethertype, type);
}

/* @p skip octets, then an ethertype. */
static enum verdict
ether_skip_to_type(struct decoder *d, size_t skip)
{
	uint16_t type;

	cur_skip(&d->cur, skip);
	type = cur_be16(&d->cur);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	return decode_go_type(d, step_ethertype, type);
}

/* @p skip octets, then a whole frame. */
static enum verdict
ether_skip_to_frame(struct decoder *d, size_t skip)
{
	cur_skip(&d->cur, skip);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	return decode_go(d, step_ethernet);
}

static enum verdict
ether_nsh(struct decoder *d)
{
	uint16_t head = cur_be16(&d->cur);
	size_t len = (size_t)(head & 0x3f) * 4;
	uint8_t next;

	cur_skip(&d->cur, 1);
	next = cur_u8(&d->cur);
	if (len < 8)
		return VERDICT_MALFORMED;
	cur_skip(&d->cur, len - 4);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	decode_hide_mac(d);
	if (next == 1 || next == 2)
		return decode_go(d, step_ip);
	if (next == 3)
		return decode_go(d, step_ethernet);
	return VERDICT_UNSUPPORTED;
}

/* A frame that is no IP: shown as it is, for the FRAME dissectors. */
static enum verdict
ether_show(struct decoder *d, enum packet_net net, uint64_t key)
{
	d->pkt.net = (uint8_t)net;
	d->pkt.proto_key = key;
	d->pkt.payload = d->cur;
	d->pkt.cut = d->cut; /* no length of its own to tell by */
	d->emit = true;
	return VERDICT_OK;
}

enum verdict
step_ethertype(struct decoder *d)
{
	uint16_t type = (uint16_t)d->next_type;

	switch (type) {
	case ETHERTYPE_IPV4:
		return step_ipv4(d);
	case ETHERTYPE_IPV6:
		return step_ipv6(d);
	case 0x8100: /* 802.1Q */
	case 0x88a8: /* 802.1ad */
	case 0x9100:
	case 0x9200:
	case 0x9300:
		return ether_vlan(d);
	case ETHERTYPE_MPLS:
	case 0x8848:
		return decode_go(d, step_mpls);
	case 0x8864:
		return decode_go(d, step_pppoe);
	case ETHERTYPE_PPP:
		return decode_go(d, step_ppp);
	case ETHERTYPE_TEB:
		return ether_skip_to_frame(d, 0);
	case 0x88e7: /* 802.1ah: I-TAG, then the customer's frame */
		return ether_skip_to_frame(d, 4);
	case 0x8903: /* FabricPath */
		return ether_skip_to_frame(d, 2);
	case 0x893f: /* 802.1BR E-TAG */
		return ether_skip_to_type(d, 6);
	case 0x8926: /* VN-Tag */
		return ether_skip_to_type(d, 4);
	case 0x8909: /* Cisco MetaData */
		return ether_skip_to_type(d, 6);
	case 0x894f:
		return ether_nsh(d);
	default:
		break;
	}
	if (type >= ETHERTYPE_MIN)
		return ether_show(d, PACKET_NET_ETHERTYPE, type);
	/* 802.3: the field is the length, and padding may follow. */
	d->pkt.cut = type > cur_left(&d->cur);
	d->cur = cur_sub_upto(&d->cur, type);
	return decode_go(d, step_llc);
}

enum verdict
step_llc(struct decoder *d)
{
	uint8_t dsap = cur_u8(&d->cur);
	uint8_t ssap = cur_u8(&d->cur);
	uint8_t control = cur_u8(&d->cur);
	uint32_t oui;
	uint16_t pid;

	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (dsap == 0xaa && ssap == 0xaa && control == 0x03) {
		oui = cur_be24(&d->cur);
		pid = cur_be16(&d->cur);
		if (cur_bad(&d->cur))
			return VERDICT_TRUNCATED;
		if (oui == SNAP_OUI_ETHERNET || oui == SNAP_OUI_BRIDGE_TUNNEL)
			return decode_go_type(d, step_ethertype, pid);
		return ether_show(
		    d, PACKET_NET_SNAP, (uint64_t)oui << 16 | pid);
	}
	if (dsap == 0x06 && ssap == 0x06)
		return decode_go(d, step_ip);
	/* Numbered frames have a second control octet. */
	if ((control & 3) != 3)
		cur_skip(&d->cur, 1);
	return ether_show(d, PACKET_NET_LLC, (uint64_t)dsap << 8 | ssap);
}

/* Is there a frame at @p off, by its ethertype? */
static bool
ether_at(const struct cursor *c, size_t off)
{
	struct cursor at = *c;

	cur_skip(&at, off + 12);
	switch (cur_be16(&at)) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
	case 0x0806: /* ARP */
	case 0x8100:
	case 0x88a8:
		return true;
	default:
		return false;
	}
}

/* Labels down to the bottom of the stack; what follows is only guessable: an IP version nibble, or a pseudowire's
 * frame, before which a control word may stand. */
enum verdict
step_mpls(struct decoder *d)
{
	uint32_t label = cur_be32(&d->cur);
	int nibble = cur_peek(&d->cur, 0);

	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	decode_hide_mac(d);
	if ((label & 0x100) == 0)
		return decode_go(d, step_mpls);
	if (nibble >= 0 && (nibble >> 4 == 4 || nibble >> 4 == 6))
		return decode_go(d, step_ip);
	if (!ether_at(&d->cur, 0) && ether_at(&d->cur, 4))
		cur_skip(&d->cur, 4);
	return decode_go(d, step_ethernet);
}

enum verdict
step_pppoe(struct decoder *d)
{
	uint8_t version = cur_u8(&d->cur);
	uint8_t code = cur_u8(&d->cur);

	cur_skip(&d->cur, 2);
	d->cur = cur_sub_upto(&d->cur, cur_be16(&d->cur));
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (version != PPPOE_VERSION_TYPE || code != 0)
		return VERDICT_MALFORMED;
	decode_hide_mac(d);
	return decode_go(d, step_ppp);
}

enum verdict
step_ppp(struct decoder *d)
{
	uint16_t proto = cur_u8(&d->cur);

	/* Address and control of HDLC framing, then the protocol, whose
	 * first octet may be compressed away (its last one is odd). */
	if (proto == 0xff && cur_peek(&d->cur, 0) == 0x03) {
		cur_skip(&d->cur, 1);
		proto = cur_u8(&d->cur);
	}
	if ((proto & 1) == 0)
		proto = (uint16_t)(proto << 8 | cur_u8(&d->cur));
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	switch (proto) {
	case 0x0021:
		return decode_go(d, step_ipv4);
	case 0x0057:
		return decode_go(d, step_ipv6);
	case 0x0281:
	case 0x0283:
		return decode_go(d, step_mpls);
	default:
		return VERDICT_UNSUPPORTED;
	}
}

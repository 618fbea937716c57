/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLDP: what a switch, a phone or a server says of itself to its neighbour on the cable: name, description, management
 * addresses. The frame's source is the announcing port.
 *
 * Spec: IEEE 802.1AB-2016 §8.4, §8.5.
 */
#include "capture/dissect/dissect.h"

enum lldp_tlv {
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_SYSTEM_NAME = 5,
	TLV_SYSTEM_DESCRIPTION = 6,
	TLV_CAPABILITIES = 7,
	TLV_MANAGEMENT = 8
};

#define CAPABILITY_ROUTER 0x0010
#define AFI_IPV4 1
#define AFI_IPV6 2

struct lldp_seen {
	struct text name;
	struct text description;
	struct addr management;
	bool router;
};

static void
read_tlv(unsigned type, struct cursor tlv, struct lldp_seen *seen)
{
	uint8_t len, family;
	size_t left;

	switch (type) {
	case TLV_SYSTEM_NAME:
		seen->name = text_of(tlv.at, cur_left(&tlv));
		break;
	case TLV_SYSTEM_DESCRIPTION:
		seen->description = text_of(tlv.at, cur_left(&tlv));
		break;
	case TLV_CAPABILITIES:
		cur_skip(&tlv, 2); /* what it could do; next: what it does */
		seen->router = (cur_be16(&tlv) & CAPABILITY_ROUTER) != 0;
		break;
	case TLV_MANAGEMENT:
		len = cur_u8(&tlv);
		family = cur_u8(&tlv);
		left = family == AFI_IPV4 ? 4 : family == AFI_IPV6 ? 16 : 0;
		if (left > 0 && len == left + 1 && cur_left(&tlv) >= left &&
		    !addr_is_set(&seen->management))
			seen->management = addr_from_bytes(tlv.at, left);
		break;
	default:
		break;
	}
}

static void
tell(struct dissect_ctx *ctx, const struct lldp_seen *seen)
{
	const struct mac *mac = &ctx->pkt->src_mac;
	struct observation *obs;

	if (!ctx->pkt->has_mac || mac_is_multicast(mac))
		return;
	if (seen->name.len > 0) {
		obs = observe(ctx, OBS_DEVICE);
		obs->mac = *mac;
		obs->has_mac = true;
		obs->strength = STRENGTH_ONE_WAY;
		obs->text = seen->name;
		obs->text2 = seen->description;
		if (addr_is_unicast(&seen->management))
			obs->addr = seen->management;
	}
	if (seen->router)
		observe_role(ctx, NULL, mac, "router");
}

static enum verdict
lldp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct lldp_seen seen = { 0 };

	if (cur_peek(&cur, 0) >> 1 != TLV_CHASSIS)
		return VERDICT_MALFORMED; /* §8.2: always the first */
	while (cur_left(&cur) > 0) {
		uint16_t head = cur_be16(&cur); /* type:7 length:9 */
		struct cursor tlv = cur_sub(&cur, head & 0x01ff);

		if (cur_bad(&cur)) {
			tell(ctx, &seen);
			return VERDICT_TRUNCATED;
		}
		if (head >> 9 == TLV_END)
			break; /* Ethernet padding may follow */
		read_tlv(head >> 9, tlv, &seen);
	}
	tell(ctx, &seen);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_ETHERTYPE, 0x88cc } };

const struct dissector dissect_lldp = {
	.name = "lldp",
	.spec = "IEEE 802.1AB-2016",
	.source = SRC_LLDP,
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = lldp_dissect,
};

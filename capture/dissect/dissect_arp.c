/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP: who says to be at which MAC.
 *
 * The sender half of a request and of a reply is heard; the target half is only
 * asked about and says nothing. A sender of 0.0.0.0 is a probe (RFC 5227 §1.1),
 * so its target is nobody yet. A reply proves the binding on the link; a
 * request is a broadcast claim.
 *
 * Spec: RFC 826, RFC 5227. Anchor: arpwatch.
 */
#include "capture/dissect/dissect.h"

#define HTYPE_ETHERNET 1
#define HTYPE_IEEE802 6
#define PTYPE_IPV4 0x0800
#define OP_REQUEST 1
#define OP_REPLY 2

static enum verdict
arp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint16_t htype = cur_be16(&cur);
	uint16_t ptype = cur_be16(&cur);
	uint8_t hlen = cur_u8(&cur);
	uint8_t plen = cur_u8(&cur);
	uint16_t op = cur_be16(&cur);
	enum strength strength =
	    op == OP_REPLY ? STRENGTH_LINK_PROVED : STRENGTH_ONE_WAY;
	struct addr sender = { 0 };
	struct mac mac;
	const uint8_t *spa;

	if (cur_bad(&cur))
		return VERDICT_TRUNCATED;
	if ((htype != HTYPE_ETHERNET && htype != HTYPE_IEEE802) ||
	    ptype != PTYPE_IPV4 || (op != OP_REQUEST && op != OP_REPLY))
		return VERDICT_UNSUPPORTED;
	if (hlen != 6 || plen != 4)
		return VERDICT_MALFORMED;
	cur_copy(&cur, mac.b, sizeof(mac.b));
	spa = cur_take(&cur, 4);
	if (spa == NULL)
		return VERDICT_TRUNCATED;
	sender = addr_from_bytes(spa, 4);
	if (!addr_is_unicast(&sender) || mac_is_zero(&mac) ||
	    mac_is_multicast(&mac))
		return VERDICT_OK;
	observe_host(ctx, &sender, strength);
	observe_mac(ctx, &sender, &mac, strength);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_ETHERTYPE, 0x0806 } };

const struct dissector dissect_arp = {
	.name = "arp",
	.spec = "RFC 826",
	.source = SRC_ARP,
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = arp_dissect,
};

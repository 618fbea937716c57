/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CDP: Cisco's discovery protocol, versions 1 and 2: device id, platform, addresses.
 *
 * Spec: none is public; the layout is as Cisco's own documentation and lldpd describe it.
 */
#include "capture/dissect/dissect.h"

enum cdp_tlv {
	CDP_DEVICE_ID = 1,
	CDP_ADDRESSES = 2,
	CDP_CAPABILITIES = 4,
	CDP_PLATFORM = 6
};

#define CAPABILITY_ROUTER 1U
#define PROTOCOL_NLPID 1
#define NLPID_IP 0xcc

static void
first_address(struct cursor tlv, struct addr *addr)
{
	uint32_t count = cur_be32(&tlv);
	uint8_t type = cur_u8(&tlv);
	struct cursor protocol = cur_sub(&tlv, cur_u8(&tlv));
	struct cursor value = cur_sub(&tlv, cur_be16(&tlv));

	if (!cur_bad(&tlv) && count > 0 && type == PROTOCOL_NLPID &&
	    cur_u8(&protocol) == NLPID_IP && cur_left(&value) == 4)
		*addr = addr_from_bytes(value.at, 4);
}

static enum verdict
cdp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	const struct mac *mac = &ctx->pkt->src_mac;
	uint8_t version = cur_u8(&cur);
	struct text name = { 0 }, platform = { 0 };
	struct addr addr = { 0 };
	enum verdict verdict = VERDICT_OK;
	struct observation *obs;
	bool router = false;

	if (version != 1 && version != 2)
		return VERDICT_UNSUPPORTED;
	cur_skip(&cur, 3); /* hold time, checksum */
	while (cur_left(&cur) >= 4) {
		uint16_t type = cur_be16(&cur), len = cur_be16(&cur);
		struct cursor tlv;

		if (len < 4)
			return VERDICT_MALFORMED;
		tlv = cur_sub(&cur, len - 4U);
		if (cur_bad(&cur)) {
			verdict = VERDICT_TRUNCATED;
			break;
		}
		if (type == CDP_DEVICE_ID)
			name = text_of(tlv.at, cur_left(&tlv));
		else if (type == CDP_PLATFORM)
			platform = text_of(tlv.at, cur_left(&tlv));
		else if (type == CDP_ADDRESSES)
			first_address(tlv, &addr);
		else if (type == CDP_CAPABILITIES)
			router = (cur_be32(&tlv) & CAPABILITY_ROUTER) != 0;
	}
	if (!ctx->pkt->has_mac || name.len == 0)
		return verdict;
	obs = observe(ctx, OBS_DEVICE);
	obs->mac = *mac;
	obs->has_mac = true;
	obs->strength = STRENGTH_ONE_WAY;
	obs->text = name;
	obs->text2 = platform;
	if (addr_is_unicast(&addr))
		obs->addr = addr;
	if (router)
		observe_role(ctx, NULL, mac, "router");
	return verdict;
}

static const struct dissect_key keys[] = { { KEY_SNAP,
    UINT32_C(0x00000c) << 16 | 0x2000 } };

const struct dissector dissect_cdp = {
	.name = "cdp",
	.spec = "Cisco Discovery Protocol, versions 1 and 2",
	.source = SRC_CDP,
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = cdp_dissect,
};

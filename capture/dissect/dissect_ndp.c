/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NDP: ARP's part in IPv6, and who routes.
 *
 * A hop limit other than 255 came through a router, which no neighbour message
 * may (RFC 4861 §3.1): such a message is forged. A solicitation from :: asks
 * whether an address is free (RFC 4862 §5.4): neither end is a host yet. An
 * advertisement proves its target, whoever the frame came from.
 *
 * Spec: RFC 4861 §4. Anchor: addrwatch, ndpmon.
 */
#include "capture/dissect/dissect.h"

#define HOP_LIMIT 255
#define OPT_SOURCE_LLADDR 1
#define OPT_TARGET_LLADDR 2

enum ndp_type {
	NDP_ROUTER_SOLICIT = 133,
	NDP_ROUTER_ADVERT = 134,
	NDP_NEIGHBOUR_SOLICIT = 135,
	NDP_NEIGHBOUR_ADVERT = 136
};

/* Find a link-layer address option. False: none, or the options break. */
static bool
find_lladdr(struct cursor cur, uint8_t wanted, struct mac *mac)
{
	while (cur_left(&cur) > 0) {
		uint8_t type = cur_u8(&cur);
		uint8_t len = cur_u8(&cur);
		struct cursor opt;

		if (len == 0)
			return false;
		opt = cur_sub(&cur, (size_t)len * 8 - 2);
		if (type != wanted || len != 1)
			continue;
		cur_copy(&opt, mac->b, sizeof(mac->b));
		return !cur_bad(&opt) && !mac_is_zero(mac) &&
		       !mac_is_multicast(mac);
	}
	return false;
}

static enum verdict
advert(struct dissect_ctx *ctx, struct cursor cur)
{
	const uint8_t *p;
	struct addr target;
	struct mac mac;

	cur_skip(&cur, 4); /* flags */
	p = cur_take(&cur, 16);
	if (p == NULL)
		return VERDICT_TRUNCATED;
	target = addr_from_bytes(p, 16);
	if (target.family != 6 || !addr_is_unicast(&target))
		return VERDICT_MALFORMED;
	observe_host(ctx, &target, STRENGTH_LINK_PROVED);
	if (find_lladdr(cur, OPT_TARGET_LLADDR, &mac))
		observe_mac(ctx, &target, &mac, STRENGTH_LINK_PROVED);
	return VERDICT_OK;
}

static enum verdict
ndp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	const struct addr *src = &ctx->ends[SIDE_ORIG].addr;
	uint8_t type = cur_u8(&cur);
	uint16_t lifetime = 0;
	struct mac mac;

	if (type < NDP_ROUTER_SOLICIT || type > NDP_NEIGHBOUR_ADVERT)
		return VERDICT_OK;
	if (ctx->pkt->ttl != HOP_LIMIT || cur_u8(&cur) != 0)
		return VERDICT_MALFORMED;
	cur_skip(&cur, 2); /* checksum */
	if (type == NDP_NEIGHBOUR_ADVERT)
		return advert(ctx, cur);
	if (type == NDP_ROUTER_ADVERT) {
		cur_skip(&cur, 2); /* hop limit, flags */
		lifetime = cur_be16(&cur);
		cur_skip(&cur, 8); /* timers */
	} else {
		cur_skip(&cur, type == NDP_NEIGHBOUR_SOLICIT ? 20 : 4);
	}
	if (cur_bad(&cur))
		return VERDICT_TRUNCATED;
	if (!addr_is_unicast(src))
		return VERDICT_OK;
	if (lifetime > 0)
		observe_role(ctx, src, NULL, "router");
	if (find_lladdr(cur, OPT_SOURCE_LLADDR, &mac))
		observe_mac(ctx, src, &mac, STRENGTH_ONE_WAY);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_IP_PROTO, 58 } };

const struct dissector dissect_ndp = {
	.name = "ndp",
	.spec = "RFC 4861",
	.source = SRC_NDP,
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = ndp_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BGP: routers, by the marker of sixteen ones. Both speakers are routers; who accepted the connection serves.
 *
 * Spec: RFC 4271 §4.1.
 */
#include "capture/dissect/dissect.h"

#define MARKER_LEN 16
#define HEADER_LEN 19
#define TYPE_MAX 5

static bool
is_bgp(struct cursor cur)
{
	uint16_t len;
	uint8_t type;

	for (unsigned i = 0; i < MARKER_LEN; i++) {
		if (cur_u8(&cur) != 0xff)
			return false;
	}
	len = cur_be16(&cur);
	type = cur_u8(&cur);
	return !cur_bad(&cur) && len >= HEADER_LEN && len <= 4096 &&
	       type >= 1 && type <= TYPE_MAX;
}

static enum claim
bgp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (is_bgp(cur))
		return CLAIM_YES;
	return cur_left(&cur) < HEADER_LEN && cur_peek(&cur, 0) == 0xff &&
		       cur_peek(&cur, 1) == 0xff
		   ? CLAIM_MORE
		   : CLAIM_NO;
}

static enum verdict
bgp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_bgp(cur))
		observe_role(ctx, &ctx->ends[ctx->side].addr, NULL, "router");
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 179 } };

const struct dissector dissect_bgp = {
	.name = "bgp",
	.spec = "RFC 4271",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\xff",
	.nfirst = 1,
	.probe = bgp_probe,
	.dissect = bgp_dissect,
};

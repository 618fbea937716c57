/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IKE: VPN gateways on UDP 500 and 4500 (where four zero octets set it apart from ESP). The first message has no
 * responder cookie, so its sender is the client.
 *
 * Spec: RFC 7296 §3.1, RFC 2408 §3.1, RFC 3948 §2.2.
 */
#include "capture/dissect/dissect.h"

#define PORT_NAT 4500

static bool
is_ike(const struct dissect_ctx *ctx, struct cursor cur, bool *first)
{
	uint8_t version, exchange;
	uint64_t initiator;

	if (ctx->ends[0].port == PORT_NAT || ctx->ends[1].port == PORT_NAT) {
		if (cur_be32(&cur) != 0)
			return false;
	}
	initiator = cur_be64(&cur);
	*first = cur_be64(&cur) == 0;
	cur_skip(&cur, 1); /* next payload */
	version = cur_u8(&cur);
	exchange = cur_u8(&cur);
	cur_skip(&cur, 5); /* flags, message id */
	return cur_be32(&cur) >= 28 && !cur_bad(&cur) && initiator != 0 &&
	       (version == 0x10 || version == 0x20) && exchange > 0 &&
	       exchange < 48;
}

static enum claim
isakmp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	bool first;

	return is_ike(ctx, cur, &first) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
isakmp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	bool first;

	if (is_ike(ctx, cur, &first) && first)
		dissect_server_is(ctx, ctx->side ^ 1U);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 500 },
	{ KEY_UDP_PORT, PORT_NAT } };

const struct dissector dissect_isakmp = {
	.name = "isakmp",
	.spec = "RFC 7296",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = isakmp_probe,
	.dissect = isakmp_dissect,
};

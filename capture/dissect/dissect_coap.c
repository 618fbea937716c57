/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CoAP: small devices on UDP 5683. The code tells requests (class 0) from responses (2, 4, 5).
 *
 * Spec: RFC 7252 §3.
 */
#include "capture/dissect/dissect.h"

#define VERSION 1
#define TOKEN_MAX 8

static bool
is_coap(struct cursor cur, unsigned *class)
{
	uint8_t first = cur_u8(&cur), code = cur_u8(&cur);
	unsigned detail = code & 0x1f;

	*class = code >> 5;
	cur_skip(&cur, 2U + (first & 0x0f));
	if (cur_bad(&cur) || first >> 6 != VERSION ||
	    (first & 0x0f) > TOKEN_MAX)
		return false;
	return (*class == 0 && detail <= 7) || *class == 2 || *class == 4 ||
	       *class == 5;
}

static enum claim
coap_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	unsigned class;

	return ctx->port_hint && is_coap(cur, &class) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
coap_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	unsigned class;

	if (!is_coap(cur, &class))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	if (class != 0)
		dissect_server_is(ctx, ctx->side);
	else if (cur_peek(&cur, 1) != 0) /* not the empty message */
		dissect_server_is(ctx, ctx->side ^ 1U);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 5683 } };

const struct dissector dissect_coap = {
	.name = "coap",
	.spec = "RFC 7252",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = coap_probe,
	.dissect = coap_dissect,
};

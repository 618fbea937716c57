/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GTP control messages (versions 1 and 2): the packet core of a mobile network. User data (T-PDU) is opened by decode
 * and never comes here as a conversation of its own.
 *
 * Spec: 3GPP TS 29.060 §6, TS 29.274 §5.
 */
#include "capture/dissect/dissect.h"

#define ECHO_REQUEST 1
#define ECHO_RESPONSE 2

static bool
is_gtp(struct cursor cur, uint8_t *type)
{
	uint8_t flags = cur_u8(&cur);
	unsigned version = flags >> 5;
	uint16_t len;

	*type = cur_u8(&cur);
	len = cur_be16(&cur);
	if (cur_bad(&cur) || *type == 0)
		return false;
	if (version == 2)
		return len <= cur_left(&cur) && len >= 4;
	return version == 1 && (flags & 0x10) != 0 &&
	       len + 4U <= cur_left(&cur);
}

static enum claim
gtp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t type;

	return ctx->port_hint && is_gtp(cur, &type) ? CLAIM_YES : CLAIM_NO;
}

/* Either peer may ask; an echo tells who answered. */
static enum verdict
gtp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t type;

	if (!is_gtp(cur, &type))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	if (type == ECHO_REQUEST)
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (type == ECHO_RESPONSE)
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 2123 },
	{ KEY_UDP_PORT, 2152 } };

const struct dissector dissect_gtp = {
	.name = "gtp",
	.spec = "3GPP TS 29.060, TS 29.274",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = gtp_probe,
	.dissect = gtp_dissect,
};

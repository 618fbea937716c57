/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RADIUS: authentication and accounting servers. The length in the header is the datagram's and the attributes fill it
 * exactly.
 *
 * Spec: RFC 2865 §3, RFC 2866 §3, RFC 5176 §2.
 */
#include "capture/dissect/dissect.h"

#define HEADER_LEN 20
#define LENGTH_MAX 4096

enum radius_code {
	RADIUS_ACCEPT = 2,
	RADIUS_REJECT = 3,
	RADIUS_ACCOUNTING_REPLY = 5,
	RADIUS_CHALLENGE = 11
};

static bool
is_radius(struct cursor cur, uint8_t *code)
{
	struct cursor attributes;
	uint16_t len;

	*code = cur_u8(&cur);
	cur_skip(&cur, 1); /* identifier */
	len = cur_be16(&cur);
	cur_skip(&cur, 16); /* authenticator */
	if (cur_bad(&cur) || len < HEADER_LEN || len > LENGTH_MAX ||
	    *code == 0 || *code > 45)
		return false;
	attributes = cur_sub(&cur, len - HEADER_LEN);
	while (cur_left(&attributes) > 0) {
		uint8_t type = cur_u8(&attributes);
		uint8_t n = cur_u8(&attributes);

		if (type == 0 || n < 2)
			return false;
		cur_skip(&attributes, n - 2);
	}
	return !cur_bad(&attributes) && !cur_bad(&cur);
}

static enum claim
radius_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t code;

	return ctx->port_hint && is_radius(cur, &code) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
radius_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t code;
	bool reply;

	if (!is_radius(cur, &code))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	reply = code == RADIUS_ACCEPT || code == RADIUS_REJECT ||
		code == RADIUS_ACCOUNTING_REPLY || code == RADIUS_CHALLENGE ||
		code == 41 || code == 42 || code == 44 || code == 45;
	dissect_server_is(ctx, reply ? ctx->side : ctx->side ^ 1U);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 1812 },
	{ KEY_UDP_PORT, 1813 }, { KEY_UDP_PORT, 1645 }, { KEY_UDP_PORT, 1646 },
	{ KEY_UDP_PORT, 3799 } };

const struct dissector dissect_radius = {
	.name = "radius",
	.spec = "RFC 2865",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = radius_probe,
	.dissect = radius_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modbus/TCP: MBAP headers whose lengths fit, on port 502. An exception reply (function code with its high bit) shows
 * the server.
 *
 * Spec: MODBUS Messaging on TCP/IP Implementation Guide V1.0b §3.1.3.
 */
#include "capture/dissect/dissect.h"

#define HEADER_LEN 8
#define LENGTH_MAX 254
#define EXCEPTION 0x80

static bool
is_modbus(struct cursor cur, uint8_t *function)
{
	uint16_t protocol, len;

	cur_skip(&cur, 2); /* transaction */
	protocol = cur_be16(&cur);
	len = cur_be16(&cur);
	cur_skip(&cur, 1); /* unit */
	*function = cur_u8(&cur);
	return !cur_bad(&cur) && protocol == 0 && len >= 2 &&
	       len <= LENGTH_MAX && (*function & ~EXCEPTION) != 0 &&
	       len <= cur_left(&cur) + 2;
}

static enum claim
modbus_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t function;

	if (!ctx->port_hint)
		return CLAIM_NO;
	if (cur_left(&cur) < HEADER_LEN)
		return CLAIM_MORE;
	return is_modbus(cur, &function) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
modbus_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t function;

	if (is_modbus(cur, &function) && (function & EXCEPTION) != 0)
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 502 } };

const struct dissector dissect_modbus = {
	.name = "modbus",
	.spec = "MODBUS Messaging on TCP/IP V1.0b",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = modbus_probe,
	.dissect = modbus_dissect,
};

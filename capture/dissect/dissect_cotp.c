/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ISO transport over TCP (port 102): S7 controllers, MMS devices and others. A connection request goes to the service;
 * the first data unit tells what it carries.
 *
 * Spec: RFC 1006 §6, ISO 8073 §13; S7 as its public descriptions have it (0x32 begins a PDU, 0x72 the newer one).
 */
#include "capture/dissect/dissect.h"

#define TPKT_VERSION 3
#define REQUEST 0xe0
#define CONFIRM 0xd0
#define DATA 0xf0
#define S7_PDU 0x32
#define S7PLUS_PDU 0x72
#define PARAM_SIZE 0xc0
#define PARAM_DESTINATION 0xc2

/* The TPDU's type, and what stands behind its header. */
static bool
read_tpdu(struct cursor cur, uint8_t *type, struct cursor *rest)
{
	uint8_t version = cur_u8(&cur), length;
	uint16_t len;

	cur_skip(&cur, 1);
	len = cur_be16(&cur);
	length = cur_u8(&cur);
	*type = cur_u8(&cur) & 0xf0;
	if (cur_bad(&cur) || version != TPKT_VERSION || len < 7 || length < 2 ||
	    length + 5U > len)
		return false;
	if (*type == DATA)
		cur_skip(&cur, length - 1U);
	else
		cur_skip(&cur, 5); /* references, class: parameters follow */
	*rest = cur;
	return !cur_bad(&cur);
}

static bool
is_parameter(const struct cursor *rest)
{
	int code = cur_peek(rest, 0);

	return code >= PARAM_SIZE && code <= PARAM_DESTINATION;
}

static enum claim
cotp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor rest;
	uint8_t type;

	if (cur_left(&cur) < 7)
		return cur_peek(&cur, 0) == TPKT_VERSION ? CLAIM_MORE
							 : CLAIM_NO;
	if (!read_tpdu(cur, &type, &rest))
		return CLAIM_NO;
	if (type == REQUEST || type == CONFIRM)
		return is_parameter(&rest) ? CLAIM_YES : CLAIM_NO;
	return ctx->port_hint && type == DATA ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
cotp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor rest;
	uint8_t type;

	if (!read_tpdu(cur, &type, &rest))
		return VERDICT_OK; /* the middle of a TPKT */
	if (type == REQUEST)
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (type == CONFIRM)
		dissect_server_is(ctx, ctx->side);
	if (type != DATA || cur_left(&rest) == 0)
		return VERDICT_OK;
	if (cur_peek(&rest, 0) == S7_PDU || cur_peek(&rest, 0) == S7PLUS_PDU)
		dissect_service_name(ctx, "s7comm");
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 102 } };

const struct dissector dissect_cotp = {
	.name = "iso-tsap",
	.spec = "RFC 1006",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\3",
	.nfirst = 1,
	.probe = cotp_probe,
	.dissect = cotp_dissect,
};

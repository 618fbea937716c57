/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DCE/RPC (MS-RPC) over TCP: the bind goes to the server, its acknowledgement comes from it; computer names inside NTLM.
 *
 * Spec: C706 §12.6.3, MS-RPCE §2.2.2.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/ntlm.h"

#define HEADER_LEN 16
#define FRAGMENT_MAX 5840
#define VERSION 5
#define LITTLE_ENDIAN_DATA 0x10

enum dcerpc_type {
	RPC_REQUEST = 0,
	RPC_RESPONSE = 2,
	RPC_FAULT = 3,
	RPC_BIND = 11,
	RPC_BIND_ACK = 12,
	RPC_BIND_NAK = 13,
	RPC_ALTER = 14,
	RPC_ALTER_RESPONSE = 15,
	RPC_AUTH3 = 16
};

static bool
read_header(struct cursor cur, uint8_t *type)
{
	uint8_t major = cur_u8(&cur);
	uint8_t minor = cur_u8(&cur), flags, drep;
	uint16_t len;

	*type = cur_u8(&cur);
	flags = cur_u8(&cur);
	drep = cur_u8(&cur);
	cur_skip(&cur, 3);
	len = drep & LITTLE_ENDIAN_DATA ? cur_le16(&cur) : cur_be16(&cur);
	cur_skip(&cur, 6);
	return !cur_bad(&cur) && major == VERSION && minor <= 1 &&
	       *type <= 19 && (flags & 0x03) != 0 && (drep & 0xef) == 0 &&
	       len >= HEADER_LEN && len <= FRAGMENT_MAX;
}

static enum claim
dcerpc_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t type;

	(void)ctx;
	if (cur_left(&cur) < HEADER_LEN)
		return cur_peek(&cur, 0) == VERSION ? CLAIM_MORE : CLAIM_NO;
	return read_header(cur, &type) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
dcerpc_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t type;

	if (!read_header(cur, &type))
		return VERDICT_OK; /* the middle of a fragment */
	switch (type) {
	case RPC_BIND:
	case RPC_ALTER:
	case RPC_AUTH3:
	case RPC_REQUEST:
		dissect_server_is(ctx, ctx->side ^ 1U);
		break;
	case RPC_BIND_ACK:
	case RPC_BIND_NAK:
	case RPC_ALTER_RESPONSE:
	case RPC_RESPONSE:
	case RPC_FAULT:
		dissect_server_is(ctx, ctx->side);
		break;
	default:
		break;
	}
	if (type == RPC_RESPONSE)
		dissect_release(ctx);
	else if (type != RPC_REQUEST)
		ntlm_names(ctx, cur);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 135 } };

const struct dissector dissect_dcerpc = {
	.name = "msrpc",
	.spec = "C706, MS-RPCE",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x05",
	.nfirst = 1,
	.probe = dcerpc_probe,
	.dissect = dcerpc_dissect,
};

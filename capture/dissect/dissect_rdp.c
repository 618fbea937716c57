/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDP: an X.224 connection request with RDP's cookie or negotiation request, answered by a confirm; then TLS where that
 * was agreed. Over UDP: the SYN of RDP's own transport.
 *
 * Spec: MS-RDPBCGR §2.2.1.1, §2.2.1.2; MS-RDPEUDP §2.2.2.1, §3.1.5.1.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/dissect.h"

#define PORT 3389
#define X224_REQUEST 0xe0
#define X224_CONFIRM 0xd0
#define NEG_REQUEST 1
#define NEG_RESPONSE 2
#define NEG_FAILURE 3
#define PROTOCOL_RDP 0
#define UDP_SYN 0x0001
#define UDP_ACK 0x0004

/* What a TPKT with an X.224 connection TPDU holds behind it. */
static bool
read_x224(struct cursor *cur, uint8_t *type, struct cursor *rest)
{
	uint8_t version = cur_u8(cur), length;
	uint16_t len;

	cur_skip(cur, 1);
	len = cur_be16(cur);
	if (cur_bad(cur) || version != 3 || len < 11 || len > 1024)
		return false;
	*rest = cur_sub_upto(cur, len - 4U);
	length = cur_u8(rest);
	*type = cur_u8(rest) & 0xf0;
	cur_skip(rest, 5); /* references, class */
	return !cur_bad(rest) && length + 1U == len - 4U;
}

static bool
is_negotiation(const struct cursor *rest, uint8_t first, uint8_t last)
{
	int type = cur_peek(rest, 0);

	return type >= first && type <= last && cur_peek(rest, 2) == 8 &&
	       cur_peek(rest, 3) == 0;
}

static bool
is_request(const struct dissect_ctx *ctx, const struct cursor *rest)
{
	return CUR_STARTS(rest, "Cookie: msts") ||
	       is_negotiation(rest, NEG_REQUEST, NEG_REQUEST) ||
	       (ctx->port_hint && cur_left(rest) == 0);
}

static bool
is_confirm(const struct dissect_ctx *ctx, const struct cursor *rest)
{
	return is_negotiation(rest, NEG_RESPONSE, NEG_FAILURE) ||
	       (ctx->port_hint && cur_left(rest) == 0);
}

/* snSourceAck -1, window, SYN: only this begins a flow. */
static bool
is_udp_syn(struct cursor cur)
{
	uint32_t ack = cur_be32(&cur);
	uint16_t flags;

	cur_skip(&cur, 2);
	flags = cur_be16(&cur);
	return !cur_bad(&cur) && ack == UINT32_MAX && (flags & UDP_SYN) != 0 &&
	       (flags & UDP_ACK) == 0 && cur_left(&cur) >= 8;
}

static enum claim
rdp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor rest;
	uint8_t type;

	if (ctx->proto == IPPROTO_UDP)
		return ctx->port_hint && is_udp_syn(cur) ? CLAIM_YES : CLAIM_NO;
	if (cur_left(&cur) < 11)
		return cur_peek(&cur, 0) == 3 ? CLAIM_MORE : CLAIM_NO;
	if (!read_x224(&cur, &type, &rest))
		return CLAIM_NO;
	return (type == X224_REQUEST && is_request(ctx, &rest)) ||
		       (type == X224_CONFIRM && is_confirm(ctx, &rest))
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
rdp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor rest;
	uint8_t type;

	if (ctx->proto == IPPROTO_UDP) {
		if (is_udp_syn(cur))
			dissect_server_is(ctx, ctx->side ^ 1U);
		return VERDICT_OK;
	}
	if (!read_x224(&cur, &type, &rest))
		return VERDICT_OK;
	if (type == X224_REQUEST) {
		dissect_server_is(ctx, ctx->side ^ 1U);
	} else if (type == X224_CONFIRM) {
		dissect_server_is(ctx, ctx->side);
		if (is_negotiation(&rest, NEG_RESPONSE, NEG_RESPONSE) &&
		    cur_peek(&rest, 4) != PROTOCOL_RDP)
			dissect_hand_over(ctx, &dissect_tls, &cur);
		else
			dissect_release(ctx);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, PORT },
	{ KEY_UDP_PORT, PORT } };

const struct dissector dissect_rdp = {
	.name = "rdp",
	.spec = "MS-RDPBCGR",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM | DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\3\xff",
	.nfirst = 2,
	.probe = rdp_probe,
	.dissect = rdp_dissect,
};

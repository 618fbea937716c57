/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICMP and ICMPv6: what errors and echoes say about their sender.
 *
 * The packet quoted in an error is not traffic: its addresses are not heard.
 * The one fact taken from it is "this port of mine is closed", and only when
 * the sender of the error is the one the quoted packet was sent to. An echo
 * reply was asked for; whoever says "time exceeded" forwards packets.
 *
 * Spec: RFC 792, RFC 4443, RFC 1256.
 */
#include <netinet/in.h>

#include "capture/dissect/dissect.h"

enum icmp_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_ROUTER_ADVERT = 9,
	ICMP_TIME_EXCEEDED = 11,
	ICMP6_UNREACHABLE = 1,
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_ECHO_REPLY = 129
};
#define ICMP_CODE_PORT 3
#define ICMP6_CODE_PORT 4

/* Who the quoted packet was for. False when it is cut before its ports,
 * fragmented, or carried by no ports. */
static bool
quoted_target(struct cursor cur, bool v6, struct endpoint *to, uint8_t *proto)
{
	size_t header, len = v6 ? 16 : 4;
	const uint8_t *dst;
	uint16_t fragment = 0;

	if (v6) {
		cur_skip(&cur, 6);
		*proto = cur_u8(&cur);
		cur_skip(&cur, 1 + 16);
		header = 0;
	} else {
		header = (size_t)(cur_u8(&cur) & 0xf) * 4;
		if (header < 20)
			return false;
		header -= 20;
		cur_skip(&cur, 5);
		fragment = cur_be16(&cur) & 0x1fff;
		cur_skip(&cur, 1);
		*proto = cur_u8(&cur);
		cur_skip(&cur, 2 + 4);
	}
	dst = cur_take(&cur, len);
	cur_skip(&cur, header + 2); /* options, source port */
	to->port = cur_be16(&cur);
	if (cur_bad(&cur) || fragment != 0)
		return false;
	to->addr = addr_from_bytes(dst, len);
	return *proto == IPPROTO_UDP || *proto == IPPROTO_TCP;
}

static void
port_unreachable(struct dissect_ctx *ctx, struct cursor cur, bool v6)
{
	struct endpoint to;
	uint8_t proto;

	cur_skip(&cur, 6); /* checksum, unused */
	if (quoted_target(cur, v6, &to, &proto) && to.port != 0 &&
	    addr_eq(&to.addr, &ctx->ends[SIDE_ORIG].addr))
		observe_service(ctx, &to, proto, SVC_CLOSED, "");
}

static enum verdict
icmp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	const struct addr *src = &ctx->ends[SIDE_ORIG].addr;
	bool v6 = src->family == 6;
	uint8_t type = cur_u8(&cur);
	uint8_t code = cur_u8(&cur);

	if (cur_bad(&cur))
		return VERDICT_TRUNCATED;
	if (!addr_is_unicast(src))
		return VERDICT_OK;
	if (type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHO_REPLY) && code == 0)
		observe_host(ctx, src, STRENGTH_TWO_WAY);
	else if (type == (v6 ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE) &&
		 code == (v6 ? ICMP6_CODE_PORT : ICMP_CODE_PORT))
		port_unreachable(ctx, cur, v6);
	else if (type == (v6 ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED) &&
		 code == 0)
		observe_role(ctx, src, NULL, "router");
	else if (!v6 && type == ICMP_ROUTER_ADVERT)
		observe_role(ctx, src, NULL, "router");
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_IP_PROTO, IPPROTO_ICMP },
	{ KEY_IP_PROTO, IPPROTO_ICMPV6 } };

const struct dissector dissect_icmp = {
	.name = "icmp",
	.spec = "RFC 792, RFC 4443",
	.source = SRC_ICMP,
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = icmp_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCPv6: client names (option 39), MACs inside client ids, and who serves.
 *
 * A client speaks from its link-local address; its DUID of type LLT or LL holds the MAC of one of its cards, not of
 * just the one that speaks, so that MAC is only a claim about it and is not told as a binding.
 *
 * Spec: RFC 8415 §8, §21; RFC 4704.
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/scratch.h"

#define PORT_CLIENT 546
#define PORT_SERVER 547
#define OPT_CLIENT_ID 1
#define OPT_SERVER_ID 2
#define OPT_FQDN 39
#define FQDN_MAX 255

enum dhcpv6_type {
	DHCPV6_SOLICIT = 1,
	DHCPV6_ADVERTISE = 2,
	DHCPV6_REPLY = 7,
	DHCPV6_RECONFIGURE = 10,
	DHCPV6_INFORMATION = 11
};

static bool
from_server(uint8_t type)
{
	return type == DHCPV6_ADVERTISE || type == DHCPV6_REPLY ||
	       type == DHCPV6_RECONFIGURE;
}

/* Options fill the message, and one of the ids is always there. */
static bool
is_dhcpv6(struct cursor cur)
{
	uint8_t type = cur_u8(&cur);
	bool id = false;

	cur_skip(&cur, 3); /* transaction */
	if (type < DHCPV6_SOLICIT || type > DHCPV6_INFORMATION)
		return false;
	while (cur_left(&cur) > 0) {
		uint16_t code = cur_be16(&cur);

		cur_skip(&cur, cur_be16(&cur));
		id |= code == OPT_CLIENT_ID || code == OPT_SERVER_ID;
	}
	return !cur_bad(&cur) && (id || type == DHCPV6_INFORMATION);
}

/* RFC 4704 §4: flags, then DNS labels that may end without the root. */
static struct text
fqdn(struct dissect_ctx *ctx, struct cursor opt)
{
	char name[FQDN_MAX + 1];
	size_t n = 0;

	cur_skip(&opt, 1);
	while (cur_left(&opt) > 0) {
		uint8_t len = cur_u8(&opt);
		const uint8_t *label = cur_take(&opt, len);

		if (label == NULL || len == 0 || n + len + 1 > FQDN_MAX)
			break;
		if (n > 0)
			name[n++] = '.';
		memcpy(name + n, label, len);
		n += len;
	}
	return scratch_text(ctx, name, n);
}

static enum claim
dhcpv6_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	return ctx->port_hint && is_dhcpv6(cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
dhcpv6_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	const struct addr *src = &ctx->pkt->src.addr;
	bool server = from_server((uint8_t)cur_peek(&cur, 0));

	if (!is_dhcpv6(cur))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	dissect_server_is(ctx, server ? ctx->side : ctx->side ^ 1U);
	if (server) {
		observe_role(ctx, src, NULL, "dhcpv6-server");
		return VERDICT_OK;
	}
	cur_skip(&cur, 4);
	while (cur_left(&cur) > 0) {
		uint16_t code = cur_be16(&cur);
		struct cursor opt = cur_sub(&cur, cur_be16(&cur));

		if (code == OPT_FQDN)
			observe_name(ctx, src, NULL, fqdn(ctx, opt),
			    "dhcpv6.fqdn", STRENGTH_ONE_WAY);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT_SERVER },
	{ KEY_UDP_PORT, PORT_CLIENT } };

const struct dissector dissect_dhcpv6 = {
	.name = "dhcpv6",
	.spec = "RFC 8415",
	.source = SRC_DHCPV6,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = dhcpv6_probe,
	.dissect = dhcpv6_dissect,
};

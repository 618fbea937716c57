/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STUN over UDP and TCP: the magic cookie and a length that fits. Responses come from the server; the flow may carry
 * media or DTLS too, which keeps the name.
 *
 * Spec: RFC 8489 §5.
 */
#include <netinet/in.h>

#include "capture/dissect/dissect.h"

#define HEADER_LEN 20
#define COOKIE 0x2112a442U
#define CLASS_MASK 0x0110
#define CLASS_REQUEST 0x0000
#define CLASS_INDICATION 0x0010

struct stun_state {
	bool known;
};

static bool
is_stun(const struct dissect_ctx *ctx, struct cursor cur, uint16_t *type)
{
	uint16_t len;
	uint32_t cookie;

	*type = cur_be16(&cur);
	len = cur_be16(&cur);
	cookie = cur_be32(&cur);
	cur_skip(&cur, 12);
	return !cur_bad(&cur) && (*type & 0xc000) == 0 && len % 4 == 0 &&
	       cookie == COOKIE &&
	       (ctx->proto == IPPROTO_TCP || len == cur_left(&cur));
}

static enum claim
stun_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint16_t type;

	return is_stun(ctx, cur, &type) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
stun_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct stun_state *st = ctx->state;
	uint16_t type;

	/* With ICE both sides ask: the first to be asked is the service. */
	if (st->known || !is_stun(ctx, cur, &type))
		return VERDICT_OK;
	if ((type & CLASS_MASK) == CLASS_REQUEST)
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if ((type & CLASS_MASK) != CLASS_INDICATION)
		dissect_server_is(ctx, ctx->side);
	st->known = (type & CLASS_MASK) != CLASS_INDICATION;
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 3478 },
	{ KEY_TCP_PORT, 3478 } };

const struct dissector dissect_stun = {
	.name = "stun",
	.spec = "RFC 8489",
	.source = SRC_CONTENT,
	.flow_state_size = sizeof(struct stun_state),
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\0\1",
	.nfirst = 2,
	.probe = stun_probe,
	.dissect = stun_dissect,
};

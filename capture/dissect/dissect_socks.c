/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SOCKS 4 and 5: a proxy. Its messages are a few octets of small numbers, so a greeting must be just as long as it says;
 * off port 1080 it must also be the first thing on the connection. What follows is the tunnelled protocol: TLS is read.
 *
 * Spec: RFC 1928 §3, §4, §6; RFC 1929; SOCKS 4A memo.
 */
#include "capture/dissect/dissect.h"

#define VERSION_4 4
#define VERSION_5 5
#define METHODS_MAX 16

struct socks_state {
	uint8_t version;
};

static bool
is_greeting5(const struct cursor *cur)
{
	int n = cur_peek(cur, 1);

	return cur_peek(cur, 0) == VERSION_5 && n > 0 && n <= METHODS_MAX &&
	       cur_left(cur) == 2U + (unsigned)n;
}

static bool
is_request4(const struct cursor *cur)
{
	int command = cur_peek(cur, 1);

	return cur_peek(cur, 0) == VERSION_4 &&
	       (command == 1 || command == 2) && cur_left(cur) >= 9 &&
	       cur->end[-1] == 0;
}

static enum claim
socks_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	bool first = ctx->port_hint || (ctx->begin && ctx->side == SIDE_ORIG);

	if (first && is_greeting5(&cur) && (ctx->port_hint || cur.at[1] <= 4))
		return CLAIM_YES;
	return ctx->port_hint && is_request4(&cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
socks_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct socks_state *st = ctx->state;

	if (st->version == 0) {
		st->version = cur_u8(&cur);
		dissect_server_is(ctx, ctx->side ^ 1U);
		return VERDICT_OK;
	}
	if (ctx->side != ctx->server)
		return VERDICT_OK;
	if (st->version == VERSION_4) {
		cur_skip(&cur, 8);
	} else if (cur_left(&cur) == 2) {
		return VERDICT_OK; /* the method, or the password's verdict */
	} else if (cur_left(&cur) < 10 || cur_peek(&cur, 0) != VERSION_5) {
		return VERDICT_MALFORMED;
	} else {
		int type = cur_peek(&cur, 3), n = cur_peek(&cur, 4);

		cur_skip(&cur, type == 1   ? 10
			       : type == 4 ? 22
					   : 7U + (unsigned)n);
	}
	dissect_hand_over(ctx, &dissect_tls, cur_bad(&cur) ? NULL : &cur);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 1080 } };

const struct dissector dissect_socks = {
	.name = "socks",
	.spec = "RFC 1928",
	.source = SRC_CONTENT,
	.flow_state_size = sizeof(struct socks_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\4\5",
	.nfirst = 2,
	.probe = socks_probe,
	.dissect = socks_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POP3: the greeting, and the certificate behind STLS.
 *
 * "+OK" is also a Redis reply. A server that says "+OK " and more before
 * anybody asked speaks POP3, as does whatever says so on port 110.
 *
 * Spec: RFC 1939, RFC 2595 §4.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

struct pop3_state {
	bool greeted;
	bool tls_asked;
};

static enum claim
pop3_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (lines_verb(&line, "+OK", NULL)) {
		if (ctx->port_hint || lines_has(&line, "pop"))
			return CLAIM_YES;
		return CLAIM_NO;
	}
	if (ctx->port_hint && lines_verb(&line, "-ERR", NULL))
		return CLAIM_YES;
	return cur_left(&cur) < 4 ? CLAIM_MORE : CLAIM_NO;
}

static void
server_line(struct dissect_ctx *ctx, const struct cursor *line,
    const struct cursor *rest)
{
	struct pop3_state *st = ctx->state;

	dissect_server_is(ctx, ctx->side);
	if (!st->greeted)
		observe_banner(
		    ctx, ctx->side, text_of(line->at, cur_left(line)), "pop3");
	st->greeted = true;
	if (st->tls_asked && lines_verb(line, "+OK", NULL))
		dissect_hand_over(ctx, &dissect_tls, rest);
}

static enum verdict
pop3_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct pop3_state *st = ctx->state;
	struct cursor line;

	if (ctx->gap)
		st->greeted = true; /* the greeting may be what is missing */
	while (lines_next(ctx, &cur, &line)) {
		if (lines_verb(&line, "+OK", NULL) ||
		    lines_verb(&line, "-ERR", NULL))
			server_line(ctx, &line, &cur);
		else if (ctx->side != ctx->server)
			st->tls_asked = lines_verb(&line, "STLS", NULL);
		if (ctx->side != ctx->server && lines_verb(&line, "PASS", NULL))
			dissect_release(ctx);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 110 } };

const struct dissector dissect_pop3 = {
	.name = "pop3",
	.spec = "RFC 1939",
	.source = SRC_POP3,
	.flow_state_size = sizeof(struct pop3_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "+-",
	.nfirst = 2,
	.probe = pop3_probe,
	.dissect = pop3_dissect,
};

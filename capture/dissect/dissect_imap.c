/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMAP: the greeting, and the certificate behind STARTTLS. The server speaks
 * first, with "* OK", "* PREAUTH" or
 * "* BYE"; the reply that starts TLS carries the tag of the command.
 *
 * Spec: RFC 9051 §7.1, §6.2.1.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

struct imap_state {
	bool greeted;
	bool tls_asked;
};

static bool
is_greeting(const struct cursor *line)
{
	return lines_verb(line, "* OK", NULL) ||
	       lines_verb(line, "* PREAUTH", NULL) ||
	       lines_verb(line, "* BYE", NULL);
}

static enum claim
imap_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	(void)ctx;
	if (is_greeting(&line))
		return CLAIM_YES;
	return cur_left(&cur) < 4 ? CLAIM_MORE : CLAIM_NO;
}

static void
server_line(struct dissect_ctx *ctx, const struct cursor *line,
    const struct cursor *rest)
{
	struct imap_state *st = ctx->state;

	if (!st->greeted && is_greeting(line)) {
		dissect_server_is(ctx, ctx->side);
		observe_banner(
		    ctx, ctx->side, text_of(line->at, cur_left(line)), "imap");
	}
	st->greeted = true;
	if (st->tls_asked && !CUR_STARTS(line, "*") && lines_has(line, " ok"))
		dissect_hand_over(ctx, &dissect_tls, rest);
}

static enum verdict
imap_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct imap_state *st = ctx->state;
	struct cursor line;

	if (ctx->gap)
		st->greeted = true; /* the greeting may be what is missing */
	while (lines_next(ctx, &cur, &line)) {
		if (is_greeting(&line) || ctx->side == ctx->server)
			server_line(ctx, &line, &cur);
		else if (lines_has(&line, " login ") ||
			 lines_has(&line, " authenticate "))
			dissect_release(ctx);
		else
			st->tls_asked = lines_has(&line, " starttls");
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 143 } };

const struct dissector dissect_imap = {
	.name = "imap",
	.spec = "RFC 9051",
	.source = SRC_IMAP,
	.flow_state_size = sizeof(struct imap_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "*",
	.nfirst = 1,
	.probe = imap_probe,
	.dissect = imap_dissect,
};

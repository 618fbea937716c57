/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMTP: the greeting, and the certificate behind STARTTLS.
 *
 * "220 name ..." alone is also how FTP begins: without a known port, the word
 * SMTP in it or the client's EHLO decides. Once mail data flows nothing more is
 * learnt.
 *
 * Spec: RFC 5321 §4.2, §4.3.1; RFC 3207.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

struct smtp_state {
	bool greeted;
	bool tls_asked;
};

static bool
is_command(const struct cursor *line)
{
	return lines_verb(line, "EHLO", NULL) ||
	       lines_verb(line, "HELO", NULL) || lines_verb(line, "LHLO", NULL);
}

static enum claim
smtp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);
	unsigned code = lines_reply(&line, NULL);

	if (code == 220 || code == 554) {
		if (lines_has(&line, "smtp"))
			return CLAIM_YES;
		if (ctx->port_hint && !lines_has(&line, "ftp"))
			return CLAIM_YES;
		return code == 220 ? CLAIM_MORE : CLAIM_NO;
	}
	if (is_command(&line))
		return CLAIM_YES;
	return cur_left(&cur) < 4 ? CLAIM_MORE : CLAIM_NO;
}

static void
server_line(struct dissect_ctx *ctx, const struct cursor *line,
    const struct cursor *rest)
{
	struct smtp_state *st = ctx->state;
	bool last;
	unsigned code = lines_reply(line, &last);

	if (code == 0)
		return;
	dissect_server_is(ctx, ctx->side);
	if (!st->greeted && (code == 220 || code == 554))
		observe_banner(
		    ctx, ctx->side, text_of(line->at, cur_left(line)), "smtp");
	st->greeted = true;
	if (code == 220 && last && st->tls_asked)
		dissect_hand_over(ctx, &dissect_tls, rest);
	else if (code == 354 || code == 221)
		dissect_release(ctx);
}

static void
client_line(struct dissect_ctx *ctx, const struct cursor *line)
{
	struct smtp_state *st = ctx->state;

	if (is_command(line))
		dissect_server_is(ctx, ctx->side ^ 1U);
	st->tls_asked = lines_verb(line, "STARTTLS", NULL);
	if (lines_verb(line, "DATA", NULL) || lines_verb(line, "BDAT", NULL))
		dissect_release(ctx);
}

static enum verdict
smtp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct smtp_state *st = ctx->state;
	struct cursor line;

	if (ctx->gap)
		st->greeted = true; /* the greeting may be what is missing */
	while (lines_next(ctx, &cur, &line)) {
		if (ctx->side != (ctx->server ^ 1U) &&
		    lines_reply(&line, NULL) != 0)
			server_line(ctx, &line, &cur);
		else
			client_line(ctx, &line);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 25 },
	{ KEY_TCP_PORT, 587 }, { KEY_TCP_PORT, 2525 } };

const struct dissector dissect_smtp = {
	.name = "smtp",
	.spec = "RFC 5321",
	.source = SRC_SMTP,
	.flow_state_size = sizeof(struct smtp_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "25EHLehl",
	.nfirst = 8,
	.probe = smtp_probe,
	.dissect = smtp_dissect,
};

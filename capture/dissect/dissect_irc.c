/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IRC: told by what a client registers with (NICK, USER, CAP LS) or by a server's numeric or NOTICE.
 *
 * Spec: RFC 1459 §4.1, RFC 2812 §3.1, §5.1.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

/* ":irc.example 001 nick :Welcome", ":irc.example NOTICE * :..." */
static bool
is_server(const struct cursor *line)
{
	struct cursor cur = *line;

	if (cur_u8(&cur) != ':')
		return false;
	while (cur_left(&cur) > 0 && cur_peek(&cur, 0) != ' ')
		cur_skip(&cur, 1);
	cur_skip(&cur, 1);
	return CUR_STARTS(&cur, "NOTICE ") ||
	       (lines_reply(&cur, NULL) != 0 && cur_peek(&cur, 3) == ' ');
}

static bool
is_client(const struct dissect_ctx *ctx, const struct cursor *line)
{
	struct cursor rest;

	if (lines_verb(line, "NICK", &rest))
		return cur_left(&rest) > 0 || ctx->port_hint;
	if (lines_verb(line, "CAP", &rest))
		return CUR_STARTS(&rest, "LS") || CUR_STARTS(&rest, "REQ");
	/* "USER a 0 * :name": POP3 and FTP have one word behind USER. */
	if (lines_verb(line, "USER", &rest))
		return memchr(rest.at, ' ', cur_left(&rest)) != NULL &&
		       memchr(rest.at, ':', cur_left(&rest)) != NULL;
	return ctx->port_hint && (lines_verb(line, "PASS", NULL) ||
				     lines_verb(line, "JOIN", NULL) ||
				     lines_verb(line, "PRIVMSG", NULL));
}

static enum claim
irc_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (is_client(ctx, &line) || is_server(&line) ||
	    CUR_STARTS(&line, "NOTICE AUTH :"))
		return CLAIM_YES;
	/* Anything may come in a line of its own before. */
	return ctx->port_hint ? CLAIM_MORE : CLAIM_NO;
}

static enum verdict
irc_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (is_client(ctx, &line))
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (is_server(&line) || CUR_STARTS(&line, "NOTICE AUTH :"))
		dissect_server_is(ctx, ctx->side);
	if (ctx->server != SIDE_NONE)
		dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 6667 },
	{ KEY_TCP_PORT, 6666 }, { KEY_TCP_PORT, 6668 }, { KEY_TCP_PORT, 6669 },
	{ KEY_TCP_PORT, 7000 } };

const struct dissector dissect_irc = {
	.name = "irc",
	.spec = "RFC 2812",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = ":NCUnu",
	.nfirst = 6,
	.probe = irc_probe,
	.dissect = irc_dissect,
};

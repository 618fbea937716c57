/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FTP control connections: the greeting, the certificate behind AUTH TLS, and
 * the data channels that are about to come and are no services of their own.
 *
 * 227 and 229 announce a port of the server, PORT and EPRT one of the client. A
 * server behind NAT announces an address that nobody will see, so the port is
 * expected at the speaker's own address too.
 *
 * Spec: RFC 959 §4, RFC 2428 (EPRT, EPSV), RFC 4217 (AUTH TLS).
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

struct ftp_state {
	bool greeted;
	bool tls_asked;
};

static void
expect(struct dissect_ctx *ctx, const struct addr *addr, uint16_t port)
{
	struct endpoint end = { ctx->ends[ctx->side].addr, port };

	if (port == 0)
		return;
	dissect_expect_data(ctx, IPPROTO_TCP, &end);
	if (addr_is_set(addr) && !addr_eq(addr, &end.addr)) {
		end.addr = *addr;
		dissect_expect_data(ctx, IPPROTO_TCP, &end);
	}
}

/* A decimal number up to @p max; -1 when there is none. */
static long
number(struct cursor *cur, long max)
{
	long v = -1;

	while (cur_peek(cur, 0) >= '0' && cur_peek(cur, 0) <= '9') {
		v = (v < 0 ? 0 : v) * 10 + (cur_u8(cur) - '0');
		if (v > max)
			return -1;
	}
	return v;
}

/* "h1,h2,h3,h4,p1,p2", wherever in the line it starts. */
static void
six_numbers(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t v[6];
	struct addr addr;

	while (cur_left(&cur) > 0 &&
	       !(cur_peek(&cur, 0) >= '0' && cur_peek(&cur, 0) <= '9'))
		cur_skip(&cur, 1);
	for (size_t i = 0; i < sizeof(v); i++) {
		long n = number(&cur, 255);

		if (n < 0 || (i < 5 && cur_u8(&cur) != ','))
			return;
		v[i] = (uint8_t)n;
	}
	addr = addr_from_bytes(v, 4);
	expect(ctx, &addr, (uint16_t)(v[4] << 8 | v[5]));
}

/* "|1|10.0.0.1|5282|" or "|||6446|"; the delimiter is whatever comes first. */
static void
extended(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t delimiter = cur_u8(&cur);
	struct addr addr = { 0 };
	char text[ADDR_TEXT];
	size_t n = 0;
	long port;

	while (cur_left(&cur) > 0 && cur_u8(&cur) != delimiter)
		; /* address family: the address shows it */
	while (cur_left(&cur) > 0 && n + 1 < sizeof(text)) {
		uint8_t c = cur_u8(&cur);

		if (c == delimiter)
			break;
		text[n++] = (char)c;
	}
	text[n] = '\0';
	port = number(&cur, UINT16_MAX);
	if (n > 0 && addr_parse(text, &addr) != 0)
		return;
	if (port > 0 && cur_u8(&cur) == delimiter)
		expect(ctx, &addr, (uint16_t)port);
}

static void
server_line(struct dissect_ctx *ctx, unsigned code, struct cursor line,
    const struct cursor *rest)
{
	struct ftp_state *st = ctx->state;

	dissect_server_is(ctx, ctx->side);
	if (!st->greeted && code == 220)
		observe_banner(
		    ctx, ctx->side, text_of(line.at, cur_left(&line)), "ftp");
	st->greeted = true;
	cur_skip(&line, 3);
	if (code == 227) {
		six_numbers(ctx, line);
	} else if (code == 229) {
		while (cur_left(&line) > 0 && cur_u8(&line) != '(')
			;
		extended(ctx, line);
	} else if (code == 234 && st->tls_asked) {
		dissect_hand_over(ctx, &dissect_tls, rest);
	}
}

static void
client_line(struct dissect_ctx *ctx, const struct cursor *line)
{
	struct ftp_state *st = ctx->state;
	struct cursor rest;

	if (lines_verb(line, "PORT", &rest))
		six_numbers(ctx, rest);
	else if (lines_verb(line, "EPRT", &rest))
		extended(ctx, rest);
	else if (lines_verb(line, "AUTH", &rest))
		st->tls_asked = true;
	else if (!lines_verb(line, "USER", &rest))
		return;
	dissect_server_is(ctx, ctx->side ^ 1U);
}

static enum claim
ftp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	static const char *const verbs[] = { "AUTH TLS", "AUTH SSL", "FEAT",
		"SYST", "PASV", "EPSV", "USER", "PORT" };
	struct cursor line = lines_first(cur);
	unsigned code = lines_reply(&line, NULL);

	if (code == 220) {
		if (lines_has(&line, "ftp") && !lines_has(&line, "smtp"))
			return CLAIM_YES;
		return ctx->port_hint ? CLAIM_YES : CLAIM_MORE;
	}
	if (ctx->port_hint && code >= 100 && code < 600)
		return CLAIM_YES;
	for (size_t i = 0; i < ES_ARRAY_LEN(verbs); i++) {
		if (lines_verb(&line, verbs[i], NULL))
			return ctx->port_hint ? CLAIM_YES : CLAIM_MORE;
	}
	return cur_left(&cur) < 4 ? CLAIM_MORE : CLAIM_NO;
}

static enum verdict
ftp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct ftp_state *st = ctx->state;
	struct cursor line;

	if (ctx->gap)
		st->greeted = true; /* the greeting may be what is missing */
	while (lines_next(ctx, &cur, &line)) {
		unsigned code = lines_reply(&line, NULL);

		if (code != 0 && ctx->side != (ctx->server ^ 1U))
			server_line(ctx, code, line, &cur);
		else
			client_line(ctx, &line);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 21 } };

const struct dissector dissect_ftp = {
	.name = "ftp",
	.spec = "RFC 959, RFC 2428",
	.source = SRC_FTP,
	.flow_state_size = sizeof(struct ftp_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = ftp_probe,
	.dissect = ftp_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostgreSQL: told by the client's start-up packet; the server's version in ParameterStatus; TLS behind SSLRequest.
 *
 * Spec: PostgreSQL documentation, "Frontend/Backend Protocol", message formats.
 */
#include <string.h>

#include "capture/dissect/dissect.h"

#define SSL_REQUEST 80877103
#define GSS_REQUEST 80877104
#define STARTUP_MAX 10000
#define PARAMETER_STATUS 'S'
#define READY 'Z'

struct pgsql_state {
	bool ssl_asked;
	bool gss_asked;
};

static enum claim
pgsql_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint32_t len = cur_be32(&cur);
	uint32_t code = cur_be32(&cur);

	(void)ctx;
	if (cur_bad(&cur))
		return CLAIM_MORE;
	if (len == 8 && (code == SSL_REQUEST || code == GSS_REQUEST))
		return CLAIM_YES;
	return len > 8 && len <= STARTUP_MAX && code >> 16 == 3 &&
		       (code & 0xffff) <= 2 && CUR_STARTS(&cur, "user")
		   ? CLAIM_YES
		   : CLAIM_NO;
}

/* 'S' len "server_version\0" "15.4\0" */
static void
server_messages(struct dissect_ctx *ctx, struct cursor cur)
{
	static const char name[] = "server_version";

	while (cur_left(&cur) > 0) {
		const struct cursor start = cur;
		uint8_t type = cur_u8(&cur);
		uint32_t len = cur_be32(&cur);
		struct cursor body = cur_sub(&cur, len < 4 ? 0 : len - 4);

		if (cur_bad(&cur)) {
			dissect_keep(ctx, &start);
			return;
		}
		if (type == READY) {
			dissect_release(ctx);
			return;
		}
		if (type != PARAMETER_STATUS ||
		    !cur_starts(&body, name, sizeof(name)))
			continue;
		cur_skip(&body, sizeof(name));
		observe_banner(ctx, ctx->side,
		    text_of(body.at,
			strnlen((const char *)body.at, cur_left(&body))),
		    "pgsql.version");
	}
}

static enum verdict
pgsql_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct pgsql_state *st = ctx->state;
	uint32_t len, code;

	if (ctx->server == SIDE_NONE)
		dissect_server_is(
		    ctx, ctx->side ^ 1U); /* claimed by a client's packet */
	if (ctx->side != ctx->server) {
		len = cur_be32(&cur);
		code = cur_be32(&cur);
		st->ssl_asked = len == 8 && code == SSL_REQUEST;
		st->gss_asked = len == 8 && code == GSS_REQUEST;
		return VERDICT_OK;
	}
	if ((st->ssl_asked || st->gss_asked) && cur_left(&cur) == 1) {
		uint8_t answer = cur_u8(&cur);

		if (answer == 'S' && st->ssl_asked)
			dissect_hand_over(ctx, &dissect_tls, &cur);
		else if (answer == 'G')
			dissect_release(ctx);
		return VERDICT_OK;
	}
	server_messages(ctx, cur);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 5432 } };

const struct dissector dissect_pgsql = {
	.name = "postgresql",
	.spec = "PostgreSQL protocol 3.0",
	.source = SRC_CONTENT,
	.flow_state_size = sizeof(struct pgsql_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\0",
	.nfirst = 1,
	.probe = pgsql_probe,
	.dissect = pgsql_dissect,
};

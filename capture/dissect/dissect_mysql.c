/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MySQL and MariaDB: the version in the server's greeting, and TLS behind the client's SSL request.
 *
 * Spec: MySQL internals, "Connection Phase" (Protocol::HandshakeV10, Protocol::SSLRequest).
 */
#include <string.h>

#include "capture/dissect/dissect.h"

#define PROTOCOL_10 0x0a
#define ERROR_MARK 0xff
#define VERSION_MAX 64
#define GREETING_MIN 32
#define GREETING_MAX 512
#define CLIENT_SSL 0x0800
#define SSL_REQUEST_LEN 32

struct mysql_state {
	bool greeted;
};

/* The version text of a greeting: digits and a dot first. */
static bool
read_greeting(struct cursor cur, struct text *version)
{
	const uint8_t *len = cur_take(&cur, 3), *nul;
	uint8_t sequence = cur_u8(&cur);
	uint8_t protocol = cur_u8(&cur);
	size_t n;

	if (cur_bad(&cur) || sequence != 0 || protocol != PROTOCOL_10)
		return false;
	n = (size_t)(len[0] | len[1] << 8 | len[2] << 16);
	if (n < GREETING_MIN || n > GREETING_MAX)
		return false;
	n = cur_left(&cur) < VERSION_MAX ? cur_left(&cur) : VERSION_MAX;
	nul = memchr(cur.at, '\0', n);
	if (nul == NULL || cur.at[0] < '0' || cur.at[0] > '9' ||
	    memchr(cur.at, '.', (size_t)(nul - cur.at)) == NULL)
		return false;
	*version = text_of(cur.at, (size_t)(nul - cur.at));
	return true;
}

/* "Host ... is not allowed to connect": an error packet in place of the greeting. */
static bool
is_refusal(struct cursor cur)
{
	uint16_t len = cur_le16(&cur);
	uint8_t high = cur_u8(&cur);
	uint8_t sequence = cur_u8(&cur);
	uint8_t mark = cur_u8(&cur);
	uint16_t code = cur_le16(&cur);

	return !cur_bad(&cur) && high == 0 && sequence == 0 &&
	       mark == ERROR_MARK && code >= 1000 && code < 5000 &&
	       cur_left(&cur) + 3 >= len;
}

static enum claim
mysql_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct text version;

	if (read_greeting(cur, &version) || (ctx->port_hint && is_refusal(cur)))
		return CLAIM_YES;
	return cur_left(&cur) < 5 ? CLAIM_MORE : CLAIM_NO;
}

static enum verdict
mysql_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct mysql_state *st = ctx->state;
	struct text version;
	uint32_t len;

	if (!st->greeted) {
		st->greeted = true;
		dissect_server_is(ctx, ctx->side);
		if (read_greeting(cur, &version))
			observe_banner(ctx, ctx->side, version, "mysql");
		return VERDICT_OK;
	}
	if (ctx->side == ctx->server)
		return VERDICT_OK;
	len = cur_le16(&cur);
	cur_skip(&cur, 2); /* length's last octet, sequence */
	if (len == SSL_REQUEST_LEN && (cur_le32(&cur) & CLIENT_SSL) != 0) {
		cur_skip(&cur, SSL_REQUEST_LEN - 4);
		if (!cur_bad(&cur))
			dissect_hand_over(ctx, &dissect_tls, &cur);
		return VERDICT_OK;
	}
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 3306 } };

const struct dissector dissect_mysql = {
	.name = "mysql",
	.spec = "MySQL client/server protocol 10",
	.source = SRC_CONTENT,
	.flow_state_size = sizeof(struct mysql_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = mysql_probe,
	.dissect = mysql_dissect,
};

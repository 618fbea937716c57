/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIP over UDP and TCP: who answers, and with what software (Server or User-Agent of a response).
 *
 * Both ends of a SIP dialogue send requests in time; the one that answers is the service seen here.
 *
 * Spec: RFC 3261 §7, §20.35, §20.41.
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

static const char *const methods[] = { "INVITE", "ACK", "OPTIONS", "BYE",
	"CANCEL", "REGISTER", "PRACK", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO",
	"REFER", "MESSAGE", "UPDATE" };

static bool
is_request(const struct cursor *line)
{
	static const char version[] = " SIP/2.0";
	size_t n = cur_left(line), v = sizeof(version) - 1;

	if (n < v || memcmp(line->at + n - v, version, v) != 0)
		return false;
	for (size_t i = 0; i < ES_ARRAY_LEN(methods); i++) {
		if (lines_verb(line, methods[i], NULL))
			return true;
	}
	return false;
}

static enum claim
sip_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	(void)ctx;
	if (CUR_STARTS(&line, "SIP/2.0 ") || is_request(&line))
		return CLAIM_YES;
	return CLAIM_NO;
}

static void
software(struct dissect_ctx *ctx, struct cursor cur, bool response)
{
	struct cursor line, value;

	while (cur_line(&cur, false, &line) && cur_left(&line) > 0) {
		if (!lines_header(&line, "Server", &value) &&
		    !lines_header(&line, "User-Agent", &value))
			continue;
		observe_banner(ctx, ctx->side,
		    text_of(value.at, cur_left(&value)),
		    response ? "sip.server" : "sip.user-agent");
		return;
	}
}

static enum verdict
sip_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);
	bool response = CUR_STARTS(&line, "SIP/2.0 ");

	if (!response && !is_request(&line))
		return VERDICT_OK; /* keep-alive, or the middle of a body */
	dissect_server_is(ctx, response ? ctx->side : ctx->side ^ 1U);
	software(ctx, cur, response);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 5060 },
	{ KEY_TCP_PORT, 5060 } };

const struct dissector dissect_sip = {
	.name = "sip",
	.spec = "RFC 3261",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "IAOBCRPSNMU",
	.nfirst = 11,
	.probe = sip_probe,
	.dissect = sip_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syslog over UDP and TCP: a priority in angle brackets. It flows one way, so the sink is a service only where TCP
 * accepted the connection.
 *
 * Spec: RFC 5424 §6, RFC 3164 §4.1.1, RFC 6587 §3.4 (TCP framing).
 */
#include "capture/dissect/dissect.h"

#define PRIORITY_MAX 191

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* "<34>", behind "83 " when octets are counted. */
static bool
is_syslog(struct cursor cur)
{
	unsigned priority = 0, digits = 0;

	if (is_digit(cur_peek(&cur, 0))) {
		while (is_digit(cur_peek(&cur, 0)) && digits++ < 5)
			cur_skip(&cur, 1);
		if (cur_u8(&cur) != ' ')
			return false;
	}
	if (cur_u8(&cur) != '<')
		return false;
	for (digits = 0; digits < 3 && is_digit(cur_peek(&cur, 0)); digits++)
		priority = priority * 10 + (unsigned)(cur_u8(&cur) - '0');
	return digits > 0 && priority <= PRIORITY_MAX && cur_u8(&cur) == '>';
}

static enum claim
syslog_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	return ctx->port_hint && is_syslog(cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
syslog_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_syslog(cur))
		dissect_server_is(ctx, ctx->side ^ 1U);
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 514 },
	{ KEY_TCP_PORT, 514 }, { KEY_TCP_PORT, 601 }, { KEY_TCP_PORT, 1514 } };

const struct dissector dissect_syslog = {
	.name = "syslog",
	.spec = "RFC 5424",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM | DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = syslog_probe,
	.dissect = syslog_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP: who serves time, and what an answer to a control query (mode 6) tells of the daemon.
 *
 * Nothing in the packet is a mark of its own, so only port 123 is looked at. Symmetric peers (modes 1 and 2) both serve:
 * their direction stays a guess.
 *
 * Spec: RFC 5905 §7.3, RFC 9327 §2 (control messages).
 */
#include <string.h>

#include "capture/dissect/dissect.h"

#define PORT 123
#define TIME_LEN 48
#define CONTROL_LEN 12
#define PRIVATE_LEN 8

enum ntp_mode {
	MODE_CLIENT = 3,
	MODE_SERVER = 4,
	MODE_CONTROL = 6,
	MODE_PRIVATE = 7
};

static bool
is_ntp(const struct cursor *cur)
{
	size_t left = cur_left(cur);
	unsigned first = left > 0 ? cur->at[0] : 0;
	unsigned version = first >> 3 & 7, mode = first & 7;

	if (mode == MODE_CONTROL)
		return version > 0 && left >= CONTROL_LEN;
	if (mode == MODE_PRIVATE)
		return left >= PRIVATE_LEN;
	return version > 0 && version <= 4 && mode > 0 && left >= TIME_LEN;
}

static enum claim
ntp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	return ctx->port_hint && is_ntp(&cur) ? CLAIM_YES : CLAIM_NO;
}

/* Mode 6: "version=\"...\", processor=..., system=..." */
static void
control_response(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor text;
	uint16_t count;

	cur_skip(&cur, 10);
	count = cur_be16(&cur);
	text = cur_sub_upto(&cur, count);
	if (memmem(text.at, cur_left(&text), "version=", 8) != NULL)
		observe_banner(ctx, ctx->side,
		    text_of(text.at, cur_left(&text)), "ntp.variables");
}

static enum verdict
ntp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	unsigned mode = cur_left(&cur) > 0 ? cur.at[0] & 7U : 0;
	bool response;

	if (!is_ntp(&cur))
		return VERDICT_MALFORMED;
	if (mode == MODE_CONTROL)
		response = (cur.at[1] & 0x80) != 0;
	else if (mode == MODE_PRIVATE)
		response = (cur.at[0] & 0x80) != 0;
	else if (mode == MODE_CLIENT || mode == MODE_SERVER)
		response = mode == MODE_SERVER;
	else
		return VERDICT_OK;
	dissect_server_is(ctx, response ? ctx->side : ctx->side ^ 1U);
	if (mode == MODE_CONTROL && response)
		control_response(ctx, cur);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_ntp = {
	.name = "ntp",
	.spec = "RFC 5905",
	.source = SRC_NTP,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = ntp_probe,
	.dissect = ntp_dissect,
};

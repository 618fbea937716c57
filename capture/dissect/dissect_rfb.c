/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFB (VNC): both sides open with their version, the server first. The server's is its banner.
 *
 * Spec: RFC 6143 §7.1.1.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

#define VERSION_LEN 12 /* "RFB 003.008\n" */

static enum claim
rfb_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (!lines_may_begin(&cur, "RFB 00"))
		return CLAIM_NO;
	if (cur_left(&cur) < VERSION_LEN)
		return CLAIM_MORE;
	return cur_peek(&cur, 7) == '.' && cur_peek(&cur, 11) == '\n'
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
rfb_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	/* Claimed at the first version line: the server's, unless a handshake says otherwise. */
	if (ctx->server == SIDE_NONE)
		dissect_server_is(ctx, ctx->side);
	if (ctx->side != ctx->server)
		return VERDICT_OK;
	if (cur_left(&cur) < VERSION_LEN) {
		dissect_keep(ctx, &cur);
		return VERDICT_OK;
	}
	observe_banner(ctx, ctx->side, text_of(cur.at, VERSION_LEN - 1), "rfb");
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 5900 },
	{ KEY_TCP_PORT, 5901 } };

const struct dissector dissect_rfb = {
	.name = "vnc",
	.spec = "RFC 6143",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "R",
	.nfirst = 1,
	.probe = rfb_probe,
	.dissect = rfb_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XMPP: a stream that is opened in XML; TLS behind <starttls/>.
 *
 * Spec: RFC 6120 §4.2, §5.4.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

#define OPENING_MAX 512

static enum claim
xmpp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (!lines_may_begin(&cur, "<?xml") &&
	    !lines_may_begin(&cur, "<stream:"))
		return CLAIM_NO;
	if (lines_has(&cur, "<stream:stream"))
		return CLAIM_YES;
	return cur_left(&cur) < OPENING_MAX ? CLAIM_MORE : CLAIM_NO;
}

static enum verdict
xmpp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	/* Only the initiating side names whom it wants before it is answered; only the other offers features. */
	if (lines_has(&cur, "<stream:features"))
		dissect_server_is(ctx, ctx->side);
	if (ctx->side == ctx->server && lines_has(&cur, "<proceed"))
		dissect_hand_over(ctx, &dissect_tls, NULL);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 5222 },
	{ KEY_TCP_PORT, 5269 } };

const struct dissector dissect_xmpp = {
	.name = "xmpp",
	.spec = "RFC 6120",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "<",
	.nfirst = 1,
	.probe = xmpp_probe,
	.dissect = xmpp_dissect,
};

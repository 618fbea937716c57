/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 in clear: the client's connection preface. Headers are compressed and stay unread.
 *
 * Spec: RFC 9113 §3.4.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static enum claim
http2_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (!lines_may_begin(&cur, preface))
		return CLAIM_NO;
	return CUR_STARTS(&cur, preface) ? CLAIM_YES : CLAIM_MORE;
}

static enum verdict
http2_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (CUR_STARTS(&cur, preface))
		dissect_server_is(ctx, ctx->side ^ 1U);
	if (ctx->server != SIDE_NONE)
		dissect_release(ctx);
	return VERDICT_OK;
}

const struct dissector dissect_http2 = {
	.name = "http2",
	.spec = "RFC 9113",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.first = "P",
	.nfirst = 1,
	.probe = http2_probe,
	.dissect = http2_dissect,
};

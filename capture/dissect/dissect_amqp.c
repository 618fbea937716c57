/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AMQP: the protocol header that a client begins with, in any version.
 *
 * Spec: AMQP 0-9-1 §4.2.2, AMQP 1.0 part 2 §2.2.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

#define HEADER_LEN 8

static enum claim
amqp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (!lines_may_begin(&cur, "AMQP"))
		return CLAIM_NO;
	if (cur_left(&cur) < HEADER_LEN)
		return CLAIM_MORE;
	return cur_peek(&cur, 4) <= 3 && cur_peek(&cur, 5) <= 1 ? CLAIM_YES
								: CLAIM_NO;
}

/* A server that wants another version answers with a header too, but never first. */
static enum verdict
amqp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	(void)cur;
	if (ctx->server == SIDE_NONE)
		dissect_server_is(ctx, ctx->side ^ 1U);
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 5672 } };

const struct dissector dissect_amqp = {
	.name = "amqp",
	.spec = "AMQP 0-9-1, AMQP 1.0",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "A",
	.nfirst = 1,
	.probe = amqp_probe,
	.dissect = amqp_dissect,
};

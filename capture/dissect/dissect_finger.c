/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finger: a line with a name (or none) to port 79, answered in text. Nothing in it is a mark, so only the port decides.
 *
 * Spec: RFC 1288 §2.3.
 */
#include "capture/dissect/dissect.h"

#define QUERY_MAX 1024

static enum claim
finger_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	if (!ctx->port_hint)
		return CLAIM_NO;
	for (size_t i = 0; i < cur_left(&cur) && i < QUERY_MAX; i++) {
		uint8_t c = cur.at[i];

		if (c == '\n')
			return CLAIM_YES;
		if ((c < ' ' && c != '\r' && c != '\t') || c == 0x7f)
			return CLAIM_NO;
	}
	return cur_left(&cur) >= QUERY_MAX / 2 ? CLAIM_YES : CLAIM_MORE;
}

static enum verdict
finger_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	(void)cur;
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 79 } };

const struct dissector dissect_finger = {
	.name = "finger",
	.spec = "RFC 1288",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = finger_probe,
	.dissect = finger_dissect,
};

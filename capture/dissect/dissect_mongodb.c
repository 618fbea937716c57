/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MongoDB: wire protocol messages, told by their length, opcode and who answers whom.
 *
 * Spec: MongoDB Wire Protocol, "Standard Message Header".
 */
#include "capture/dissect/dissect.h"

#define HEADER_LEN 16
#define LENGTH_MAX 48000000U

enum mongo_op {
	OP_REPLY = 1,
	OP_QUERY = 2004,
	OP_COMPRESSED = 2012,
	OP_MSG = 2013
};

static bool
is_mongo(struct cursor cur, bool *response)
{
	uint32_t len = cur_le32(&cur), answers, op;

	cur_skip(&cur, 4); /* request id */
	answers = cur_le32(&cur);
	op = cur_le32(&cur);
	*response = answers != 0;
	if (cur_bad(&cur) || len < HEADER_LEN + 4 || len > LENGTH_MAX)
		return false;
	return (op == OP_REPLY && answers != 0) || op == OP_MSG ||
	       op == OP_COMPRESSED || (op == OP_QUERY && answers == 0);
}

static enum claim
mongodb_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	bool response;

	(void)ctx;
	return is_mongo(cur, &response) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
mongodb_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	bool response;

	if (is_mongo(cur, &response))
		dissect_server_is(ctx, response ? ctx->side : ctx->side ^ 1U);
	if (ctx->server != SIDE_NONE)
		dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 27017 } };

const struct dissector dissect_mongodb = {
	.name = "mongodb",
	.spec = "MongoDB wire protocol",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = mongodb_probe,
	.dissect = mongodb_dissect,
};

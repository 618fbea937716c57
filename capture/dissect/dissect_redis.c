/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis: commands as RESP arrays of bulk strings, and the version in an INFO or HELLO reply.
 *
 * Spec: Redis serialization protocol specification (RESP2, RESP3).
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

/* A marker and a decimal number: "*3", "$11". */
static bool
is_count(const struct cursor *line, char marker)
{
	if (cur_peek(line, 0) != marker || cur_left(line) < 2 ||
	    cur_left(line) > 8)
		return false;
	for (size_t i = 1; i < cur_left(line); i++) {
		if (line->at[i] < '0' || line->at[i] > '9')
			return false;
	}
	return true;
}

/* "*1\r\n$4\r\nPING\r\n" */
static bool
is_command(struct cursor cur)
{
	struct cursor line;

	if (!cur_line(&cur, false, &line) || !is_count(&line, '*') ||
	    line.at[1] == '0')
		return false;
	return cur_line(&cur, false, &line) && is_count(&line, '$') &&
	       cur_left(&cur) > 0;
}

static enum claim
redis_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (is_command(cur))
		return CLAIM_YES;
	if (is_count(&line, '*') && cur_left(&cur) < 16)
		return CLAIM_MORE;
	if (!ctx->port_hint)
		return CLAIM_NO;
	return lines_verb(&line, "PING", NULL) ||
		       lines_verb(&line, "INFO", NULL) ||
		       lines_verb(&line, "+PONG", NULL) ||
		       lines_verb(&line, "+OK", NULL) ||
		       lines_verb(&line, "-ERR", NULL) ||
		       lines_verb(&line, "-NOAUTH", NULL) ||
		       is_count(&line, '*') || is_count(&line, '$')
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
redis_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	static const char version[] = "redis_version:";
	struct cursor line;

	if (ctx->side != ctx->server && is_command(cur))
		dissect_server_is(ctx, ctx->side ^ 1U);
	if (ctx->side != ctx->server)
		return VERDICT_OK;
	while (cur_line(&cur, false, &line)) {
		if (!CUR_STARTS(&line, version))
			continue;
		cur_skip(&line, sizeof(version) - 1);
		observe_banner(ctx, ctx->side,
		    text_of(line.at, cur_left(&line)), "redis.version");
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 6379 } };

const struct dissector dissect_redis = {
	.name = "redis",
	.spec = "RESP3",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "*",
	.nfirst = 1,
	.probe = redis_probe,
	.dissect = redis_dissect,
};

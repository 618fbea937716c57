/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memcached: its text protocol, and the version it tells when asked.
 *
 * Spec: memcached's doc/protocol.txt.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

static bool
is_command(const struct cursor *line)
{
	struct cursor rest;

	return lines_verb(line, "stats", NULL) ||
	       lines_verb(line, "version", NULL) ||
	       (lines_verb(line, "get", &rest) && cur_left(&rest) > 0) ||
	       (lines_verb(line, "gets", &rest) && cur_left(&rest) > 0) ||
	       (lines_verb(line, "set", &rest) && cur_left(&rest) > 0);
}

static bool
is_answer(const struct cursor *line)
{
	return lines_verb(line, "VERSION", NULL) ||
	       lines_verb(line, "STAT", NULL) ||
	       lines_verb(line, "VALUE", NULL) ||
	       lines_verb(line, "STORED", NULL) ||
	       lines_verb(line, "END", NULL) || lines_verb(line, "ERROR", NULL);
}

static enum claim
memcached_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	return ctx->port_hint && (is_command(&line) || is_answer(&line))
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
memcached_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line;

	while (lines_next(ctx, &cur, &line)) {
		if (ctx->side != ctx->server && !CUR_STARTS(&line, "V") &&
		    is_command(&line))
			dissect_server_is(ctx, ctx->side ^ 1U);
		if (ctx->side == (ctx->server ^ 1U) ||
		    !CUR_STARTS(&line, "VERSION "))
			continue;
		dissect_server_is(ctx, ctx->side);
		observe_banner(ctx, ctx->side,
		    text_of(line.at, cur_left(&line)), "memcached.version");
		dissect_release(ctx);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 11211 } };

const struct dissector dissect_memcached = {
	.name = "memcached",
	.spec = "memcached protocol.txt",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = memcached_probe,
	.dissect = memcached_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTSP: cameras and streaming servers, with the software they name.
 *
 * Spec: RFC 7826 §5, RFC 2326.
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

static bool
is_request(const struct cursor *line)
{
	static const char version[] = " RTSP/1.";
	size_t n = cur_left(line), v = sizeof(version) - 1;

	return n > v + 1 && memcmp(line->at + n - v - 1, version, v) == 0;
}

static enum claim
rtsp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	(void)ctx;
	return CUR_STARTS(&line, "RTSP/1.") || is_request(&line) ? CLAIM_YES
								 : CLAIM_NO;
}

static enum verdict
rtsp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur), value;

	if (is_request(&line))
		dissect_server_is(ctx, ctx->side ^ 1U);
	if (!CUR_STARTS(&line, "RTSP/1."))
		return VERDICT_OK;
	dissect_server_is(ctx, ctx->side);
	while (cur_line(&cur, false, &line) && cur_left(&line) > 0) {
		if (!lines_header(&line, "Server", &value))
			continue;
		observe_banner(ctx, ctx->side,
		    text_of(value.at, cur_left(&value)), "rtsp.server");
		dissect_release(ctx);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 554 },
	{ KEY_TCP_PORT, 8554 } };

const struct dissector dissect_rtsp = {
	.name = "rtsp",
	.spec = "RFC 7826",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "RODSPTGA",
	.nfirst = 8,
	.probe = rtsp_probe,
	.dissect = rtsp_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1: Server and User-Agent, and the name a client asks for (Host).
 *
 * The request line and the status line tell the roles on any port. Heads are
 * read line by line as they come; a body is not followed: after a head the rest
 * of the arrival is skipped, and the next arrival that begins like a head is
 * one. A body that imitates a head at just that place only adds a claim of the
 * server about itself, and after HEADS_MAX heads or the first Server header the
 * flow is released.
 *
 * A proxy's CONNECT turns the flow into another protocol, most often TLS; 101
 * turns it into one that is not read here.
 *
 * Spec: RFC 9112 §3, §4, §5; RFC 9110 §7.2, §9.3.6.
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"
#include "capture/dissect/scratch.h"

#define HEADS_MAX 8
#define FIRST_LINE_ENOUGH 64

struct http_side {
	bool in_head;
	uint8_t heads;
};

struct http_state {
	struct http_side side[2];
	bool connect; /* the last request was CONNECT */
	bool server;  /* a Server header was seen */
	uint16_t status;
};

static const char *const methods[] = { "GET", "HEAD", "POST", "PUT", "DELETE",
	"OPTIONS", "CONNECT", "TRACE", "PATCH", "PROPFIND", "PROPPATCH",
	"MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH",
	"SUBSCRIBE", "UNSUBSCRIBE", "MERGE", "PURGE" };

static bool
is_method(const struct cursor *line)
{
	for (size_t i = 0; i < ES_ARRAY_LEN(methods); i++) {
		size_t n = strlen(methods[i]);

		if (cur_starts(line, methods[i], n) && cur_peek(line, n) == ' ')
			return true;
	}
	return false;
}

/* "GET /index.html HTTP/1.1": RTSP and SIP use the same words with another last
 * one. */
static bool
is_request(const struct cursor *line)
{
	static const char version[] = " HTTP/1.";
	size_t n = cur_left(line), v = sizeof(version) - 1;

	return is_method(line) && n > v + 1 &&
	       memcmp(line->at + n - v - 1, version, v) == 0;
}

static bool
is_status(const struct cursor *line)
{
	struct cursor code = *line;

	if (!CUR_STARTS(line, "HTTP/1."))
		return false;
	cur_skip(&code, 9);
	return lines_reply(&code, NULL) != 0;
}

/* "GET /" and nothing more: HTTP/0.9 (RFC 1945 §4.1), believed on a port of HTTP's own. */
static bool
is_simple_request(const struct dissect_ctx *ctx, const struct cursor *line)
{
	return ctx->port_hint && CUR_STARTS(line, "GET /") &&
	       memchr(line->at + 5, ' ', cur_left(line) - 5) == NULL;
}

/* An unfinished first line that can only be a request: a long target. */
static bool
is_request_begun(const struct cursor *line)
{
	return cur_left(line) >= FIRST_LINE_ENOUGH && is_method(line) &&
	       (memmem(line->at, cur_left(line), " /", 2) != NULL ||
		   memmem(line->at, cur_left(line), " http://", 8) != NULL);
}

/* "name:port" without its port; literal addresses name nothing. */
static void
tell_host(struct dissect_ctx *ctx, struct text value)
{
	const struct addr *server = &ctx->ends[ctx->side ^ 1U].addr;
	const uint8_t *colon = memchr(value.p, ':', value.len);
	char text[ADDR_TEXT];
	struct addr literal;

	if (colon != NULL)
		value.len = (uint16_t)(colon - value.p);
	if (value.len == 0 || value.p[0] == '[')
		return;
	if (value.len < sizeof(text)) {
		memcpy(text, value.p, value.len);
		text[value.len] = '\0';
		if (addr_parse(text, &literal) == 0)
			return;
	}
	observe_name(ctx, server, NULL, value, "http.host", STRENGTH_CLAIMED);
}

static void
first_line(struct dissect_ctx *ctx, const struct cursor *line)
{
	struct http_state *st = ctx->state;
	struct cursor code = *line;

	if (is_status(line)) {
		cur_skip(&code, 9);
		st->status = (uint16_t)lines_reply(&code, NULL);
		dissect_server_is(ctx, ctx->side);
	} else {
		st->connect = CUR_STARTS(line, "CONNECT ");
		st->status = 0;
		dissect_server_is(ctx, ctx->side ^ 1U);
	}
}

static void
head_line(struct dissect_ctx *ctx, const struct cursor *line)
{
	struct http_state *st = ctx->state;
	struct cursor value;

	if (ctx->side != ctx->server) {
		if (lines_header(line, "Host", &value) && !st->connect)
			tell_host(ctx, text_of(value.at, cur_left(&value)));
		else if (lines_header(line, "User-Agent", &value))
			observe_banner(ctx, ctx->side,
			    text_of(value.at, cur_left(&value)),
			    "http.user-agent");
	} else if (lines_header(line, "Server", &value)) {
		observe_banner(ctx, ctx->side,
		    text_of(value.at, cur_left(&value)), "http.server");
		st->server = true;
	}
}

/* An empty line ended a head. Returns false when what follows is no HTTP. */
static bool
head_end(
    struct dissect_ctx *ctx, struct http_side *me, const struct cursor *rest)
{
	struct http_state *st = ctx->state;

	me->in_head = false;
	me->heads++;
	if (ctx->side != ctx->server)
		return true;
	if (st->connect && st->status / 100 == 2) {
		dissect_hand_over(ctx, &dissect_tls, rest);
		return false;
	}
	if (st->status == 101 || me->heads >= HEADS_MAX ||
	    (st->server && st->side[ctx->side ^ 1U].heads > 0)) {
		dissect_release(ctx);
		return false;
	}
	return st->status / 100 == 1; /* the final response comes next */
}

static enum claim
http_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor line = lines_first(cur);

	if (is_request(&line) || is_status(&line) || is_request_begun(&line))
		return CLAIM_YES;
	if (cur_left(&line) < cur_left(&cur)) /* the line is whole */
		return is_simple_request(ctx, &line) ? CLAIM_YES : CLAIM_NO;
	return is_method(&line) || cur_left(&line) < FIRST_LINE_ENOUGH
		   ? CLAIM_MORE
		   : CLAIM_NO;
}

static enum verdict
http_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct http_state *st = ctx->state;
	struct http_side *me = &st->side[ctx->side];
	struct cursor line;

	if (ctx->gap)
		me->in_head = false;
	if (!me->in_head) {
		line = lines_first(cur);
		if (!is_request(&line) && !is_status(&line) &&
		    !is_request_begun(&line))
			return VERDICT_OK; /* body */
	}
	while (lines_next(ctx, &cur, &line)) {
		if (!me->in_head && !is_request(&line) && !is_status(&line))
			return VERDICT_OK;
		if (!me->in_head) {
			me->in_head = true;
			first_line(ctx, &line);
		} else if (cur_left(&line) > 0) {
			head_line(ctx, &line);
		} else if (!head_end(ctx, me, &cur)) {
			return VERDICT_OK;
		}
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 80 },
	{ KEY_TCP_PORT, 8080 }, { KEY_TCP_PORT, 3128 }, { KEY_TCP_PORT, 8000 },
	{ KEY_TCP_PORT, 8888 }, { KEY_TCP_PORT, 631 } };

const struct dissector dissect_http = {
	.name = "http",
	.spec = "RFC 9112",
	.source = SRC_HTTP,
	.flow_state_size = sizeof(struct http_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "GHPDOCTMLURS",
	.nfirst = 12,
	.probe = http_probe,
	.dissect = http_dissect,
};

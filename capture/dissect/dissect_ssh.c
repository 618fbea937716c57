/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH: software by the identification string of both sides, HASSH and
 * HASSHServer from their key exchange offers.
 *
 * Each side sends lines of which one starts "SSH-" (a server may say others
 * before it, RFC 4253 §4.2), then binary packets; the first is SSH_MSG_KEXINIT.
 * HASSH is the MD5 of "kex;ciphers;macs;compression" for the direction that its
 * sender transmits. After both offers nothing in clear names software, so the
 * flow is released.
 *
 * Spec: RFC 4253 §4.2, §6, §7.1; HASSH as published by Salesforce.
 */
#include <string.h>

#include "capture/dissect/digest.h"
#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"
#include "capture/dissect/scratch.h"

#define PORT 22
#define KEXINIT 20
#define COOKIE_LEN 16
#define IDENT_MAX 255
#define PREFACE_LINES 32
#define PACKET_MAX 35000 /* RFC 4253 §6.1 */

struct ssh_side {
	bool ident;
	bool done; /* KEXINIT seen, or none will be */
	uint8_t lines;
};

struct ssh_state {
	struct ssh_side side[2];
};

/* The name-lists of KEXINIT, in wire order. */
enum kex_list {
	KEX_ALGORITHMS,
	KEX_HOST_KEY,
	KEX_CIPHER_C2S,
	KEX_CIPHER_S2C,
	KEX_MAC_C2S,
	KEX_MAC_S2C,
	KEX_COMP_C2S,
	KEX_COMP_S2C,
	KEX_LISTS
};

static void
tell_hassh(struct dissect_ctx *ctx, const struct text lists[KEX_LISTS])
{
	bool server = ctx->side == ctx->server;
	const enum kex_list parts[] = { KEX_ALGORITHMS,
		server ? KEX_CIPHER_S2C : KEX_CIPHER_C2S,
		server ? KEX_MAC_S2C : KEX_MAC_C2S,
		server ? KEX_COMP_S2C : KEX_COMP_C2S };
	size_t n = 0, size = ES_ARRAY_LEN(parts);
	char hex[DIGEST_MD5_HEX];
	char *joined;

	for (size_t i = 0; i < ES_ARRAY_LEN(parts); i++)
		size += lists[parts[i]].len;
	joined = dissect_scratch(ctx, size);
	if (joined == NULL)
		return;
	for (size_t i = 0; i < ES_ARRAY_LEN(parts); i++) {
		const struct text *list = &lists[parts[i]];

		if (i > 0)
			joined[n++] = ';';
		memcpy(joined + n, list->p, list->len);
		n += list->len;
	}
	digest_md5(joined, n, hex);
	observe_print(ctx, &ctx->ends[ctx->side].addr, NULL,
	    server ? "hasshserver" : "hassh", scratch_text(ctx, hex, 32));
}

static enum verdict
kexinit(struct dissect_ctx *ctx, struct cursor payload)
{
	struct text lists[KEX_LISTS];

	cur_skip(&payload, COOKIE_LEN);
	for (size_t i = 0; i < KEX_LISTS; i++) {
		struct cursor list = cur_sub(&payload, cur_be32(&payload));

		lists[i] = text_of(list.at, cur_left(&list));
	}
	if (cur_bad(&payload))
		return VERDICT_MALFORMED;
	tell_hassh(ctx, lists);
	return VERDICT_OK;
}

/* Role: a handshake tells; else the well-known port; else the lower one. */
static void
guess_server(struct dissect_ctx *ctx)
{
	uint16_t mine = ctx->ends[ctx->side].port;
	uint16_t peer = ctx->ends[ctx->side ^ 1U].port;

	if (ctx->server != SIDE_NONE)
		return;
	dissect_server_is(ctx, mine == PORT || (peer != PORT && mine < peer)
				   ? ctx->side
				   : ctx->side ^ 1U);
}

/* Returns false when no whole line is there yet. */
static bool
ident_line(struct dissect_ctx *ctx, struct ssh_side *me, struct cursor *cur)
{
	struct cursor line;

	while (!me->ident && me->lines < PREFACE_LINES &&
	       cur_line(cur, ctx->end, &line)) {
		me->lines++;
		if (!CUR_STARTS(&line, "SSH-"))
			continue;
		me->ident = true;
		me->done = CUR_STARTS(&line, "SSH-1.") &&
			   !CUR_STARTS(&line, "SSH-1.99-");
		observe_banner(
		    ctx, ctx->side, text_of(line.at, cur_left(&line)), "ssh");
	}
	return me->ident;
}

static enum verdict
packet(struct dissect_ctx *ctx, struct ssh_side *me, struct cursor *cur)
{
	const struct cursor start = *cur;
	uint32_t len = cur_be32(cur);
	struct cursor body;
	uint8_t padding, type;

	if (cur_bad(cur) || (len <= PACKET_MAX && cur_left(cur) < len)) {
		dissect_keep(ctx, &start);
		return VERDICT_OK;
	}
	if (len < 2 || len > PACKET_MAX)
		return VERDICT_MALFORMED;
	body = cur_sub(cur, len);
	padding = cur_u8(&body);
	type = cur_u8(&body);
	if (padding + 2U > len)
		return VERDICT_MALFORMED;
	if (type != KEXINIT)
		return VERDICT_OK;
	me->done = true;
	return kexinit(ctx, cur_sub(&body, len - 2 - padding));
}

static enum claim
ssh_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (!lines_may_begin(&cur, "SSH-2.") &&
	    !lines_may_begin(&cur, "SSH-1."))
		return CLAIM_NO;
	return cur_left(&cur) < 6 ? CLAIM_MORE : CLAIM_YES;
}

static enum verdict
ssh_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct ssh_state *st = ctx->state;
	struct ssh_side *me = &st->side[ctx->side];
	enum verdict verdict = VERDICT_OK;

	guess_server(ctx);
	if (ctx->gap)
		me->done = true; /* packet borders are lost */
	if (!me->ident && !me->done && !ident_line(ctx, me, &cur)) {
		if (me->lines >= PREFACE_LINES || cur_left(&cur) > IDENT_MAX)
			return VERDICT_MALFORMED;
		dissect_keep(ctx, &cur);
		return VERDICT_OK;
	}
	if (!me->done && cur_left(&cur) > 0)
		verdict = packet(ctx, me, &cur);
	if (st->side[0].done && st->side[1].done)
		dissect_release(ctx);
	return verdict;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, PORT } };

const struct dissector dissect_ssh = {
	.name = "ssh",
	.spec = "RFC 4253",
	.source = SRC_SSH,
	.flow_state_size = sizeof(struct ssh_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "S",
	.nfirst = 1,
	.probe = ssh_probe,
	.dissect = ssh_dissect,
};

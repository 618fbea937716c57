/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS over TCP: the name a client asks for, the certificate a server shows (up
 * to TLS 1.2), JA3 and JA3S.
 *
 * Each side's records are read in order until its handshake stops being
 * readable: change cipher spec, application data, or the last message of
 * interest. A handshake message may span records and a record may hold several,
 * so the place is a record and an offset in it; a message that spans is joined
 * in scratch memory. TLS 1.3 servers may ask for a second ClientHello
 * (HelloRetryRequest, RFC 8446 §4.1.4), which is not the end.
 *
 * Other protocols hand their flow over here after STARTTLS. Spec: RFC 8446, RFC
 * 5246 §6.2, §7.4; SSLv2 hello: RFC 5246 appendix E.2.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/certnames.h"
#include "capture/dissect/digest.h"
#include "capture/dissect/dissect.h"
#include "capture/dissect/scratch.h"
#include "capture/dissect/tlshello.h"

#define RECORD_HEADER 5
#define RECORD_MAX (16384 + 2048)
#define MESSAGE_HEADER 4
#define MESSAGE_MAX                                                            \
	12288 /* scratch holds it and the names of a certificate   \
			   */
#define TLS13 0x0304

enum tls_record {
	REC_CHANGE_CIPHER = 20,
	REC_ALERT = 21,
	REC_HANDSHAKE = 22,
	REC_APPLICATION = 23
};

enum tls_message {
	MSG_CLIENT_HELLO = 1,
	MSG_SERVER_HELLO = 2,
	MSG_CERTIFICATE = 11,
	MSG_SERVER_DONE = 14
};

struct tls_side {
	uint16_t skip; /* octets done of the handshake record that is kept */
	bool done;
	bool begun;
};

struct tls_state {
	struct tls_side side[2];
	bool tls13;
	bool retry; /* the last ServerHello was a HelloRetryRequest */
};

/* ServerHello.random of a HelloRetryRequest, RFC 8446 §4.1.3. */
static const uint8_t retry_random[32] = { 0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a,
	0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
	0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
	0x33, 0x9c };

static void
tell_ja3(
    struct dissect_ctx *ctx, const struct tls_hello *hello, const char *kind)
{
	char hex[DIGEST_MD5_HEX];

	if (hello->ja3_len == 0)
		return;
	digest_md5(hello->ja3, hello->ja3_len, hex);
	observe_print(ctx, &ctx->ends[ctx->side].addr, NULL, kind,
	    scratch_text(ctx, hex, strlen(hex)));
}

static bool
client_hello(struct dissect_ctx *ctx, struct cursor body)
{
	const struct endpoint *server = &ctx->ends[ctx->side ^ 1U];
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };

	if (!tlshello_client(body, false, &hello))
		return false;
	dissect_server_is(ctx, ctx->side ^ 1U);
	tell_ja3(ctx, &hello, "ja3");
	if (hello.name.len > 0) {
		struct observation *obs = observe(ctx, OBS_SERVERNAME);

		obs->addr = server->addr;
		obs->port = server->port;
		obs->proto = IPPROTO_TCP;
		obs->strength = STRENGTH_CLAIMED;
		obs->text = hello.name;
	}
	return true;
}

static bool
server_hello(struct dissect_ctx *ctx, struct tls_state *st, struct cursor body)
{
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };

	if (!tlshello_server(body, &hello))
		return false;
	dissect_server_is(ctx, ctx->side);
	tell_ja3(ctx, &hello, "ja3s");
	cur_skip(&body, 2);
	st->retry =
	    cur_starts(&body, (const char *)retry_random, sizeof(retry_random));
	st->tls13 = hello.negotiated >= TLS13;
	st->side[ctx->side].done = st->tls13 && !st->retry;
	return true;
}

static void
certificate(struct dissect_ctx *ctx, struct cursor body)
{
	const struct endpoint *me = &ctx->ends[ctx->side];
	struct cursor list = cur_sub(&body, cur_be24(&body));
	struct cursor der = cur_sub(&list, cur_be24(&list));
	char hex[DIGEST_SHA256_HEX];
	struct cert_names names;
	struct observation *obs;

	if (cur_bad(&list) || ctx->side != ctx->server ||
	    !certnames_read(der.at, cur_left(&der), &names))
		return;
	digest_sha256(der.at, cur_left(&der), hex);
	obs = observe(ctx, OBS_CERT);
	obs->addr = me->addr;
	obs->port = me->port;
	obs->proto = IPPROTO_TCP;
	obs->strength = STRENGTH_TWO_WAY;
	obs->text = scratch_text(ctx, names.cn, names.cn_len);
	obs->text2 = scratch_text(ctx, hex, strlen(hex));
	obs->data = scratch_text(ctx, names.sans, names.sans_len);
}

static bool
message(struct dissect_ctx *ctx, unsigned type, struct cursor body)
{
	struct tls_state *st = ctx->state;
	struct tls_side *me = &st->side[ctx->side];

	switch (type) {
	case MSG_CLIENT_HELLO:
		return client_hello(ctx, body);
	case MSG_SERVER_HELLO:
		return server_hello(ctx, st, body);
	case MSG_CERTIFICATE:
		certificate(ctx, body);
		me->done = true;
		return true;
	case MSG_SERVER_DONE:
		me->done = true;
		return true;
	default:
		return true;
	}
}

/* Read a record header; false when the record is not all there. */
static bool
record(struct cursor *cur, uint8_t *type, struct cursor *body)
{
	*type = cur_u8(cur);
	cur_skip(cur, 2);
	*body = cur_sub(cur, cur_be16(cur));
	return !cur_bad(cur);
}

/*
 * Find @p need octets of handshake from @p skip in the first record at @p from.
 * Returns a pointer to them (in the stream, or joined in scratch) and moves @p
 * from and @p skip behind them; NULL when they are not there yet, or when
 * something else comes between (then @p from is bad).
 */
static const uint8_t *
gather(struct dissect_ctx *ctx, struct cursor *from, size_t *skip, size_t need)
{
	struct cursor cur = *from, at = *from, body;
	size_t got = 0, off = *skip;
	uint8_t *joined = NULL;
	uint8_t type;

	while (record(&cur, &type, &body)) {
		const uint8_t *p = cur_take(&body, off);
		size_t n = cur_left(&body);

		if (type != REC_HANDSHAKE || p == NULL) {
			from->bad = true;
			return NULL;
		}
		n = n < need - got ? n : need - got;
		p = cur_take(&body, n);
		if (joined == NULL && n < need)
			joined = dissect_scratch(ctx, need);
		if (joined == NULL && n < need) {
			from->bad = true;
			return NULL;
		}
		if (joined != NULL)
			memcpy(joined + got, p, n);
		got += n;
		if (got == need) {
			*from = at;
			*skip = off + n;
			return joined != NULL ? joined : p;
		}
		at = cur;
		off = 0;
	}
	return NULL;
}

/* Handle the messages from the handshake record at @p cur on. Returns false
 * when the rest has to wait. */
static bool
handshake(struct dissect_ctx *ctx, struct tls_side *me, struct cursor *cur)
{
	while (!me->done) {
		struct cursor at = *cur, next = *cur, body;
		size_t skip = me->skip, len;
		const uint8_t *p;
		uint8_t type;

		(void)record(&next, &type, &body);
		if (skip >= cur_left(&body)) { /* this record is spent */
			me->skip = 0;
			*cur = next;
			return true;
		}
		p = gather(ctx, &at, &skip, MESSAGE_HEADER);
		if (p != NULL) {
			len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
			type = p[0];
			at.bad = len > MESSAGE_MAX;
			p = at.bad ? NULL : gather(ctx, &at, &skip, len);
		}
		if (p == NULL && !at.bad)
			return false;
		if (p == NULL || !message(ctx, type, cur_new(p, len)))
			me->done = true;
		me->skip = (uint16_t)skip;
		*cur = at;
	}
	return true;
}

/* "80 len 01 version": an SSLv2 ClientHello, after which TLS goes on. */
static bool
sslv2_hello(struct cursor *cur, bool *more)
{
	uint8_t len;

	if ((cur_peek(cur, 0) & 0x80) == 0 || cur_peek(cur, 2) != 1)
		return false;
	cur_skip(cur, 1);
	len = cur_u8(cur);
	*more = cur_left(cur) < len;
	cur_skip(cur, len);
	return true;
}

static enum verdict
records(struct dissect_ctx *ctx, struct tls_side *me, struct cursor cur)
{
	while (!me->done && cur_left(&cur) > 0) {
		const struct cursor start = cur;
		struct cursor body;
		uint8_t type;

		if (!record(&cur, &type, &body)) {
			dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		if (type < REC_CHANGE_CIPHER || type > REC_APPLICATION ||
		    cur_left(&body) > RECORD_MAX)
			return VERDICT_MALFORMED;
		if (type == REC_APPLICATION)
			me->done = true;
		if (type == REC_CHANGE_CIPHER)
			me->done = !((struct tls_state *)ctx->state)->tls13;
		if (type != REC_HANDSHAKE)
			continue;
		cur = start;
		if (!handshake(ctx, me, &cur)) {
			dissect_keep(ctx, &cur);
			return VERDICT_OK;
		}
	}
	return VERDICT_OK;
}

/* An SSLv2 ClientHello for version 3.x: its ciphers come in threes, its
 * challenge has 16 to 32 octets. */
static enum claim
sslv2_probe(struct cursor cur)
{
	uint16_t ciphers, challenge;
	uint8_t type, major;

	cur_skip(&cur, 2);
	type = cur_u8(&cur);
	major = cur_u8(&cur);
	if (type != 1 || major != 3)
		return CLAIM_NO;
	cur_skip(&cur, 1);
	ciphers = cur_be16(&cur);
	cur_skip(&cur, 2); /* session id */
	challenge = cur_be16(&cur);
	if (cur_bad(&cur))
		return CLAIM_MORE;
	return ciphers > 0 && ciphers % 3 == 0 && challenge >= 16 &&
		       challenge <= 32
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum claim
tls_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	const struct cursor cur_all = cur;
	uint8_t type = cur_u8(&cur);
	uint8_t major = cur_u8(&cur);
	uint8_t minor = cur_u8(&cur);
	uint16_t len = cur_be16(&cur);
	uint8_t message = cur_u8(&cur);

	/* After a hole this may be what another protocol carries. */
	if (ctx->gap)
		return CLAIM_NO;
	if (type == 0x80)
		return sslv2_probe(cur_all);
	if (cur_bad(&cur))
		return CLAIM_MORE;
	if (major != 3 || minor > 4 || len == 0 || len > RECORD_MAX)
		return CLAIM_NO;
	if (type == REC_HANDSHAKE)
		return len >= MESSAGE_HEADER && (message == MSG_CLIENT_HELLO ||
						    message == MSG_SERVER_HELLO)
			   ? CLAIM_YES
			   : CLAIM_NO;
	return type == REC_APPLICATION && ctx->port_hint ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
tls_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct tls_state *st = ctx->state;
	struct tls_side *me = &st->side[ctx->side];
	enum verdict verdict = VERDICT_OK;
	bool more = false;

	if (ctx->gap)
		me->done = true; /* record borders are lost */
	if (!me->begun && !me->done) {
		const struct cursor start = cur;

		if (cur_left(&cur) < RECORD_HEADER) {
			dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		if (sslv2_hello(&cur, &more))
			dissect_server_is(ctx, ctx->side ^ 1U);
		if (more) {
			dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		me->begun = true;
	}
	if (!me->done)
		verdict = records(ctx, me, cur);
	if (st->side[0].done && st->side[1].done)
		dissect_release(ctx);
	return verdict;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 443 },
	{ KEY_TCP_PORT, 465 }, { KEY_TCP_PORT, 636 }, { KEY_TCP_PORT, 853 },
	{ KEY_TCP_PORT, 990 }, { KEY_TCP_PORT, 993 }, { KEY_TCP_PORT, 995 },
	{ KEY_TCP_PORT, 5061 }, { KEY_TCP_PORT, 8443 },
	{ KEY_TCP_PORT, 8883 } };

const struct dissector dissect_tls = {
	.name = "tls",
	.spec = "RFC 8446, RFC 5246",
	.source = SRC_TLS,
	.flow_state_size = sizeof(struct tls_state),
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x16\x17\x80",
	.nfirst = 3,
	.probe = tls_probe,
	.dissect = tls_dissect,
};

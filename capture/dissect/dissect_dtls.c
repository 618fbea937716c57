/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DTLS: names and prints as TLS has them, from hellos that come in one piece. Whoever says ClientHello is the client; a
 * server may ask for a second one with its cookie (HelloVerifyRequest).
 *
 * Spec: RFC 6347 §4.1, §4.2; RFC 9147.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/digest.h"
#include "capture/dissect/dissect.h"
#include "capture/dissect/scratch.h"
#include "capture/dissect/tlshello.h"

#define HANDSHAKE 22
#define CLIENT_HELLO 1
#define SERVER_HELLO 2
#define VERIFY_REQUEST 3

struct dtls_message {
	uint8_t record; /* content type */
	uint8_t type;	/* of handshake; 0: not readable */
	struct cursor body;
};

/* The first record, and the first handshake message in it when it is whole and in clear. */
static bool
read_record(struct cursor cur, struct dtls_message *out)
{
	uint16_t version, epoch;
	uint32_t len, offset;
	struct cursor record;

	out->record = cur_u8(&cur);
	version = cur_be16(&cur);
	epoch = cur_be16(&cur);
	cur_skip(&cur, 6); /* sequence */
	record = cur_sub(&cur, cur_be16(&cur));
	out->type = 0;
	if (cur_bad(&cur) || out->record < 20 || out->record > 25 ||
	    (version != 0xfeff && version != 0xfefd && version != 0x0100))
		return false;
	if (out->record != HANDSHAKE || epoch != 0)
		return true;
	out->type = cur_u8(&record);
	len = cur_be24(&record);
	cur_skip(&record, 2); /* message number */
	offset = cur_be24(&record);
	if (cur_be24(&record) != len || offset != 0) {
		out->type = 0;
		return !cur_bad(&record);
	}
	out->body = cur_sub(&record, len);
	return !cur_bad(&record);
}

static void
tell_hello(struct dissect_ctx *ctx, const struct tls_hello *hello, bool client)
{
	const struct endpoint *server = &ctx->ends[ctx->side ^ 1U];
	char hex[DIGEST_MD5_HEX];
	struct observation *obs;

	if (hello->ja3_len > 0) {
		digest_md5(hello->ja3, hello->ja3_len, hex);
		observe_print(ctx, &ctx->ends[ctx->side].addr, NULL,
		    client ? "ja3" : "ja3s",
		    scratch_text(ctx, hex, strlen(hex)));
	}
	if (!client || hello->name.len == 0)
		return;
	obs = observe(ctx, OBS_SERVERNAME);
	obs->addr = server->addr;
	obs->port = server->port;
	obs->proto = IPPROTO_UDP;
	obs->strength = STRENGTH_CLAIMED;
	obs->text = hello->name;
}

static enum claim
dtls_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct dtls_message msg;

	if (!read_record(cur, &msg))
		return CLAIM_NO;
	return ctx->port_hint ||
		       (msg.type >= CLIENT_HELLO && msg.type <= VERIFY_REQUEST)
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
dtls_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	char ja3[JA3_MAX];
	struct tls_hello hello = { .ja3 = ja3 };
	struct dtls_message msg;

	if (!read_record(cur, &msg))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_OK;
	if (msg.type == CLIENT_HELLO) {
		dissect_server_is(ctx, ctx->side ^ 1U);
		if (tlshello_client(msg.body, true, &hello))
			tell_hello(ctx, &hello, true);
	} else if (msg.type == SERVER_HELLO || msg.type == VERIFY_REQUEST) {
		dissect_server_is(ctx, ctx->side);
		if (msg.type == SERVER_HELLO &&
		    tlshello_server(msg.body, &hello))
			tell_hello(ctx, &hello, false);
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 4433 },
	{ KEY_UDP_PORT, 5684 } };

const struct dissector dissect_dtls = {
	.name = "dtls",
	.spec = "RFC 6347",
	.source = SRC_TLS,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x14\x15\x16\x17",
	.nfirst = 4,
	.probe = dtls_probe,
	.dissect = dtls_dissect,
};

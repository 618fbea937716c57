/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerberos 5: the KDC, by who asks and who answers. Every message is an application tag around a sequence that begins
 * with the protocol version 5; over TCP a length stands before it.
 *
 * Spec: RFC 4120 §5.4, §7.2.2.
 */
#include <netinet/in.h>

#include "capture/dissect/ber.h"
#include "capture/dissect/dissect.h"

enum krb_tag {
	KRB_AS_REQ = 0x6a,
	KRB_AS_REP = 0x6b,
	KRB_TGS_REQ = 0x6c,
	KRB_TGS_REP = 0x6d,
	KRB_ERROR = 0x7e
};

#define VERSION 5
#define MESSAGE_MAX 0x10000

/* The message's tag; 0 when it is no Kerberos message, -1 when too little is there. */
static int
message_tag(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor outer, field;
	uint32_t version;
	uint8_t tag;

	if (ctx->proto == IPPROTO_TCP && cur_be32(&cur) > MESSAGE_MAX)
		return 0;
	tag = cur_u8(&cur);
	if (cur_bad(&cur))
		return -1;
	if ((tag < KRB_AS_REQ || tag > KRB_TGS_REP) && tag != KRB_ERROR)
		return 0;
	/* Headers only: the rest may come later. */
	for (unsigned i = 0; i < 2; i++) {
		uint8_t len = cur_u8(&cur);

		if (len >= 0x80)
			cur_skip(&cur, len & 0x7f);
		if (i == 0 && cur_u8(&cur) != BER_SEQUENCE && !cur_bad(&cur))
			return 0;
	}
	if (cur_bad(&cur))
		return -1;
	outer = cur_sub_upto(&cur, 5);
	if (!ber_take(&outer, &(uint8_t){ 0 }, &field))
		return cur_left(&outer) < 5 ? -1 : 0;
	return ber_uint(&field, &version) && version == VERSION ? tag : 0;
}

static enum claim
kerberos_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	int tag = message_tag(ctx, cur);

	if (tag < 0)
		return ctx->proto == IPPROTO_TCP ? CLAIM_MORE : CLAIM_NO;
	return tag > 0 ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
kerberos_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	int tag = message_tag(ctx, cur);

	if (tag == KRB_AS_REQ || tag == KRB_TGS_REQ)
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (tag > 0)
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 88 },
	{ KEY_TCP_PORT, 88 } };

const struct dissector dissect_kerberos = {
	.name = "kerberos-sec",
	.spec = "RFC 4120",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = kerberos_probe,
	.dissect = kerberos_dissect,
};

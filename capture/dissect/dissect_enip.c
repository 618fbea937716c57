/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EtherNet/IP: controllers and drives, over TCP and UDP. The header is looked at on its own port only.
 *
 * Spec: ODVA, The CIP Networks Library volume 2, chapter 2-3.
 */
#include "capture/dissect/dissect.h"

#define HEADER_LEN 24
#define STATUS_MAX 0x0070

static bool
is_enip(struct cursor cur)
{
	uint16_t command = cur_le16(&cur);
	uint16_t len = cur_le16(&cur);
	uint32_t status;

	cur_skip(&cur, 4); /* session */
	status = cur_le32(&cur);
	cur_skip(&cur, HEADER_LEN - 12);
	if (cur_bad(&cur) || status > STATUS_MAX || len > cur_left(&cur))
		return false;
	return command == 0x0004 || (command >= 0x0063 && command <= 0x0066) ||
	       command == 0x006f || command == 0x0070;
}

static enum claim
enip_probe(const struct dissect_ctx *ctx, struct cursor cur)
{

	if (!ctx->port_hint)
		return CLAIM_NO;
	return is_enip(cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
enip_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	(void)cur;
	if (ctx->server != SIDE_NONE)
		dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 44818 },
	{ KEY_UDP_PORT, 44818 } };

const struct dissector dissect_enip = {
	.name = "enip",
	.spec = "CIP volume 2",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM | DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = enip_probe,
	.dissect = enip_dissect,
};

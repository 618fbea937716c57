/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BACnet/IP: building control. The length in the BVLC header is the datagram's; an answer (acknowledgement, error or
 * refusal) shows the device.
 *
 * Spec: ASHRAE 135 annex J.2, clause 6.2 (NPDU), clause 20.1.2 (PDU types).
 */
#include "capture/dissect/dissect.h"

#define BVLC 0x81
#define PDU_SIMPLE_ACK 2
#define PDU_ABORT 7

static bool
is_bacnet(struct cursor cur, uint8_t *function)
{
	size_t all = cur_left(&cur);
	uint8_t mark = cur_u8(&cur);

	*function = cur_u8(&cur);
	return mark == BVLC && *function <= 0x0c && cur_be16(&cur) == all &&
	       all >= 6;
}

static enum claim
bacnet_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t function;

	(void)ctx;
	return is_bacnet(cur, &function) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
bacnet_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint8_t function, control, pdu;

	if (!is_bacnet(cur, &function))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	if (function != 0x0a) /* unicast NPDU */
		return VERDICT_OK;
	cur_skip(&cur, 5);
	control = cur_u8(&cur);
	if ((control & 0xa8) != 0) /* a network message, or routed */
		return VERDICT_OK;
	pdu = cur_u8(&cur) >> 4;
	if (!cur_bad(&cur) && pdu >= PDU_SIMPLE_ACK && pdu <= PDU_ABORT)
		dissect_server_is(ctx, ctx->side);
	else if (!cur_bad(&cur) && pdu == 0)
		dissect_server_is(ctx, ctx->side ^ 1U);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 47808 } };

const struct dissector dissect_bacnet = {
	.name = "bacnet",
	.spec = "ASHRAE 135 annex J",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x81",
	.nfirst = 1,
	.probe = bacnet_probe,
	.dissect = bacnet_dissect,
};

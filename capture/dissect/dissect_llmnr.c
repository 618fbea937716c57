/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LLMNR: names that hosts answer to on the link. A query only shows whom
 * somebody looks for; a response is the owner's.
 *
 * Spec: RFC 4795 §2.1. The C and T bits of the header sit where DNS has AA and
 * RD; a conflict (C) or tentative (T) answer is no name yet.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/dnsmsg.h"
#include "capture/dissect/scratch.h"

#define PORT 5355
#define FLAG_CONFLICT 0x0400
#define FLAG_TENTATIVE 0x0100

static void
tell_address(struct dissect_ctx *ctx, const struct dns_rr *rr)
{
	size_t left = cur_left(&rr->rdata);
	struct addr addr;

	if (!(rr->type == DNS_A && left == 4) &&
	    !(rr->type == DNS_AAAA && left == 16))
		return;
	addr = addr_from_bytes(rr->rdata.at, left);
	if (!addr_is_unicast(&addr))
		return;
	observe_name(ctx, &addr, NULL,
	    scratch_text(ctx, rr->name.text, rr->name.len), "llmnr",
	    STRENGTH_UNICAST);
}

static enum claim
llmnr_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct dns_msg msg;

	if (!ctx->port_hint || !dnsmsg_open(&msg, cur))
		return CLAIM_NO;
	return msg.opcode == 0 && msg.count[DNS_QUESTION] == 1 ? CLAIM_YES
							       : CLAIM_NO;
}

static enum verdict
llmnr_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor head = cur;
	struct dns_msg msg;
	struct dns_rr rr;
	uint16_t flags;
	int rc = 0;

	cur_skip(&head, 2);
	flags = cur_be16(&head);
	if (!dnsmsg_open(&msg, cur))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	dissect_server_is(ctx, msg.response ? ctx->side : ctx->side ^ 1U);
	if (!msg.response || (flags & (FLAG_CONFLICT | FLAG_TENTATIVE)) != 0)
		return VERDICT_OK;
	while ((rc = dnsmsg_next(&msg, &rr)) > 0) {
		if (rr.section == DNS_ANSWER)
			tell_address(ctx, &rr);
	}
	if (rc < 0)
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_llmnr = {
	.name = "llmnr",
	.spec = "RFC 4795",
	.source = SRC_LLMNR,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = llmnr_probe,
	.dissect = llmnr_dissect,
};

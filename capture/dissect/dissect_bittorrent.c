/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BitTorrent peers and the DHT: recognised so that they have their name and are taken for nothing else.
 *
 * Spec: BEP 3 (handshake), BEP 5 (DHT messages are bencoded dictionaries whose keys are sorted).
 */
#include <netinet/in.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/lines.h"

static const char handshake[] = "\x13"
				"BitTorrent protocol";

/* "d1:ad2:id20:...", "d1:rd2:id20:...", "d1:el", "d2:ip6:": what begins a KRPC message. */
static bool
is_dht(const struct cursor *cur)
{
	return (CUR_STARTS(cur, "d1:ad2:id20:") ||
		   CUR_STARTS(cur, "d1:rd2:id20:") ||
		   CUR_STARTS(cur, "d2:ip6:") || CUR_STARTS(cur, "d1:eli")) &&
	       cur->end[-1] == 'e';
}

static enum claim
bittorrent_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	if (ctx->proto == IPPROTO_UDP)
		return is_dht(&cur) ? CLAIM_YES : CLAIM_NO;
	if (!lines_may_begin(&cur, handshake))
		return CLAIM_NO;
	return CUR_STARTS(&cur, handshake) ? CLAIM_YES : CLAIM_MORE;
}

static enum verdict
bittorrent_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (ctx->proto == IPPROTO_TCP)
		dissect_release(ctx);
	else if (CUR_STARTS(&cur, "d1:rd2:id20:"))
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

const struct dissector dissect_bittorrent = {
	.name = "bittorrent",
	.spec = "BEP 3, BEP 5",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM | DISSECT_DATAGRAM,
	.first = "\x13"
		 "d",
	.nfirst = 2,
	.probe = bittorrent_probe,
	.dissect = bittorrent_dissect,
};

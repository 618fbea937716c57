/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS over UDP and TCP: who serves it (the QR bit), and names that answers give
 * to addresses.
 *
 * An answer is evidence about a name, not that the host exists: names are
 * CLAIMED. The name of the address record itself is told, not the alias that
 * was asked for.
 *
 * Port 53 takes what parses as far as it goes; elsewhere a message must be one
 * plain question or its answer, whole and without a rest, since a short header
 * of counts fits much other traffic.
 *
 * Spec: RFC 1035 §4, RFC 7766 (TCP).
 */
#include <netinet/in.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/dnsmsg.h"
#include "capture/dissect/scratch.h"

#define CLASS_IN 1
#define CLASS_ANY 255
#define OPCODE_MAX 6
#define TYPE_MAX 260
#define HEADER_LEN 12

/* One question of a known class, type and opcode, and nothing behind the last
 * record. */
static bool
strict(struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;
	int rc;

	if (!dnsmsg_open(&msg, cur) || msg.opcode > OPCODE_MAX ||
	    msg.count[DNS_QUESTION] != 1 || dnsmsg_next(&msg, &rr) <= 0)
		return false;
	if ((rr.class != CLASS_IN && rr.class != CLASS_ANY) || rr.type == 0 ||
	    rr.type > TYPE_MAX)
		return false;
	if (!msg.response && msg.count[DNS_ANSWER] != 0)
		return false;
	while ((rc = dnsmsg_next(&msg, &rr)) > 0)
		;
	return rc == 0 && cur_left(&msg.cur) == 0;
}

/* On port 53: a sane header and a first record, or an answer that has none. */
static bool
plausible(struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;

	return dnsmsg_open(&msg, cur) && msg.opcode <= OPCODE_MAX &&
	       dnsmsg_next(&msg, &rr) >= (msg.response ? 0 : 1);
}

static enum claim
dns_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor msg = cur;
	size_t len;

	if (ctx->proto == IPPROTO_TCP) {
		len = cur_be16(&msg);
		if (cur_bad(&msg))
			return CLAIM_MORE;
		if (len < HEADER_LEN)
			return CLAIM_NO;
		if (len > cur_left(&msg))
			return ctx->port_hint ? CLAIM_MORE : CLAIM_NO;
		msg = cur_sub(&msg, len);
	}
	if (ctx->port_hint ? plausible(msg) : strict(msg))
		return CLAIM_YES;
	return CLAIM_NO;
}

static void
tell_address(struct dissect_ctx *ctx, const struct dns_rr *rr)
{
	size_t left = cur_left(&rr->rdata);
	struct addr addr;

	if (left != (rr->type == DNS_A ? 4 : 16) || rr->class != CLASS_IN)
		return;
	addr = addr_from_bytes(rr->rdata.at, left);
	if (!addr_is_unicast(&addr))
		return;
	observe_name(ctx, &addr, NULL,
	    scratch_text(ctx, rr->name.text, rr->name.len), "dns",
	    STRENGTH_CLAIMED);
}

static enum verdict
message(struct dissect_ctx *ctx, struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;
	int rc;

	if (!dnsmsg_open(&msg, cur))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	dissect_server_is(ctx, msg.response ? ctx->side : ctx->side ^ 1U);
	while ((rc = dnsmsg_next(&msg, &rr)) > 0) {
		if (msg.response && rr.section == DNS_ANSWER &&
		    (rr.type == DNS_A || rr.type == DNS_AAAA))
			tell_address(ctx, &rr);
	}
	if (rc < 0)
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	return VERDICT_OK;
}

static enum verdict
dns_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (ctx->proto != IPPROTO_TCP)
		return message(ctx, cur);
	while (cur_left(&cur) > 0) {
		const struct cursor start = cur;
		struct cursor msg = cur_sub(&cur, cur_be16(&cur));
		enum verdict verdict;

		if (cur_bad(&cur)) {
			dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		verdict = message(ctx, msg);
		if (verdict != VERDICT_OK)
			return verdict;
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 53 },
	{ KEY_TCP_PORT, 53 } };

const struct dissector dissect_dns = {
	.name = "dns",
	.spec = "RFC 1035",
	.source = SRC_DNS,
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = dns_probe,
	.dissect = dns_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mDNS and DNS-SD: a host's own name, and the services it announces.
 *
 * Only responses count, and a responder speaks from port 5353 (RFC 6762 §6): a
 * query's authority section holds names that are still being fought for, its
 * answer section what it already knows of others. An address record about the
 * sender names the sender; one about another address of the same message is a
 * claim (the other address family of a dual-stack host, or a reflector's
 * neighbour).
 *
 * SRV announces a port of the sender. Behind a reflector the sender is not the
 * announcer: so a message that has address records, none of them about the
 * sender, announces nothing.
 *
 * Spec: RFC 6762, RFC 6763 §4, §7.
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/dissect.h"
#include "capture/dissect/dnsmsg.h"
#include "capture/dissect/scratch.h"

#define PORT 5353
#define TYPE_MAX 15 /* RFC 6763 §7 */

static bool
record_addr(const struct dns_rr *rr, struct addr *addr)
{
	size_t left = cur_left(&rr->rdata);

	if (!(rr->type == DNS_A && left == 4) &&
	    !(rr->type == DNS_AAAA && left == 16))
		return false;
	*addr = addr_from_bytes(rr->rdata.at, left);
	return addr_is_unicast(addr);
}

static void
tell_address(struct dissect_ctx *ctx, const struct dns_rr *rr)
{
	struct addr addr;

	if (!record_addr(rr, &addr) || rr->ttl == 0)
		return;
	observe_name(ctx, &addr, NULL,
	    scratch_text(ctx, rr->name.text, rr->name.len), "mdns",
	    addr_eq(&addr, &ctx->pkt->src.addr) ? STRENGTH_ONE_WAY
						: STRENGTH_CLAIMED);
}

/* "_http._tcp" of "My printer._http._tcp.local": the transport, and the type
 * without its underscore. */
static unsigned
service_type(const struct dns_name *name, const char **type, size_t *len)
{
	const char *tcp = memmem(name->text, name->len, "._tcp.", 6);
	const char *udp = memmem(name->text, name->len, "._udp.", 6);
	const char *end = tcp != NULL ? tcp : udp, *at = end;

	if (end == NULL)
		return 0;
	while (at > name->text && at[-1] != '.')
		at--;
	if (*at != '_')
		return 0;
	*type = at + 1;
	*len = (size_t)(end - *type);
	return tcp != NULL ? IPPROTO_TCP : IPPROTO_UDP;
}

static void
tell_service(struct dissect_ctx *ctx, const struct dns_rr *rr)
{
	struct endpoint end = { ctx->pkt->src.addr, 0 };
	struct cursor rdata = rr->rdata;
	const char *type;
	char *name = NULL;
	size_t len;
	unsigned proto = service_type(&rr->name, &type, &len);

	cur_skip(&rdata, 4); /* priority, weight */
	end.port = cur_be16(&rdata);
	if (proto == 0 || cur_bad(&rdata) || end.port == 0 || rr->ttl == 0)
		return;
	if (len <= TYPE_MAX)
		name = dissect_scratch(ctx, len + 1);
	if (name != NULL) {
		memcpy(name, type, len);
		name[len] = '\0';
	}
	observe_service(
	    ctx, &end, proto, SVC_ANNOUNCED, name == NULL ? "" : name);
}

/* True when the message's address records, if it has any, are about the sender.
 */
static bool
from_owner(const struct dns_msg *start, const struct addr *sender)
{
	struct dns_msg msg = *start;
	struct dns_rr rr;
	struct addr addr;
	bool any = false;

	while (dnsmsg_next(&msg, &rr) > 0) {
		if (!record_addr(&rr, &addr) || addr.family != sender->family)
			continue;
		if (addr_eq(&addr, sender))
			return true;
		any = true;
	}
	return !any;
}

static enum claim
mdns_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct dns_msg msg;

	if (!ctx->port_hint || !dnsmsg_open(&msg, cur))
		return CLAIM_NO;
	return msg.opcode == 0 ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
mdns_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;
	bool owner;
	int rc = 0;

	if (!dnsmsg_open(&msg, cur))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	if (!msg.response || ctx->pkt->src.port != PORT)
		return VERDICT_OK;
	owner = from_owner(&msg, &ctx->pkt->src.addr);
	dissect_server_is(ctx, ctx->side);
	while ((rc = dnsmsg_next(&msg, &rr)) > 0) {
		if (rr.section == DNS_QUESTION)
			continue;
		if (rr.type == DNS_A || rr.type == DNS_AAAA)
			tell_address(ctx, &rr);
		else if (rr.type == DNS_SRV && owner)
			tell_service(ctx, &rr);
	}
	if (rc < 0)
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_mdns = {
	.name = "mdns",
	.spec = "RFC 6762",
	.source = SRC_MDNS,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = mdns_probe,
	.dissect = mdns_dissect,
};

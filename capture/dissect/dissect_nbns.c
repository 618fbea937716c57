/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS name service: Windows and Samba host names, and the MAC in a node
 * status.
 *
 * A name counts when its owner says it: a registration or refresh of the
 * sender's own address, a positive response, a node status table. Unique names
 * with the suffix 00 (workstation) or 20 (file server) are host names; group
 * names are domains.
 *
 * Spec: RFC 1001 §15, RFC 1002 §4.2.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/dnsmsg.h"
#include "capture/dissect/nbname.h"
#include "capture/dissect/scratch.h"

#define PORT 137
#define FLAG_GROUP 0x8000
#define CLASS_IN 1

enum nbns_opcode {
	OP_QUERY = 0,
	OP_REGISTER = 5,
	OP_REFRESH = 8,
	OP_REFRESH_ALT = 9, /* RFC 1002 says 8 and shows 9 */
	OP_MULTIHOMED = 15
};

static bool
is_host_name(const struct nb_name *name)
{
	return name->len > 0 && name->text[0] != '*' &&
	       (name->suffix == NB_WORKSTATION || name->suffix == NB_SERVER);
}

/* RFC 1002 §4.2.18: a table of names, then statistics that begin with the
 * unit's MAC. */
static void
node_status(struct dissect_ctx *ctx, struct cursor rdata)
{
	const struct addr *src = &ctx->pkt->src.addr;
	uint8_t count = cur_u8(&rdata);
	struct nb_name name;
	struct mac mac;

	for (unsigned i = 0; i < count; i++) {
		const uint8_t *raw = cur_take(&rdata, 16);
		uint16_t flags = cur_be16(&rdata);

		if (cur_bad(&rdata))
			return;
		nbname_raw(raw, &name);
		if ((flags & FLAG_GROUP) == 0 && is_host_name(&name))
			observe_name(ctx, src, NULL,
			    scratch_text(ctx, name.text, name.len),
			    "nbns.status", STRENGTH_UNICAST);
	}
	cur_copy(&rdata, mac.b, sizeof(mac.b));
	if (!cur_bad(&rdata) && !mac_is_zero(&mac) && !mac_is_multicast(&mac))
		observe_mac(ctx, src, &mac, STRENGTH_UNICAST);
}

/* RFC 1002 §4.2.2: pairs of flags and address. */
static void
name_addresses(struct dissect_ctx *ctx, const struct dns_rr *rr, bool response)
{
	struct cursor rdata = rr->rdata;
	struct nb_name name;

	if (!nbname_decode(rr->name.text, rr->name.len, &name) ||
	    !is_host_name(&name))
		return;
	while (cur_left(&rdata) >= 6) {
		uint16_t flags = cur_be16(&rdata);
		struct addr addr = addr_from_bytes(cur_take(&rdata, 4), 4);
		bool own = addr_eq(&addr, &ctx->pkt->src.addr);

		if ((flags & FLAG_GROUP) != 0 || !addr_is_unicast(&addr))
			continue;
		observe_name(ctx, &addr, NULL,
		    scratch_text(ctx, name.text, name.len), "nbns",
		    own || response ? STRENGTH_UNICAST : STRENGTH_CLAIMED);
	}
}

static bool
states_names(const struct dns_msg *msg)
{
	if (msg->response)
		return msg->opcode == OP_QUERY && msg->rcode == 0;
	return msg->opcode == OP_REGISTER || msg->opcode == OP_REFRESH ||
	       msg->opcode == OP_REFRESH_ALT || msg->opcode == OP_MULTIHOMED;
}

/* A first record whose name is spelt the NetBIOS way is proof enough anywhere.
 */
static enum claim
nbns_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct nb_name name;
	struct dns_msg msg;
	struct dns_rr rr;

	(void)ctx;
	if (!dnsmsg_open(&msg, cur) || dnsmsg_next(&msg, &rr) <= 0 ||
	    !nbname_decode(rr.name.text, rr.name.len, &name))
		return CLAIM_NO;
	return rr.type == DNS_NB || rr.type == DNS_NBSTAT ? CLAIM_YES
							  : CLAIM_NO;
}

static enum verdict
nbns_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;
	int rc = 0;

	if (!dnsmsg_open(&msg, cur))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	dissect_server_is(ctx, msg.response ? ctx->side : ctx->side ^ 1U);
	if (!states_names(&msg))
		return VERDICT_OK;
	while ((rc = dnsmsg_next(&msg, &rr)) > 0) {
		if (rr.section == DNS_QUESTION || rr.class != CLASS_IN)
			continue;
		if (rr.type == DNS_NB)
			name_addresses(ctx, &rr, msg.response);
		else if (rr.type == DNS_NBSTAT && msg.response)
			node_status(ctx, rr.rdata);
	}
	if (rc < 0)
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_nbns = {
	.name = "nbns",
	.spec = "RFC 1002",
	.source = SRC_NBNS,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = nbns_probe,
	.dissect = nbns_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS datagrams: each carries its sender's name and address. They are
 * broadcast, so one is heard from every Windows or Samba host of a segment
 * within minutes.
 *
 * The address inside is the sender's own unless a datagram distribution server
 * forwards it: then it is a claim.
 *
 * Spec: RFC 1002 §4.4.
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/nbname.h"
#include "capture/dissect/scratch.h"

#define PORT 138
#define DIRECT_UNIQUE 0x10
#define BROADCAST 0x12
#define LABEL_LEN 32

static bool
read_datagram(struct cursor cur, struct addr *addr, struct nb_name *name)
{
	uint8_t type = cur_u8(&cur);
	const uint8_t *src, *label;

	cur_skip(&cur, 3); /* flags, id */
	src = cur_take(&cur, 4);
	cur_skip(&cur, 6); /* port, length, offset */
	if (cur_u8(&cur) != LABEL_LEN)
		return false;
	label = cur_take(&cur, LABEL_LEN);
	if (cur_bad(&cur) || type < DIRECT_UNIQUE || type > BROADCAST)
		return false;
	*addr = addr_from_bytes(src, 4);
	return nbname_decode(label, LABEL_LEN, name);
}

static enum claim
nbdgm_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct nb_name name;
	struct addr addr;

	(void)ctx;
	return read_datagram(cur, &addr, &name) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
nbdgm_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct nb_name name;
	struct addr addr;

	/* Errors and queries (RFC 1002 §4.4.3) hold no names. */
	if (!read_datagram(cur, &addr, &name))
		return VERDICT_OK;
	if (!addr_is_unicast(&addr) ||
	    (name.suffix != NB_WORKSTATION && name.suffix != NB_SERVER &&
		name.suffix != NB_MESSENGER))
		return VERDICT_OK;
	observe_name(ctx, &addr, NULL, scratch_text(ctx, name.text, name.len),
	    "nbdgm",
	    addr_eq(&addr, &ctx->pkt->src.addr) ? STRENGTH_ONE_WAY
						: STRENGTH_CLAIMED);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT } };

const struct dissector dissect_nbdgm = {
	.name = "nbdgm",
	.spec = "RFC 1002",
	.source = SRC_NBDGM,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x10\x11\x12\x13\x14\x15\x16",
	.nfirst = 7,
	.probe = nbdgm_probe,
	.dissect = nbdgm_dissect,
};

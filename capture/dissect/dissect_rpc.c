/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONC RPC: port mapper, NFS, mount and their kin, told by the call: RPC version 2 and a program number of the range
 * that Sun gave out. Calls go to the server; the program names the service.
 *
 * Over TCP a record mark stands before each message; only the first message of a flow is read.
 *
 * Spec: RFC 5531 §9, §11; program numbers: RFC 5531 §8.
 */
#include <netinet/in.h>

#include "capture/dissect/dissect.h"

#define PORT_MAPPER 111
#define PORT_NFS 2049
#define CALL 0
#define REPLY 1
#define RPC_VERSION 2
#define PROGRAM_FIRST 100000
#define PROGRAM_LAST 0x3fffffff
#define MARK_LAST 0x80000000U
#define CALL_LEN 24
#define AUTH_MAX 400 /* RFC 5531 §8.2 */

struct rpc_head {
	uint32_t type;
	uint32_t program;
};

/* Returns 1, 0 when more octets are needed, -1 when this is no RPC message. */
static int
read_head(
    const struct dissect_ctx *ctx, struct cursor cur, struct rpc_head *out)
{
	uint32_t mark = 0;

	if (ctx->proto == IPPROTO_TCP)
		mark = cur_be32(&cur) & ~MARK_LAST;
	cur_skip(&cur, 4); /* xid */
	out->type = cur_be32(&cur);
	if (cur_bad(&cur))
		return 0;
	if (out->type > REPLY || mark > 0x100000 ||
	    (ctx->proto == IPPROTO_TCP && mark < 12))
		return -1;
	out->program = 0;
	if (out->type == REPLY) {
		uint32_t state = cur_be32(&cur);
		uint32_t flavour = cur_be32(&cur);

		if (cur_bad(&cur))
			return 0;
		return ctx->port_hint && state <= 1 && flavour <= 6 ? 1 : -1;
	}
	uint32_t version = cur_be32(&cur);
	out->program = cur_be32(&cur);
	uint32_t program_version = cur_be32(&cur);
	uint32_t procedure = cur_be32(&cur);
	uint32_t flavour = cur_be32(&cur);
	uint32_t auth = cur_be32(&cur);
	if (cur_bad(&cur))
		return 0;
	return version == RPC_VERSION && out->program >= PROGRAM_FIRST &&
		       out->program <= PROGRAM_LAST && program_version < 256 &&
		       procedure < 1024 &&
		       (flavour <= 6 || flavour >= 300000) && auth <= AUTH_MAX
		   ? 1
		   : -1;
}

static enum claim
rpc_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct rpc_head head;
	int rc = read_head(ctx, cur, &head);

	if (rc == 0 && ctx->proto == IPPROTO_TCP)
		return CLAIM_MORE;
	return rc > 0 ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
rpc_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct rpc_head head;

	if (read_head(ctx, cur, &head) <= 0)
		return VERDICT_OK; /* the middle of a record */
	if (head.type == REPLY) {
		dissect_server_is(ctx, ctx->side);
		if (ctx->ends[ctx->side].port == PORT_MAPPER)
			dissect_service_name(ctx, "rpcbind");
		else if (ctx->ends[ctx->side].port == PORT_NFS)
			dissect_service_name(ctx, "nfs");
		return VERDICT_OK;
	}
	dissect_server_is(ctx, ctx->side ^ 1U);
	if (head.program == 100000)
		dissect_service_name(ctx, "rpcbind");
	else if (head.program == 100003)
		dissect_service_name(ctx, "nfs");
	else if (head.program == 100005)
		dissect_service_name(ctx, "mount");
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT_MAPPER },
	{ KEY_TCP_PORT, PORT_MAPPER }, { KEY_UDP_PORT, PORT_NFS },
	{ KEY_TCP_PORT, PORT_NFS } };

const struct dissector dissect_rpc = {
	.name = "rpc",
	.spec = "RFC 5531",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.probe = rpc_probe,
	.dissect = rpc_dissect,
};

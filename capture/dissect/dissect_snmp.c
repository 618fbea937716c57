/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SNMP: agents, and the description they give of themselves (sysDescr.0) when somebody asks.
 *
 * The kind of PDU tells the agent: it answers (Response) and traps, the manager asks. Version 3 hides its PDU; there the
 * port decides. Communities are passwords and are not told.
 *
 * Spec: RFC 3416 §3, RFC 1157 §4, RFC 3412 §6.
 */
#include <string.h>

#include "capture/dissect/ber.h"
#include "capture/dissect/dissect.h"

#define PORT 161
#define VERSION_3 3

enum snmp_pdu {
	PDU_GET = 0xa0, /* the first */
	PDU_RESPONSE = 0xa2,
	PDU_REPORT = 0xa8 /* the last */
};

/* 1.3.6.1.2.1.1.1.0 */
static const uint8_t sys_descr[] = { 0x2b, 6, 1, 2, 1, 1, 1, 0 };

/* The PDU of a version 1 or 2c message; version 3: none, and true. */
static bool
read_message(struct cursor cur, uint8_t *pdu, struct cursor *body)
{
	struct cursor msg, community;
	uint32_t version;

	*pdu = 0;
	if (!ber_expect(&cur, BER_SEQUENCE, &msg) || !ber_uint(&msg, &version))
		return false;
	if (version == VERSION_3)
		return ber_expect(&msg, BER_SEQUENCE, &community);
	return version <= 1 && ber_expect(&msg, BER_OCTETS, &community) &&
	       ber_take(&msg, pdu, body) && *pdu >= PDU_GET &&
	       *pdu <= PDU_REPORT;
}

static void
variables(struct dissect_ctx *ctx, struct cursor pdu)
{
	struct cursor list, bind, oid, value;
	uint8_t tag;

	for (unsigned i = 0; i < 3; i++) { /* request id, error, index */
		if (!ber_take(&pdu, &tag, &bind) || tag != BER_INTEGER)
			return;
	}
	if (!ber_expect(&pdu, BER_SEQUENCE, &list))
		return;
	while (ber_expect(&list, BER_SEQUENCE, &bind) &&
	       ber_expect(&bind, BER_OID, &oid) &&
	       ber_take(&bind, &tag, &value)) {
		if (tag == BER_OCTETS && cur_left(&oid) == sizeof(sys_descr) &&
		    memcmp(oid.at, sys_descr, sizeof(sys_descr)) == 0)
			observe_banner(ctx, ctx->side,
			    text_of(value.at, cur_left(&value)),
			    "snmp.sysdescr");
	}
}

static enum claim
snmp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor body;
	uint8_t pdu;

	(void)ctx;
	return read_message(cur, &pdu, &body) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
snmp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	bool mine = ctx->ends[ctx->side].port == PORT;
	struct cursor body;
	uint8_t pdu;

	if (!read_message(cur, &pdu, &body))
		return ctx->partial ? VERDICT_TRUNCATED : VERDICT_MALFORMED;
	if (pdu != 0) /* what is asked listens, and so does a trap's sink */
		mine = pdu == PDU_RESPONSE;
	dissect_server_is(ctx, mine ? ctx->side : ctx->side ^ 1U);
	if (pdu == PDU_RESPONSE)
		variables(ctx, body);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, PORT },
	{ KEY_UDP_PORT, 162 } };

const struct dissector dissect_snmp = {
	.name = "snmp",
	.spec = "RFC 3416",
	.source = SRC_SNMP,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x30",
	.nfirst = 1,
	.probe = snmp_probe,
	.dissect = snmp_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LDAP over TCP and CLDAP over UDP: requests go to the directory, responses come from it; TLS behind StartTLS.
 *
 * Spec: RFC 4511 §4.1.1, §4.14; MS-ADTS §6.3.3 (CLDAP).
 */
#include <netinet/in.h>
#include <string.h>

#include "capture/dissect/ber.h"
#include "capture/dissect/dissect.h"
#include "capture/dissect/ntlm.h"

enum ldap_op {
	LDAP_BIND = 0x60,
	LDAP_BIND_RESPONSE = 0x61,
	LDAP_UNBIND = 0x42,
	LDAP_SEARCH = 0x63,
	LDAP_ENTRY = 0x64,
	LDAP_DONE = 0x65,
	LDAP_REFERENCE = 0x73,
	LDAP_EXTENDED = 0x77,
	LDAP_EXTENDED_RESPONSE = 0x78
};

struct ldap_state {
	bool tls_asked;
};

static const char start_tls[] = "1.3.6.1.4.1.1466.20037";

/* The operation's tag; 0 when this is no LDAP message. */
static uint8_t
operation(struct cursor msg, struct cursor *rest)
{
	uint32_t id;

	*rest = msg;
	if (!ber_uint(&msg, &id))
		return 0;
	*rest = msg;
	return cur_u8(&msg);
}

static bool
is_request(uint8_t op)
{
	return op == LDAP_BIND || op == LDAP_UNBIND || op == LDAP_SEARCH ||
	       op == LDAP_EXTENDED || op == 0x66 || op == 0x68 || op == 0x4a ||
	       op == 0x6c || op == 0x6e || op == 0x50;
}

static bool
is_response(uint8_t op)
{
	return op == LDAP_BIND_RESPONSE || op == LDAP_ENTRY ||
	       op == LDAP_DONE || op == LDAP_REFERENCE ||
	       op == LDAP_EXTENDED_RESPONSE || op == 0x67 || op == 0x69 ||
	       op == 0x6b || op == 0x6d || op == 0x6f || op == 0x79;
}

/* Strict on what every bind and search holds; the rest only where LDAP is at home. */
static bool
looks_right(const struct dissect_ctx *ctx, uint8_t op, struct cursor rest)
{
	struct cursor body, dn;
	uint32_t version;

	if (ctx->port_hint)
		return is_request(op) || is_response(op);
	if (op == LDAP_BIND)
		return ber_expect(&rest, op, &body) &&
		       ber_uint(&body, &version) && version >= 2 &&
		       version <= 3;
	if (op == LDAP_SEARCH)
		return ber_expect(&rest, op, &body) &&
		       ber_expect(&body, BER_OCTETS, &dn) &&
		       cur_peek(&body, 0) == BER_ENUM;
	if (op == LDAP_EXTENDED)
		return memmem(rest.at, cur_left(&rest), start_tls,
			   sizeof(start_tls) - 1) != NULL;
	return false;
}

static enum claim
ldap_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor msg, rest;
	long span = ber_span(cur);
	uint8_t op;

	if (span < 0 || cur_peek(&cur, 0) != BER_SEQUENCE)
		return CLAIM_NO;
	if (span == 0)
		return CLAIM_MORE;
	cur_skip(&cur, 1);
	cur_skip(&cur, cur_peek(&cur, 0) < 0x80
			   ? 1
			   : 1 + ((size_t)cur_peek(&cur, 0) & 0x7f));
	msg = cur_sub_upto(&cur, (size_t)span);
	op = operation(msg, &rest);
	return looks_right(ctx, op, rest) ? CLAIM_YES : CLAIM_NO;
}

/* Returns false when the flow is given away. */
static bool
message(struct dissect_ctx *ctx, struct cursor msg, const struct cursor *rest)
{
	struct ldap_state *st = ctx->state;
	struct cursor at;
	uint8_t op = operation(msg, &at);

	if (is_request(op))
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (is_response(op))
		dissect_server_is(ctx, ctx->side);
	if (op == LDAP_BIND || op == LDAP_BIND_RESPONSE)
		ntlm_names(ctx, at);
	if (op == LDAP_EXTENDED && cur_left(&at) > 0)
		st->tls_asked = memmem(at.at, cur_left(&at), start_tls,
				    sizeof(start_tls) - 1) != NULL;
	if (op == LDAP_EXTENDED_RESPONSE && st->tls_asked) {
		dissect_hand_over(ctx, &dissect_tls, rest);
		return false;
	}
	return true;
}

static enum verdict
ldap_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	while (cur_left(&cur) > 0) {
		const struct cursor start = cur;
		struct cursor msg;

		if (ber_span(cur) < 0 || cur_peek(&cur, 0) != BER_SEQUENCE) {
			dissect_release(ctx); /* signed or sealed by SASL */
			return VERDICT_OK;
		}
		if (!ber_expect(&cur, BER_SEQUENCE, &msg)) {
			if (ctx->proto == IPPROTO_TCP)
				dissect_keep(ctx, &start);
			return VERDICT_OK;
		}
		if (!message(ctx, msg, &cur))
			return VERDICT_OK;
	}
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 389 },
	{ KEY_TCP_PORT, 3268 }, { KEY_UDP_PORT, 389 } };

const struct dissector dissect_ldap = {
	.name = "ldap",
	.spec = "RFC 4511",
	.source = SRC_CONTENT,
	.flow_state_size = sizeof(struct ldap_state),
	.shapes = DISSECT_STREAM | DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x30",
	.nfirst = 1,
	.probe = ldap_probe,
	.dissect = ldap_dissect,
};

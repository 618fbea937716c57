/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telnet: option negotiation. Two commands in a row are asked for, since a single one is three octets.
 *
 * Spec: RFC 854, RFC 855.
 */
#include "capture/dissect/dissect.h"

#define IAC 0xff
#define SB 0xfa
#define WILL 0xfb
#define DONT 0xfe
#define OPTION_MAX 50

/* How many negotiation commands begin the octets. */
static unsigned
commands(struct cursor cur)
{
	unsigned n = 0;

	while (n < 4 && cur_left(&cur) >= 3 && cur_u8(&cur) == IAC) {
		uint8_t verb = cur_u8(&cur);

		if (verb < SB || verb > DONT || cur_u8(&cur) > OPTION_MAX)
			break;
		n++;
		if (verb < WILL)
			break; /* a sub-negotiation has no fixed length */
	}
	return n;
}

static enum claim
telnet_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	unsigned n = commands(cur);

	if (n >= 2 || (n == 1 && ctx->port_hint))
		return CLAIM_YES;
	return cur_left(&cur) < 6 && cur_peek(&cur, 0) == IAC ? CLAIM_MORE
							      : CLAIM_NO;
}

static enum verdict
telnet_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	(void)cur;
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 23 } };

const struct dissector dissect_telnet = {
	.name = "telnet",
	.spec = "RFC 854",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\xff",
	.nfirst = 1,
	.probe = telnet_probe,
	.dissect = telnet_dissect,
};

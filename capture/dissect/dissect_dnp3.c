/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNP3 over TCP and UDP: a link header that starts 05 64 and ends with its own checksum, so nothing else is taken for
 * it. The DIR bit says that a master speaks; the outstation is the service.
 *
 * Spec: IEEE 1815-2012 §9.2 (link layer), §13 (IP networks).
 */
#include "capture/dissect/dissect.h"

#define HEADER_LEN 10
#define LENGTH_MIN 5
#define FROM_MASTER 0x80

/* CRC-16/DNP: polynomial 0x3d65, reflected, inverted. */
static uint16_t
dnp3_crc(const uint8_t *p, size_t n)
{
	uint16_t crc = 0;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc =
			    (uint16_t)(crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1);
	}
	return (uint16_t)~crc;
}

static bool
is_dnp3(struct cursor cur)
{
	struct cursor crc = cur;

	if (cur_left(&cur) < HEADER_LEN || !CUR_STARTS(&cur, "\x05\x64") ||
	    cur_peek(&cur, 2) < LENGTH_MIN)
		return false;
	cur_skip(&crc, 8);
	return cur_le16(&crc) == dnp3_crc(cur.at, 8);
}

static enum claim
dnp3_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_dnp3(cur))
		return CLAIM_YES;
	return ctx->port_hint && cur_left(&cur) < HEADER_LEN ? CLAIM_MORE
							     : CLAIM_NO;
}

static enum verdict
dnp3_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_dnp3(cur))
		dissect_server_is(ctx, (cur.at[3] & FROM_MASTER) != 0
					   ? ctx->side ^ 1U
					   : ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 20000 },
	{ KEY_UDP_PORT, 20000 } };

const struct dissector dissect_dnp3 = {
	.name = "dnp3",
	.spec = "IEEE 1815-2012",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM | DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x05",
	.nfirst = 1,
	.probe = dnp3_probe,
	.dissect = dnp3_dissect,
};

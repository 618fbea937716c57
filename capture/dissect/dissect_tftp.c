/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TFTP: a read or write request with a file name and a mode. The answer comes from another port of the server, so the
 * request alone names the service.
 *
 * Spec: RFC 1350 §5, RFC 2347.
 */
#include <string.h>

#include "capture/dissect/dissect.h"

#define OP_READ 1
#define OP_WRITE 2

static bool
is_request(struct cursor cur)
{
	static const char *const modes[] = { "octet", "netascii", "mail" };
	uint16_t op = cur_be16(&cur);
	const uint8_t *nul;

	if ((op != OP_READ && op != OP_WRITE) || cur_left(&cur) < 4)
		return false;
	nul = memchr(cur.at, '\0', cur_left(&cur));
	if (nul == NULL || nul == cur.at)
		return false;
	cur_skip(&cur, (size_t)(nul - cur.at) + 1);
	for (size_t i = 0; i < ES_ARRAY_LEN(modes); i++) {
		size_t n = strlen(modes[i]) + 1;

		if (cur_left(&cur) >= n &&
		    strncasecmp((const char *)cur.at, modes[i], n) == 0)
			return true;
	}
	return false;
}

static enum claim
tftp_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	return is_request(cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
tftp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_request(cur))
		dissect_server_is(ctx, ctx->side ^ 1U);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_UDP_PORT, 69 } };

const struct dissector dissect_tftp = {
	.name = "tftp",
	.spec = "RFC 1350",
	.source = SRC_CONTENT,
	.shapes = DISSECT_DATAGRAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\0",
	.nfirst = 1,
	.probe = tftp_probe,
	.dissect = tftp_dissect,
};

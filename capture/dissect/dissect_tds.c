/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDS (SQL Server): PRELOGIN, its answer with the server's version, or a login.
 *
 * Spec: MS-TDS §2.2.3.1 (header), §2.2.6.5 (PRELOGIN).
 */
#include "capture/dissect/dissect.h"
#include "capture/dissect/scratch.h"

#define TYPE_RESPONSE 0x04
#define TYPE_LOGIN 0x10
#define TYPE_PRELOGIN 0x12
#define OPTION_VERSION 0x00

static bool
read_header(struct cursor *cur, uint8_t *type)
{
	uint8_t status;
	uint16_t len;

	*type = cur_u8(cur);
	status = cur_u8(cur);
	len = cur_be16(cur);
	cur_skip(cur, 4); /* channel, packet, window */
	return !cur_bad(cur) && len >= 9 && len <= 32768 && status <= 0x1f;
}

/* The first PRELOGIN option is always the version: offset and length of six octets. */
static bool
read_version(struct cursor cur, struct cursor *version)
{
	struct cursor base = cur;
	uint8_t option = cur_u8(&cur);
	uint16_t offset = cur_be16(&cur);
	uint16_t len = cur_be16(&cur);

	cur_skip(&base, offset);
	*version = cur_sub(&base, 6);
	return option == OPTION_VERSION && len == 6 && !cur_bad(&cur) &&
	       !cur_bad(&base);
}

static enum claim
tds_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor version;
	uint8_t type;

	if (cur_left(&cur) < 8)
		return ctx->port_hint ? CLAIM_MORE : CLAIM_NO;
	if (!read_header(&cur, &type))
		return CLAIM_NO;
	if (type == TYPE_PRELOGIN && read_version(cur, &version))
		return CLAIM_YES;
	return ctx->port_hint && (type == TYPE_LOGIN || type == TYPE_RESPONSE)
		   ? CLAIM_YES
		   : CLAIM_NO;
}

static enum verdict
tds_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	struct cursor version;
	uint8_t type, major, minor;
	uint16_t build;

	if (!read_header(&cur, &type))
		return VERDICT_OK;
	if (type == TYPE_PRELOGIN || type == TYPE_LOGIN)
		dissect_server_is(ctx, ctx->side ^ 1U);
	if (type != TYPE_RESPONSE)
		return VERDICT_OK;
	dissect_server_is(ctx, ctx->side);
	if (read_version(cur, &version)) {
		major = cur_u8(&version);
		minor = cur_u8(&version);
		build = cur_be16(&version);
		observe_banner(ctx, ctx->side,
		    scratch_printf(ctx, "%u.%u.%u", major, minor, build),
		    "tds.version");
	}
	dissect_release(ctx);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 1433 } };

const struct dissector dissect_tds = {
	.name = "ms-sql-s",
	.spec = "MS-TDS",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x12",
	.nfirst = 1,
	.probe = tds_probe,
	.dissect = tds_dissect,
};

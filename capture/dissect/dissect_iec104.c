/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IEC 60870-5-104: remote control of power grids, on port 2404. An APDU begins with 0x68 and its length; the
 * controlling station starts data transfer (STARTDT act), the controlled one confirms.
 *
 * Spec: IEC 60870-5-104 §5.
 */
#include "capture/dissect/dissect.h"

#define START 0x68
#define LENGTH_MIN 4
#define LENGTH_INFORMATION 10 /* with at least a header of ASDU */
#define LENGTH_MAX 253
#define STARTDT_ACT 0x07
#define STARTDT_CON 0x0b

/* The three formats of §5.2: information, supervisory, unnumbered. */
static bool
is_apdu(const struct cursor *cur)
{
	int len = cur_peek(cur, 1), control = cur_peek(cur, 2);
	int second = cur_peek(cur, 3);

	if (cur_peek(cur, 0) != START || cur_left(cur) < 6)
		return false;
	if ((control & 1) == 0)
		return len >= LENGTH_INFORMATION && len <= LENGTH_MAX &&
		       (cur_peek(cur, 4) & 1) == 0;
	if (len != LENGTH_MIN || second != 0)
		return false;
	return control == 1 || ((control & 3) == 3 && cur_peek(cur, 4) == 0);
}

static enum claim
iec104_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	if (!ctx->port_hint)
		return CLAIM_NO;
	if (cur_left(&cur) < 6)
		return CLAIM_MORE;
	return is_apdu(&cur) ? CLAIM_YES : CLAIM_NO;
}

static enum verdict
iec104_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (!is_apdu(&cur))
		return VERDICT_OK; /* the middle of one */
	if (cur_peek(&cur, 2) == STARTDT_ACT)
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (cur_peek(&cur, 2) == STARTDT_CON)
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 2404 } };

const struct dissector dissect_iec104 = {
	.name = "iec-104",
	.spec = "IEC 60870-5-104",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "", /* its ports only */
	.probe = iec104_probe,
	.dissect = iec104_dissect,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MQTT: told by CONNECT, which names the protocol; CONNACK shows the broker.
 *
 * Spec: MQTT 3.1.1 §3.1, §3.2; MQTT 5.0 §3.1.
 */
#include "capture/dissect/dissect.h"

#define CONNECT 0x10
#define CONNACK 0x20

static bool
is_connect(struct cursor cur)
{
	if (cur_u8(&cur) != CONNECT)
		return false;
	for (unsigned i = 0; i < 4; i++) { /* remaining length, §2.2.3 */
		if ((cur_u8(&cur) & 0x80) == 0)
			break;
	}
	return CUR_STARTS(&cur, "\0\4MQTT") || CUR_STARTS(&cur, "\0\6MQIsdp");
}

static enum claim
mqtt_probe(const struct dissect_ctx *ctx, struct cursor cur)
{
	(void)ctx;
	if (is_connect(cur))
		return CLAIM_YES;
	return cur_left(&cur) < 8 && cur_peek(&cur, 0) == CONNECT ? CLAIM_MORE
								  : CLAIM_NO;
}

static enum verdict
mqtt_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	if (is_connect(cur))
		dissect_server_is(ctx, ctx->side ^ 1U);
	else if (cur_peek(&cur, 0) == CONNACK)
		dissect_server_is(ctx, ctx->side);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_TCP_PORT, 1883 } };

const struct dissector dissect_mqtt = {
	.name = "mqtt",
	.spec = "MQTT 3.1.1, MQTT 5.0",
	.source = SRC_CONTENT,
	.shapes = DISSECT_STREAM,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.first = "\x10",
	.nfirst = 1,
	.probe = mqtt_probe,
	.dissect = mqtt_dissect,
};

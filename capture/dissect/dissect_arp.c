/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARP: who says to be at which MAC.
 *
 * The sender half of a request and of a reply is heard; the target half is only
 * asked about and says nothing. A sender of 0.0.0.0 is a probe (RFC 5227 §1.1),
 * so its target is nobody yet. A reply proves the binding on the link when its
 * receiver was heard asking for it; a reply that nobody asked for and a request
 * are claims that anybody can make.
 *
 * Who asks for whom is kept in a table of fixed size in which the newest
 * question takes the place of an older one: a flood can weaken proofs, not make
 * them.
 *
 * Spec: RFC 826, RFC 5227. Anchor: arpwatch.
 */
#include <string.h>

#include "capture/dissect/dissect.h"
#include "sensor/base/hash.h"

#define HTYPE_ETHERNET 1
#define HTYPE_IEEE802 6
#define PTYPE_IPV4 0x0800
#define OP_REQUEST 1
#define OP_REPLY 2
#define ASKED_MAX 1024
#define ASKED_NS (5 * NS_PER_S)

struct question {
	uint32_t asker; /* as on the wire */
	uint32_t wanted;
	struct wall ts;
};

struct arp {
	struct question asked[ASKED_MAX];
};

static struct question *
question_at(struct arp *arp, uint32_t asker, uint32_t wanted)
{
	const uint32_t key[2] = { asker, wanted };

	return &arp->asked[hash_bytes(key, sizeof(key)) % ASKED_MAX];
}

/* How sure this makes us of its sender; a request is noted for its answer. */
static enum strength
weigh(struct dissect_ctx *ctx, uint16_t op, uint32_t sender, uint32_t target)
{
	struct wall now = ctx->pkt->ts;
	struct question *q = op == OP_REQUEST
				 ? question_at(ctx->instance, sender, target)
				 : question_at(ctx->instance, target, sender);

	if (op == OP_REQUEST) {
		*q = (struct question){
			.asker = sender, .wanted = target, .ts = now
		};
		return STRENGTH_ONE_WAY;
	}
	if (q->asker != target || q->wanted != sender || sender == target ||
	    now.ns - q->ts.ns > ASKED_NS)
		return STRENGTH_ONE_WAY;
	return STRENGTH_LINK_PROVED;
}

static enum verdict
arp_dissect(struct dissect_ctx *ctx, struct cursor cur)
{
	uint16_t htype = cur_be16(&cur);
	uint16_t ptype = cur_be16(&cur);
	uint8_t hlen = cur_u8(&cur);
	uint8_t plen = cur_u8(&cur);
	uint16_t op = cur_be16(&cur);
	enum strength strength;
	struct addr sender = { 0 };
	struct mac mac;
	const uint8_t *spa, *tpa;
	uint32_t from, to;

	if (cur_bad(&cur))
		return VERDICT_TRUNCATED;
	if ((htype != HTYPE_ETHERNET && htype != HTYPE_IEEE802) ||
	    ptype != PTYPE_IPV4 || (op != OP_REQUEST && op != OP_REPLY))
		return VERDICT_UNSUPPORTED;
	if (hlen != 6 || plen != 4)
		return VERDICT_MALFORMED;
	cur_copy(&cur, mac.b, sizeof(mac.b));
	spa = cur_take(&cur, 4);
	cur_skip(&cur, sizeof(mac.b));
	tpa = cur_take(&cur, 4);
	if (spa == NULL || tpa == NULL)
		return VERDICT_TRUNCATED;
	sender = addr_from_bytes(spa, 4);
	if (!addr_is_unicast(&sender) || mac_is_zero(&mac) ||
	    mac_is_multicast(&mac))
		return VERDICT_OK;
	memcpy(&from, spa, sizeof(from));
	memcpy(&to, tpa, sizeof(to));
	strength = weigh(ctx, op, from, to);
	observe_host(ctx, &sender, strength);
	observe_mac(ctx, &sender, &mac, strength);
	return VERDICT_OK;
}

static const struct dissect_key keys[] = { { KEY_ETHERTYPE, 0x0806 } };

const struct dissector dissect_arp = {
	.name = "arp",
	.spec = "RFC 826",
	.source = SRC_ARP,
	.instance_size = sizeof(struct arp),
	.shapes = DISSECT_FRAME,
	.keys = keys,
	.nkeys = ES_ARRAY_LEN(keys),
	.dissect = arp_dissect,
};

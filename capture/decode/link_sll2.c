/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux cooked capture, version 2.
 *
 * Spec: LINKTYPE_LINUX_SLL2.
 */
#include "capture/decode/cooked.h"
#include "capture/decode/steps.h"

static enum verdict
link_sll2_step(struct decoder *d)
{
	uint16_t proto = cur_be16(&d->cur);
	uint16_t arphrd;
	uint8_t halen;
	struct cursor addr;

	cur_skip(&d->cur, 6);
	arphrd = cur_be16(&d->cur);
	cur_skip(&d->cur, 1);
	halen = cur_u8(&d->cur);
	addr = cur_sub(&d->cur, 8);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	return cooked_payload(d, arphrd, halen, addr, proto);
}

const struct link link_sll2 = {
	.name = "sll2",
	.step = link_sll2_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linux cooked capture, version 1: what the "any" device gives. The sender's
 * hardware address is there; the receiver's is not.
 *
 * Spec: LINKTYPE_LINUX_SLL.
 */
#include "capture/decode/cooked.h"
#include "capture/decode/steps.h"

static enum verdict
link_sll_step(struct decoder *d)
{
	uint16_t arphrd;
	uint16_t halen;
	struct cursor addr;
	uint16_t proto;

	cur_skip(&d->cur, 2);
	arphrd = cur_be16(&d->cur);
	halen = cur_be16(&d->cur);
	addr = cur_sub(&d->cur, 8);
	proto = cur_be16(&d->cur);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	return cooked_payload(d, arphrd, halen, addr, proto);
}

const struct link link_sll = {
	.name = "sll",
	.step = link_sll_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FDDI: frame control, two MAC addresses, LLC.
 */
#include "capture/decode/steps.h"

#define FC_LLC_MASK 0xf0U
#define FC_LLC 0x50U

static enum verdict
link_fddi_step(struct decoder *d)
{
	struct packet *p = &d->pkt;
	uint8_t control = cur_u8(&d->cur);

	cur_copy(&d->cur, p->dst_mac.b, sizeof(p->dst_mac.b));
	cur_copy(&d->cur, p->src_mac.b, sizeof(p->src_mac.b));
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if ((control & FC_LLC_MASK) != FC_LLC)
		return VERDICT_UNSUPPORTED;
	p->has_mac = true;
	return decode_go(d, step_llc);
}

const struct link link_fddi = {
	.name = "fddi",
	.step = link_fddi_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPP behind an octet that tells the direction: before the HDLC framing (PPP_WITH_DIR), or in the place of its
 * address octet (PPP_PPPD).
 */
#include "capture/decode/steps.h"

#define HDLC_CONTROL 0x03

static enum verdict
link_pppdir_step(struct decoder *d)
{
	cur_skip(&d->cur, 1);
	if (cur_peek(&d->cur, 0) == HDLC_CONTROL)
		cur_skip(&d->cur, 1);
	return decode_go(d, step_ppp);
}

const struct link link_pppdir = {
	.name = "pppdir",
	.step = link_pppdir_step,
};

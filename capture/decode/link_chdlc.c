/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cisco HDLC: address, control, ethertype.
 */
#include "capture/decode/steps.h"

static enum verdict
link_chdlc_step(struct decoder *d)
{
	uint16_t type;

	cur_skip(&d->cur, 2);
	type = cur_be16(&d->cur);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (type < ETHERTYPE_MIN)
		return VERDICT_UNSUPPORTED;
	return decode_go_type(d, step_ethertype, type);
}

const struct link link_chdlc = {
	.name = "chdlc",
	.step = link_chdlc_step,
};

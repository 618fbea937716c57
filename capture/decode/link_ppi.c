/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Per-packet information: a header that names the link type behind it.
 */
#include "capture/decode/steps.h"

static enum verdict
link_ppi_step(struct decoder *d)
{
	const struct link *inner;
	uint16_t len;

	cur_skip(&d->cur, 2);
	len = cur_le16(&d->cur);
	inner = link_find(cur_le32(&d->cur));
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (len < 8)
		return VERDICT_MALFORMED;
	cur_skip(&d->cur, (size_t)len - 8);
	if (inner == NULL)
		return VERDICT_UNSUPPORTED;
	return decode_go(d, inner->step);
}

const struct link link_ppi = {
	.name = "ppi",
	.step = link_ppi_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.11 with a radiotap header, whose length is its third field.
 */
#include "capture/decode/steps.h"

static enum verdict
link_radiotap_step(struct decoder *d)
{
	uint8_t version = cur_u8(&d->cur);
	uint16_t len;

	cur_skip(&d->cur, 1);
	len = cur_le16(&d->cur);
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (version != 0 || len < 8)
		return VERDICT_MALFORMED;
	cur_skip(&d->cur, (size_t)len - 4);
	return decode_go(d, link_ieee80211.step);
}

const struct link link_radiotap = {
	.name = "radiotap",
	.step = link_radiotap_step,
};

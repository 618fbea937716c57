/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.11 frames as a monitor hears them. Only data frames in clear carry
 * something for the levels above; their sender is in address 2, 3 or 4,
 * depending on the direction bits.
 *
 * Spec: IEEE 802.11 9.2, 9.3.2.
 */
#include "capture/decode/steps.h"

#define FC0_TYPE_MASK 0x0cU
#define FC0_TYPE_DATA 0x08U
#define FC0_QOS 0x80U
#define FC0_NODATA 0x40U
#define FC1_TO_DS 0x01U
#define FC1_FROM_DS 0x02U
#define FC1_PROTECTED 0x40U
#define FC1_ORDER 0x80U
#define QOS_AMSDU 0x80U

static enum verdict
link_ieee80211_step(struct decoder *d)
{
	struct packet *p = &d->pkt;
	bool swapped = d->next_type == IEEE80211_SWAPPED;
	uint8_t first = cur_u8(&d->cur);
	uint8_t second = cur_u8(&d->cur);
	uint8_t fc0 = swapped ? second : first;
	uint8_t fc1 = swapped ? first : second;
	struct mac a[4] = { 0 };
	unsigned ds = fc1 & (FC1_TO_DS | FC1_FROM_DS);
	uint8_t qos = 0;

	cur_skip(&d->cur, 2);
	for (unsigned i = 0; i < 3; i++)
		cur_copy(&d->cur, a[i].b, sizeof(a[i].b));
	cur_skip(&d->cur, 2);
	if ((fc0 & FC0_TYPE_MASK) != FC0_TYPE_DATA || (fc0 & FC0_NODATA) ||
	    (fc1 & FC1_PROTECTED))
		return VERDICT_UNSUPPORTED;
	if (ds == (FC1_TO_DS | FC1_FROM_DS))
		cur_copy(&d->cur, a[3].b, sizeof(a[3].b));
	if (fc0 & FC0_QOS) {
		qos = cur_u8(&d->cur);
		cur_skip(&d->cur, fc1 & FC1_ORDER ? 5 : 1);
	}
	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (qos & QOS_AMSDU)
		return VERDICT_UNSUPPORTED;
	p->dst_mac = ds & FC1_TO_DS ? a[2] : a[0];
	p->src_mac = ds == (FC1_TO_DS | FC1_FROM_DS) ? a[3]
		     : ds == FC1_FROM_DS	     ? a[2]
						     : a[1];
	p->has_mac = !d->mac_hidden;
	return decode_go(d, step_llc);
}

const struct link link_ieee80211 = {
	.name = "ieee80211",
	.step = link_ieee80211_step,
};

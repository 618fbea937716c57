/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets from the Linux firewall's log: attributes, one of which is the
 * packet. Their order of octets is that of the host that captured.
 *
 * Spec: LINKTYPE_NFLOG.
 */
#include "capture/decode/steps.h"

#define ATTR_HEADER 4U
#define ATTR_PAYLOAD 9U

static enum verdict
link_nflog_step(struct decoder *d)
{
	uint8_t version;

	cur_skip(&d->cur, 1);
	version = cur_u8(&d->cur);
	cur_skip(&d->cur, 2);
	if (version != 0)
		return VERDICT_MALFORMED;
	while (cur_left(&d->cur) > ATTR_HEADER) {
		uint16_t len = cur_le16(&d->cur);
		uint16_t type = cur_le16(&d->cur) & 0x7fff;

		if (len < ATTR_HEADER)
			return VERDICT_MALFORMED;
		len = (uint16_t)(len - ATTR_HEADER);
		if (type == ATTR_PAYLOAD) {
			d->cur = cur_sub_upto(&d->cur, len);
			return decode_go(d, step_ip);
		}
		cur_skip(&d->cur, (len + 3U) & ~3U);
	}
	return VERDICT_TRUNCATED;
}

const struct link link_nflog = {
	.name = "nflog",
	.step = link_nflog_step,
};

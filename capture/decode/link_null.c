/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BSD loopback: a protocol family of four octets, in the byte order of the
 * host that captured (NULL) or of the network (LOOP). The families of IPv6
 * differ between systems, so the IP version decides; the family is only
 * checked to be one of an IP.
 */
#include "capture/decode/steps.h"

#define FAMILY_MAX 30U

static enum verdict
link_null_step(struct decoder *d)
{
	uint32_t family = cur_be32(&d->cur);

	if (cur_bad(&d->cur))
		return VERDICT_TRUNCATED;
	if (family > FAMILY_MAX && __builtin_bswap32(family) > FAMILY_MAX)
		return VERDICT_MALFORMED;
	return decode_go(d, step_ip);
}

const struct link link_null = {
	.name = "null",
	.step = link_null_step,
};

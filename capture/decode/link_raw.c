/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IP without a link header (LINKTYPE_RAW, IPV4, IPV6).
 */
#include "capture/decode/steps.h"

static enum verdict
link_raw_step(struct decoder *d)
{
	return step_ip(d);
}

const struct link link_raw = {
	.name = "raw",
	.step = link_raw_step,
};

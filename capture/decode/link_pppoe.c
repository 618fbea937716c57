/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPPoE sessions without their Ethernet header (LINKTYPE_PPP_ETHER).
 */
#include "capture/decode/steps.h"

static enum verdict
link_pppoe_step(struct decoder *d)
{
	return step_pppoe(d);
}

const struct link link_pppoe = {
	.name = "pppoe",
	.step = link_pppoe_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet (LINKTYPE_EN10MB).
 */
#include "capture/decode/steps.h"

static enum verdict
link_ethernet_step(struct decoder *d)
{
	return step_ethernet(d);
}

const struct link link_ethernet = {
	.name = "ethernet",
	.step = link_ethernet_step,
};

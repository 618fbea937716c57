/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PPP, with or without HDLC framing.
 *
 * Spec: RFC 1661, RFC 1662.
 */
#include "capture/decode/steps.h"

static enum verdict
link_ppp_step(struct decoder *d)
{
	return step_ppp(d);
}

const struct link link_ppp = {
	.name = "ppp",
	.step = link_ppp_step,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * segment: which network an address belongs to, as one word, so that 10.0.0.1 on VLAN 10 and 10.0.0.1 on VLAN 20
 * stay two hosts. 0 is "untagged on the wire".
 *
 *	bits  0-11 outer VLAN id    12-23 inner VLAN id    24-47 overlay id (VNI, TNI)    48-51 overlay kind
 */
#pragma once

#include <stdint.h>

enum overlay {
	OVERLAY_NONE = 0,
	OVERLAY_TUNNEL = 1, /* IP in IP, GRE without key */
	OVERLAY_GRE = 2,
	OVERLAY_VXLAN = 3,
	OVERLAY_GENEVE = 4,
	OVERLAY_GTP = 5,
	OVERLAY_MPLS = 6,
	OVERLAY_PPPOE = 7
};

static inline uint64_t
segment_of(unsigned vlan, unsigned inner, enum overlay kind, uint32_t id)
{
	return (uint64_t)(vlan & 0xfff) | (uint64_t)(inner & 0xfff) << 12 |
	       (uint64_t)(id & 0xffffff) << 24 | (uint64_t)kind << 48;
}

static inline unsigned
segment_vlan(uint64_t segment)
{
	return segment & 0xfff;
}

static inline unsigned
segment_inner_vlan(uint64_t segment)
{
	return segment >> 12 & 0xfff;
}

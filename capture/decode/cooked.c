/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind the header of a Linux cooked capture; see cooked.h. The protocol
 * field is an ethertype, unless the interface is no Ethernet at all.
 */
#include "capture/decode/cooked.h"

#include "capture/decode/steps.h"

#define ARPHRD_ETHER 1U
#define ARPHRD_LOOPBACK 772U
#define ARPHRD_RADIOTAP 803U
#define ARPHRD_NETLINK 824U

#define PROTO_802_3 0x0001U
#define PROTO_LLC 0x0004U

enum verdict
cooked_payload(struct decoder *d, unsigned arphrd, unsigned halen,
    struct cursor addr, uint16_t proto)
{
	struct packet *p = &d->pkt;

	if (arphrd == ARPHRD_NETLINK || arphrd == ARPHRD_RADIOTAP)
		return VERDICT_UNSUPPORTED;
	if (halen == sizeof(p->src_mac.b) &&
	    (arphrd == ARPHRD_ETHER || arphrd == ARPHRD_LOOPBACK)) {
		cur_copy(&addr, p->src_mac.b, sizeof(p->src_mac.b));
		p->has_mac = true;
	}
	if (proto == PROTO_802_3)
		return VERDICT_UNSUPPORTED;
	if (proto == PROTO_LLC)
		return decode_go(d, step_llc);
	return decode_go_type(d, step_ethertype, proto);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP state of a flow: who opened, who accepted, who was proved, what closed.
 *
 * A side is proved when it acknowledges octets (or the SYN) that the other
 * side was seen to send: it received them, so its address is its own. A
 * spoofed SYN proves nothing but the one who answers it.
 *
 * Spec: RFC 9293.
 */
#include "capture/flow/flow.h"

#define TCP_HANDSHAKE (TCP_SYN | TCP_RST | TCP_ACK)

static bool
seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

bool
flow_tcp_restarts(
    const struct flow *f, enum side side, const struct packet *pkt)
{
	const struct flow_side *me = &f->side[side];

	if ((pkt->tcp_flags & TCP_HANDSHAKE) != TCP_SYN)
		return false;
	if (((f->side[0].flags | f->side[1].flags) & SIDE_FIN) != 0)
		return true;
	return (me->flags & (SIDE_SYN | SIDE_DATA)) != 0 &&
	       pkt->tcp_seq + 1 != me->first;
}

/* Where this side's octets begin. */
static void
tcp_sync(struct flow_side *me, uint32_t first)
{
	me->first = me->next = me->max = first;
}

static unsigned
tcp_ack(struct flow_side *me, const struct flow_side *you, uint32_t ack)
{
	if ((me->flags & SIDE_PROVED) == 0 || seq_before(me->ack, ack))
		me->ack = ack;
	if ((me->flags & SIDE_PROVED) || (you->flags & SIDE_SEEN) == 0)
		return 0;
	/* Midstream, an acknowledgement of the very first octet seen would
	 * be there without any octet: more is asked then. */
	if (seq_before(you->max, ack) || seq_before(ack, you->first))
		return 0;
	if (ack == you->first && (you->flags & (SIDE_SYN | SIDE_SYNACK)) == 0)
		return 0;
	me->flags |= SIDE_PROVED;
	return TCP_DID_PROVE;
}

static unsigned
tcp_syn(struct flow *f, enum side side, const struct packet *pkt)
{
	struct flow_side *me = &f->side[side];
	bool answers = (pkt->tcp_flags & TCP_ACK) != 0;
	unsigned did = 0;

	if ((me->flags & SIDE_DATA) == 0)
		tcp_sync(me, pkt->tcp_seq + 1);
	if (!answers) {
		me->flags |= SIDE_SYN;
		return 0;
	}
	if ((me->flags & SIDE_SYNACK) == 0)
		did = TCP_DID_SYNACK;
	me->flags |= SIDE_SYNACK;
	f->server = (uint8_t)side;
	f->handshake = true;
	return did;
}

unsigned
flow_tcp(struct flow *f, enum side side, const struct packet *pkt)
{
	struct flow_side *me = &f->side[side];
	struct flow_side *you = &f->side[side ^ 1];
	uint32_t len = pkt->payload_wire;
	bool fresh = (me->flags & SIDE_SEEN) == 0;
	uint32_t seq = pkt->tcp_seq;
	unsigned did = 0;

	me->packets++;
	me->octets += len;
	if (pkt->tcp_flags & TCP_RST) {
		if ((you->flags & SIDE_SYN) && (me->flags & SIDE_SEEN) == 0 &&
		    (pkt->tcp_flags & TCP_ACK) && pkt->tcp_ack == you->first)
			did = TCP_DID_REFUSE | TCP_DID_PROVE;
		me->flags |= SIDE_SEEN | SIDE_FIN;
		return did | TCP_DID_CLOSE;
	}
	if (pkt->tcp_flags & TCP_SYN) {
		did = tcp_syn(f, side, pkt);
		seq++;
	} else if (fresh) {
		tcp_sync(me, seq);
	}
	me->flags |= SIDE_SEEN;
	if (len > 0)
		me->flags |= SIDE_DATA;
	if (seq_before(me->max, seq + len) && seq + len - me->max < UINT32_C(1)
									<< 30)
		me->max = seq + len;
	if (pkt->tcp_flags & TCP_ACK)
		did |= tcp_ack(me, you, pkt->tcp_ack);
	if (pkt->tcp_flags & TCP_FIN) {
		me->flags |= SIDE_FIN;
		if (you->flags & SIDE_FIN)
			did |= TCP_DID_CLOSE;
	}
	return did;
}

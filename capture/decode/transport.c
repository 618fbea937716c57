/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transport headers: TCP, UDP, SCTP, and where ICMP starts. Checksums are
 * not looked at: captures on the sending host have none (offload).
 *
 * A TCP header that is cut behind its flags still tells who spoke and how;
 * a header with impossible lengths is no transport (PACKET_L4_NONE).
 *
 * Spec: RFC 9293, RFC 768, RFC 9260.
 */
#include <netinet/in.h>

#include "capture/decode/steps.h"

#define TCP_MIN 20U
#define TCP_TO_FLAGS 14U
#define UDP_HEADER 8U
#define SCTP_HEADER 12U

static void
transport_tcp(struct packet *p, struct cursor c, size_t wire)
{
	size_t left = cur_left(&c);
	size_t header;

	p->src.port = cur_be16(&c);
	p->dst.port = cur_be16(&c);
	p->tcp_seq = cur_be32(&c);
	p->tcp_ack = cur_be32(&c);
	header = (size_t)(cur_u8(&c) >> 4) * 4;
	p->tcp_flags = cur_u8(&c);
	if (left < TCP_TO_FLAGS || header < TCP_MIN) {
		p->src.port = p->dst.port = 0;
		return;
	}
	p->l4 = PACKET_L4_TCP;
	p->tcp_window = cur_be16(&c);
	cur_skip(&c, 4);
	p->tcp_options = cur_sub_upto(&c, header - TCP_MIN);
	p->payload_wire = (uint32_t)(wire > header ? wire - header : 0);
	if (left < header) {
		p->cut = true;
		c = cur_new(c.end, 0);
	}
	p->payload = c;
}

static void
transport_udp(struct packet *p, struct cursor c)
{
	size_t left = cur_left(&c);
	size_t len;

	p->src.port = cur_be16(&c);
	p->dst.port = cur_be16(&c);
	len = cur_be16(&c);
	cur_skip(&c, 2);
	if (len == 0)
		len = left;
	if (cur_bad(&c) || len < UDP_HEADER) {
		p->src.port = p->dst.port = 0;
		return;
	}
	p->l4 = PACKET_L4_UDP;
	if (len > left)
		p->cut = true;
	p->payload_wire = (uint32_t)(len - UDP_HEADER);
	p->payload = cur_sub_upto(&c, len - UDP_HEADER);
}

void
transport_read(struct packet *p, struct cursor c, size_t wire)
{
	switch (p->ip_proto) {
	case IPPROTO_TCP:
		transport_tcp(p, c, wire);
		break;
	case IPPROTO_UDP:
		transport_udp(p, c);
		break;
	case IPPROTO_ICMP:
		p->l4 = PACKET_L4_ICMP;
		p->payload = c;
		break;
	case IPPROTO_ICMPV6:
		p->l4 = PACKET_L4_ICMP6;
		p->payload = c;
		break;
	case IPPROTO_SCTP:
		if (cur_left(&c) < SCTP_HEADER)
			break;
		p->l4 = PACKET_L4_SCTP;
		p->src.port = cur_be16(&c);
		p->dst.port = cur_be16(&c);
		cur_skip(&c, 8);
		p->payload = c;
		break;
	default:
		p->payload = c;
		break;
	}
}

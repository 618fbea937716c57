/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 and IPv6 with its extension headers.
 *
 * A level is shown as soon as its fixed header was read: whatever is wrong
 * behind it (a cut or lying transport header), the sender has spoken. The
 * payload ends where the IP length says, so that padding is never data; a
 * length of zero (segmentation offload) means "to the end of the frame".
 *
 * Spec: RFC 791, RFC 8200, RFC 4302.
 */
#include <netinet/in.h>

#include "capture/decode/steps.h"

#define IPV4_MIN 20U
#define IPV6_HEADER 40U
#define EXT_MAX 16

/* Go on into the packet's payload if it is a tunnel's. */
static enum verdict
ip_tunnel(struct decoder *d, const struct packet *p)
{
	uint16_t port;

	if (p->l4 == PACKET_L4_UDP) {
		port = tunnel_udp_port(p);
		if (port == 0)
			return VERDICT_OK;
		d->cur = p->payload;
		return decode_go_type(d, step_tunnel_udp, port);
	}
	if (p->l4 == PACKET_L4_NONE && tunnel_in_ip(p->ip_proto))
		return decode_go_type(d, step_tunnel_ip, p->ip_proto);
	return VERDICT_OK;
}

void
decode_datagram(struct decoder *d, struct packet *pkt, struct cursor datagram)
{
	pkt->l4 = PACKET_L4_NONE;
	pkt->reassembled = true;
	d->cur = datagram;
	transport_read(pkt, datagram, cur_left(&datagram));
	(void)ip_tunnel(d, pkt);
}

/* What follows the IP header in d->cur, @p wire octets as sent: show it. */
static enum verdict
ip_show(struct decoder *d, size_t wire)
{
	struct packet *p = &d->pkt;

	p->net = PACKET_NET_IP;
	p->payload = d->cur;
	d->emit = true;
	if (p->l4 == PACKET_L4_FRAG)
		return VERDICT_OK;
	transport_read(p, d->cur, wire);
	return ip_tunnel(d, p);
}

enum verdict
step_ip(struct decoder *d)
{
	int first = cur_peek(&d->cur, 0);

	if (first < 0)
		return VERDICT_TRUNCATED;
	if (first >> 4 == 4)
		return step_ipv4(d);
	if (first >> 4 == 6)
		return step_ipv6(d);
	return VERDICT_UNSUPPORTED;
}

enum verdict
step_ipv4(struct decoder *d)
{
	struct packet *p = &d->pkt;
	const uint8_t *h = cur_take(&d->cur, IPV4_MIN);
	struct cursor hdr = cur_new(h, h == NULL ? 0 : IPV4_MIN);
	uint8_t first = cur_u8(&hdr);
	size_t header = (size_t)(first & 0x0f) * 4;
	size_t total;
	uint16_t frag;

	if (h == NULL)
		return VERDICT_TRUNCATED;
	if (first >> 4 != 4 || header < IPV4_MIN)
		return VERDICT_MALFORMED;
	cur_skip(&hdr, 1);
	total = cur_be16(&hdr);
	p->frag_id = cur_be16(&hdr);
	frag = cur_be16(&hdr);
	p->ttl = cur_u8(&hdr);
	p->ip_proto = cur_u8(&hdr);
	p->proto_key = ETHERTYPE_IPV4;
	p->src.addr.family = p->dst.addr.family = 4;
	cur_skip(&hdr, 2);
	cur_copy(&hdr, p->src.addr.b, 4);
	cur_copy(&hdr, p->dst.addr.b, 4);
	if (total == 0)
		total = header + cur_left(&d->cur);
	if (total < header)
		total = header;
	p->cut = total - IPV4_MIN > cur_left(&d->cur);
	d->cur = cur_sub_upto(&d->cur, total - IPV4_MIN);
	cur_skip(&d->cur, header - IPV4_MIN);
	if (frag & 0x3fff) {
		p->l4 = PACKET_L4_FRAG;
		p->frag_at = (uint32_t)(frag & 0x1fff) * 8;
		p->frag_more = (frag & 0x2000) != 0;
	}
	return ip_show(d, total - header);
}

/* Walk the extension headers; @p next is the first one's number. */
static void
ipv6_extensions(struct decoder *d, uint8_t next)
{
	struct packet *p = &d->pkt;

	for (unsigned i = 0; i < EXT_MAX; i++) {
		struct cursor c = d->cur;
		uint8_t after = cur_u8(&c);
		size_t len = cur_u8(&c);

		p->ip_proto = next;
		switch (next) {
		case IPPROTO_HOPOPTS:
		case IPPROTO_ROUTING:
		case IPPROTO_DSTOPTS:
		case IPPROTO_MH:
		case 139: /* HIP */
		case 140: /* shim6 */
			cur_skip(&c, len * 8 + 6);
			break;
		case IPPROTO_AH:
			cur_skip(&c, (len + 2) * 4 - 2);
			break;
		case IPPROTO_FRAGMENT:
			p->frag_at = cur_be16(&c);
			p->frag_id = cur_be32(&c);
			p->frag_more = (p->frag_at & 1) != 0;
			p->frag_at &= 0xfff8;
			p->ip_proto = after;
			/* An atomic fragment is a whole datagram. */
			if (!cur_bad(&c) && (p->frag_at != 0 || p->frag_more)) {
				p->l4 = PACKET_L4_FRAG;
				d->cur = c;
				return;
			}
			break;
		default:
			return;
		}
		if (cur_bad(&c)) {
			p->ip_proto = IPPROTO_NONE;
			p->cut = true;
			d->cur = cur_new(d->cur.end, 0);
			return;
		}
		d->cur = c;
		next = after;
	}
	p->ip_proto = IPPROTO_NONE;
}

enum verdict
step_ipv6(struct decoder *d)
{
	struct packet *p = &d->pkt;
	const uint8_t *h = cur_take(&d->cur, IPV6_HEADER);
	struct cursor hdr = cur_new(h, h == NULL ? 0 : IPV6_HEADER);
	uint32_t first = cur_be32(&hdr);
	size_t len = cur_be16(&hdr);
	uint8_t next = cur_u8(&hdr);
	const uint8_t *addrs;

	if (h == NULL)
		return VERDICT_TRUNCATED;
	if (first >> 28 != 6)
		return VERDICT_MALFORMED;
	p->ttl = cur_u8(&hdr);
	p->proto_key = ETHERTYPE_IPV6;
	addrs = cur_take(&hdr, 32);
	p->src.addr = addr_from_bytes(addrs, 16);
	p->dst.addr = addr_from_bytes(addrs + 16, 16);
	if (len == 0)
		len = cur_left(&d->cur);
	p->cut = len > cur_left(&d->cur);
	d->cur = cur_sub_upto(&d->cur, len);
	len -= cur_left(&d->cur);
	ipv6_extensions(d, next);
	return ip_show(d, len + cur_left(&d->cur));
}

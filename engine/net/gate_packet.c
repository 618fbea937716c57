/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate_packet: where a packet that a script built would go, read from the packet itself: Ethernet, one VLAN tag, ARP,
 * IPv4, IPv6. Anything else has no address that a scope could allow, so it is refused.
 */
#include <net/ethernet.h>
#include <netinet/in.h>

#include "engine/net/gate.h"
#include "sensor/base/cursor.h"

static struct addr
take_addr(struct cursor *cur, size_t len)
{
	uint8_t octets[16];

	cur_copy(cur, octets, len);
	return addr_from_bytes(octets, len);
}

/* Destination and protocol of an IP packet; false when it is none. */
static bool
ip_destination(struct cursor cur, struct contact *c)
{
	int version = cur_peek(&cur, 0);
	struct cursor next = cur;

	if (version < 0)
		return false;
	if (version >> 4 == 4) {
		size_t header = (size_t)(version & 0x0f) * 4;

		cur_skip(&next, header);
		cur_skip(&cur, 9);
		c->proto = cur_u8(&cur);
		cur_skip(&cur, 6);
		c->dst = take_addr(&cur, 4);
	} else if (version >> 4 == 6) {
		cur_skip(&next, 40);
		cur_skip(&cur, 6);
		c->proto = cur_u8(&cur);
		cur_skip(&cur, 17);
		c->dst = take_addr(&cur, 16);
	} else {
		return false;
	}
	if (cur_bad(&cur))
		return false;
	if (c->proto == IPPROTO_TCP || c->proto == IPPROTO_UDP) {
		cur_skip(&next, 2);
		c->port = cur_be16(&next); /* 0 in later fragments */
	}
	return true;
}

static bool
arp_destination(struct cursor cur, struct contact *c)
{
	cur_skip(&cur, 24);
	c->proto = 0;
	c->dst = take_addr(&cur, 4);
	return !cur_bad(&cur);
}

static bool
ethernet_destination(struct cursor cur, struct contact *c)
{
	uint16_t type;

	cur_skip(&cur, 12);
	type = cur_be16(&cur);
	if (type == ETHERTYPE_VLAN) {
		cur_skip(&cur, 2);
		type = cur_be16(&cur);
	}
	if (cur_bad(&cur))
		return false;
	if (type == ETHERTYPE_ARP)
		return arp_destination(cur, c);
	return (type == ETHERTYPE_IP || type == ETHERTYPE_IPV6) &&
	       ip_destination(cur, c);
}

enum gate_answer
gate_ask_packet(struct gate *g, struct contact *c, const void *packet,
    size_t len, bool ethernet, int64_t *wait_ms)
{
	struct cursor cur = cur_new(packet, len);
	bool known;

	c->port = 0;
	c->dst = (struct addr){ 0 };
	known =
	    ethernet ? ethernet_destination(cur, c) : ip_destination(cur, c);
	if (!known || !gate_scope(g)->raw)
		return gate_refuse(g, c, SCOPE_SPECIAL);
	return gate_ask(g, c, wait_ms);
}

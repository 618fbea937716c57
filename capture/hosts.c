/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The senders of packets; see hosts.h.
 *
 * MAC addresses. The frame's source belongs to the sender only when nothing routed the packet: link-scope traffic
 * says so by itself (OBS_MAC). Of the rest every pair is told once as OBS_FRAME_MAC with the TTL, and once more when
 * it looks local: both private, in one /24, TTL untouched. Who is a gateway is decided later, from all pairs.
 */
#include "capture/hosts.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/hash.h"

#define WAYS 8U

/* What was told of a pair of address and MAC. */
#define TOLD_FRAME 1U /* OBS_FRAME_MAC */
#define TOLD_LOCAL 2U /* OBS_FRAME_MAC that looks local */
#define TOLD_LINK 4U  /* OBS_MAC, by link scope */

#define PORT_HSRP 1985U
#define PORT_HSRP6 2029U
#define PORT_GLBP 3222U
#define PROTO_VRRP 112U

struct host {
	uint64_t segment;
	int64_t until; /* told; 0 in family: empty */
	struct addr addr;
	struct mac mac[2]; /* the latest first */
	uint8_t told[2];
	uint8_t strength;
};

struct hosts {
	struct teller *teller;
	uint32_t mask;
	uint64_t seed;
	uint64_t evicted;
	struct host *sets;
};

struct hosts *
hosts_new(struct teller *teller, uint32_t max, uint64_t seed)
{
	struct hosts *h = calloc(1, sizeof(*h));
	uint32_t sets = 1;

	if (h == NULL)
		return NULL;
	while (sets * WAYS < max && sets < (1U << 26))
		sets *= 2;
	h->sets = calloc((size_t)sets * WAYS, sizeof(*h->sets));
	if (h->sets == NULL) {
		free(h);
		return NULL;
	}
	h->teller = teller;
	h->mask = sets - 1;
	h->seed = seed;
	return h;
}

void
hosts_free(struct hosts *h)
{
	if (h == NULL)
		return;
	free(h->sets);
	free(h);
}

uint64_t
hosts_evicted(const struct hosts *h)
{
	return h->evicted;
}

static uint64_t
host_hash(const struct hosts *h, const struct packet *p)
{
	uint64_t hi;
	uint64_t lo;

	memcpy(&hi, p->src.addr.b, sizeof(hi));
	memcpy(&lo, p->src.addr.b + 8, sizeof(lo));
	return hash_mix(hash_mix(h->seed ^ hi, lo ^ p->segment), h->seed >> 7);
}

static struct host *
host_find(struct hosts *h, const struct packet *p)
{
	struct host *set = &h->sets[(host_hash(h, p) & h->mask) * WAYS];
	struct host *best = set;

	for (unsigned i = 0; i < WAYS; i++) {
		struct host *it = &set[i];

		if (it->addr.family == 0) {
			best = it;
			break;
		}
		if (it->segment == p->segment &&
		    memcmp(&it->addr, &p->src.addr, sizeof(it->addr)) == 0)
			return it;
		if (it->strength < best->strength ||
		    (it->strength == best->strength && it->until < best->until))
			best = it;
	}
	if (best->addr.family != 0)
		h->evicted++;
	*best = (struct host){ .segment = p->segment, .addr = p->src.addr };
	return best;
}

/* ---- telling ---- */

static void
host_observation(struct observation *o, enum obs_kind kind,
    const struct packet *p, enum obs_source source)
{
	*o = (struct observation){
		.kind = kind,
		.ts = p->ts,
		.segment = p->segment,
		.frame = p->frame,
		.ifindex = p->ifindex,
		.addr = p->src.addr,
		.source = (uint16_t)source,
	};
}

static bool
host_has_mac(const struct packet *p)
{
	return p->has_mac && p->depth == 0 && !mac_is_zero(&p->src_mac) &&
	       !mac_is_multicast(&p->src_mac);
}

static bool
host_tell(struct hosts *h, const struct packet *p, enum strength strength)
{
	struct observation o;

	host_observation(&o, OBS_HOST, p, SRC_IP);
	o.strength = (uint8_t)strength;
	if (host_has_mac(p)) {
		o.mac = p->src_mac;
		o.has_mac = true;
	}
	return teller_tell_always(h->teller, &o);
}

/* Never routed, so the frame's source is the sender's own; but not where a
 * redundancy protocol speaks for an address that several share. */
static bool
packet_is_link_scope(const struct packet *p)
{
	const uint8_t *d = p->dst.addr.b;

	if (p->ip_proto == PROTO_VRRP || mac_is_virtual(&p->src_mac))
		return false;
	if (p->l4 == PACKET_L4_UDP &&
	    (p->dst.port == PORT_HSRP || p->dst.port == PORT_HSRP6 ||
		p->dst.port == PORT_GLBP))
		return false;
	if (p->src.addr.family == 6)
		return addr_is_link_local(&p->src.addr) ||
		       (d[0] == 0xff && (d[1] & 0x0f) == 0x02);
	return addr_is_limited_broadcast(&p->dst.addr) ||
	       (d[0] == 224 && d[1] == 0 && d[2] == 0);
}

/* Nets that no router on the way to somewhere else serves: private ones and
 * those for links, documentation and benchmarks. */
static bool
net_is_local(const struct addr *a)
{
	const uint8_t *b = a->b;

	return addr_is_private(a) || addr_is_link_local(a) ||
	       (b[0] == 192 && b[1] == 0 && b[2] == 2) ||
	       (b[0] == 198 && b[1] == 51 && b[2] == 100) ||
	       (b[0] == 203 && b[1] == 0 && b[2] == 113) ||
	       (b[0] == 198 && (b[1] & 0xfe) == 18);
}

static bool
packet_looks_local(const struct packet *p)
{
	const uint8_t *s = p->src.addr.b;
	const uint8_t *d = p->dst.addr.b;

	return p->src.addr.family == 4 && memcmp(s, d, 3) == 0 &&
	       s[3] != d[3] && net_is_local(&p->src.addr) &&
	       (p->ttl == 64 || p->ttl == 128 || p->ttl == 255);
}

static unsigned
packet_mac_kind(const struct packet *p)
{
	if (packet_is_link_scope(p))
		return TOLD_LINK;
	return packet_looks_local(p) ? TOLD_LOCAL : TOLD_FRAME;
}

/* The slot of the frame's MAC: a third one takes the place of the older. */
static unsigned
host_mac_slot(struct host *it, const struct packet *p)
{
	if (it->told[0] != 0 && mac_eq(&it->mac[0], &p->src_mac))
		return 0;
	if (it->told[1] != 0 && mac_eq(&it->mac[1], &p->src_mac))
		return 1;
	it->mac[1] = it->mac[0];
	it->told[1] = it->told[0];
	it->mac[0] = p->src_mac;
	it->told[0] = 0;
	return 0;
}

static bool
host_tell_mac(struct hosts *h, struct host *it, const struct packet *p)
{
	unsigned slot = host_mac_slot(it, p);
	unsigned kind = packet_mac_kind(p);
	struct observation o;

	if (it->told[slot] & kind)
		return true;
	host_observation(
	    &o, kind == TOLD_LINK ? OBS_MAC : OBS_FRAME_MAC, p, SRC_ETHERNET);
	o.mac = p->src_mac;
	o.has_mac = true;
	o.strength =
	    kind == TOLD_LINK ? STRENGTH_LINK_PROVED : STRENGTH_UNICAST;
	if (kind != TOLD_LINK)
		o.aux = p->ttl;
	if (kind == TOLD_LOCAL)
		o.aux |= FRAME_MAC_LOCAL;
	if (!teller_tell(h->teller, &o))
		return false;
	it->told[slot] |= (uint8_t)(kind | TOLD_FRAME);
	return true;
}

static enum strength
packet_strength(const struct packet *p)
{
	if (addr_is_multicast(&p->dst.addr) ||
	    addr_is_limited_broadcast(&p->dst.addr) ||
	    (p->has_mac && mac_is_multicast(&p->dst_mac)))
		return STRENGTH_ONE_WAY;
	if (p->l4 == PACKET_L4_TCP &&
	    (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN)
		return STRENGTH_CLAIMED;
	return STRENGTH_UNICAST;
}

void
hosts_proved(struct hosts *h, const struct packet *p, struct flow_side *side,
    enum strength strength)
{
	struct host *it;
	bool told = true;

	if (!addr_is_unicast(&p->src.addr))
		return;
	it = host_find(h, p);
	if (it->strength < strength || p->ts.ns >= it->until) {
		if (it->strength < strength)
			it->strength = (uint8_t)strength;
		it->until = teller_next(h->teller, p->ts);
		told = host_tell(h, p, (enum strength)it->strength);
	}
	if (host_has_mac(p))
		told = host_tell_mac(h, it, p) && told;
	if (!told) {
		it->until = INT64_MIN;
		return;
	}
	if (side == NULL)
		return;
	side->host_strength = it->strength;
	side->host_until = it->until;
	side->mac = p->src_mac;
	side->has_mac = p->has_mac;
}

void
hosts_spoke(struct hosts *h, const struct packet *p, struct flow_side *side)
{
	/* A packet like the ones before it in its flow says nothing new. */
	if (side != NULL && side->host_strength != 0 &&
	    (side->host_strength >= STRENGTH_UNICAST ||
		side->host_strength >= packet_strength(p)) &&
	    p->ts.ns < side->host_until && side->has_mac == p->has_mac &&
	    (!p->has_mac || mac_eq(&side->mac, &p->src_mac)))
		return;
	hosts_proved(h, p, side, packet_strength(p));
}

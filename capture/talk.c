/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations; see talk.h.
 *
 * Who serves. TCP: who sent SYN-ACK; without one, who was sent a SYN and then sent data; else the side that its
 * protocol shows (dissect_server_is). UDP: what the protocol shows; else the low port when a capture begins at its
 * answer; else who was asked first. A UDP service is told when both sides were heard.
 */
#include "capture/talk.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "capture/flow/reasm.h"
#include "capture/limits.h"

#define PORT_PRIVILEGED 1024U

struct opening {
	uint64_t flow; /* id of the owner */
	uint16_t len;
	bool cut;
	uint8_t octets[LIMIT_OPENING_OCTETS];
};

struct talk {
	struct teller *teller;
	struct hosts *hosts;
	struct dissect_run *dissect;
	struct flowtable *flows;
	struct reasm *reasm;
	struct opening *openings;
	uint16_t next_opening;
	uint16_t nopenings; /* the first is never used: 0 means none */
	uint64_t stream_octets;
};

static void talk_end(void *arg, struct flow *f);

static void
talk_lost(void *arg, struct flow *f)
{
	const struct talk *t = arg;

	dissect_flow_end(t->dissect, f);
}

static uint16_t
opening_count(uint32_t max_flows)
{
	uint32_t n = max_flows / LIMIT_FLOWS_PER_OPENING + 2;

	return (uint16_t)(n > UINT16_MAX ? UINT16_MAX : n);
}

struct talk *
talk_new(const struct talk_options *o)
{
	struct talk *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->teller = o->teller;
	t->hosts = o->hosts;
	t->dissect = o->dissect;
	t->flows = flowtable_new(o->max_flows, o->seed, talk_end, t);
	t->reasm = reasm_new(o->max_reassembly_octets, talk_lost, t);
	t->nopenings = opening_count(o->max_flows);
	t->openings = calloc(t->nopenings, sizeof(*t->openings));
	if (t->flows == NULL || t->reasm == NULL || t->openings == NULL) {
		talk_free(t);
		return NULL;
	}
	return t;
}

void
talk_free(struct talk *t)
{
	if (t == NULL)
		return;
	flowtable_free(t->flows);
	reasm_free(t->reasm);
	free(t->openings);
	free(t);
}

void
talk_stats_get(const struct talk *t, struct talk_stats *out)
{
	struct flowtable_stats flows;

	flowtable_stats_get(t->flows, &flows);
	out->flows = flows.begun;
	out->flows_evicted = flows.evicted;
	out->stream_octets = t->stream_octets;
	out->stream_dropped = reasm_dropped(t->reasm);
}

void
talk_expire(struct talk *t, struct wall now)
{
	flowtable_expire(t->flows, now);
}

void
talk_finish(struct talk *t)
{
	flowtable_finish(t->flows);
}

/* ---- services ---- */

static void
service_observation(const struct flow *f, enum side server,
    struct observation *o, enum obs_kind kind)
{
	struct endpoint end = flow_end(f, server);

	*o = (struct observation){
		.kind = kind,
		.ts = f->last_seen,
		.segment = f->key.segment,
		.frame = f->last_frame,
		.ifindex = f->ifindex,
		.addr = end.addr,
		.port = end.port,
		.partial = f->cut,
		.proto = f->key.proto,
		.source = f->key.proto == IPPROTO_TCP ? SRC_TCP : SRC_UDP,
		.strength = f->side[server].flags & SIDE_PROVED
				? STRENGTH_TWO_WAY
				: STRENGTH_UNICAST,
	};
}

static void
service_tell(
    struct talk *t, struct flow *f, enum side server, enum svc_state state)
{
	struct observation o;

	service_observation(f, server, &o, OBS_SERVICE);
	if (!addr_is_unicast(&o.addr) || o.port == 0)
		return;
	o.aux = f->data_channel ? SVC_DATA_CHANNEL : state;
	if (f->name != NULL)
		o.text = text_of(f->name, strlen(f->name));
	if (!teller_tell(t->teller, &o))
		return;
	f->told_state = (uint8_t)state;
	f->told_server = (uint8_t)server;
	f->told_name = f->name;
	f->told_until = teller_next(t->teller, o.ts);
}

/* Tell the service if something about it is new. */
static inline void
service_update(
    struct talk *t, struct flow *f, enum side server, enum svc_state state)
{
	if (f->told_state == state && f->told_server == server &&
	    f->told_name == f->name && f->last_seen.ns < f->told_until)
		return;
	service_tell(t, f, server, state);
}

/* ---- first octets ---- */

static void
opening_keep(
    struct talk *t, struct flow *f, const struct cursor *octets, bool cut)
{
	struct opening *o;
	size_t len = cur_left(octets);

	if (len == 0)
		return;
	t->next_opening++;
	if (t->next_opening == t->nopenings)
		t->next_opening = 1;
	o = &t->openings[t->next_opening];
	o->flow = f->id;
	o->cut = cut || len > sizeof(o->octets);
	o->len = (uint16_t)(len < sizeof(o->octets) ? len : sizeof(o->octets));
	memcpy(o->octets, octets->at, o->len);
	f->opening = t->next_opening;
}

/* A side's first octets: the client's are kept until the server answers. */
static void
heard_update(struct talk *t, struct flow *f, enum side side,
    const struct packet *pkt, const struct cursor *octets)
{
	struct observation o;
	struct observation told;
	enum side server = (enum side)f->server;
	const struct opening *opening = &t->openings[f->opening];

	if (server == SIDE_NONE)
		server = f->key.proto == IPPROTO_UDP ? SIDE_RESP : SIDE_NONE;
	if (side != server) {
		if (f->opening == 0)
			opening_keep(t, f, octets, pkt->cut);
		return;
	}
	f->heard = true;
	if (f->data_channel)
		return;
	service_observation(f, server, &o, OBS_HEARD);
	if (!addr_is_unicast(&o.addr) || o.port == 0)
		return;
	/* Once an endpoint and name: what changes with every connection is
	 * no news. */
	o.aux = f->name == NULL ? 0 : 1;
	if (!teller_is_new(t->teller, &o))
		return;
	told = o;
	told.aux = 0;
	told.data = text_of(octets->at,
	    cur_left(octets) < OBS_DATA_MAX ? cur_left(octets) : OBS_DATA_MAX);
	if (f->opening != 0 && opening->flow == f->id) {
		told.text = text_of(opening->octets, opening->len);
		told.partial |= opening->cut;
	}
	if (teller_tell_always(t->teller, &told))
		teller_mark(t->teller, &o);
}

/* ---- TCP ---- */

static void
tcp_service(struct talk *t, struct flow *f)
{
	enum side server = SIDE_NONE;

	if (f->handshake) {
		service_update(t, f, (enum side)f->server, SVC_OPEN_SYNACK);
		return;
	}
	if (f->side[SIDE_ORIG].flags & SIDE_SYN)
		server = SIDE_RESP;
	else if (f->server != SIDE_NONE)
		server = (enum side)f->server;
	if (server == SIDE_NONE || (f->side[server].flags & SIDE_DATA) == 0)
		return;
	f->server = (uint8_t)server;
	service_update(t, f, server, SVC_OPEN_MIDSTREAM);
}

/* Show what is in order to the dissector; true while it wants more. */
static bool
stream_show(struct talk *t, struct flow *f, enum side side,
    const struct packet *pkt, const struct cursor *octets, bool gap)
{
	struct flow_side *s = &f->side[side];
	const struct dissect_input in = {
		.pkt = pkt,
		.octets = *octets,
		.side = side,
		.begin = (s->flags & SIDE_BEGUN) == 0 &&
			 (s->flags & (SIDE_SYN | SIDE_SYNACK)) != 0,
		.gap = gap,
		.end = (s->flags & SIDE_FIN) != 0,
	};
	size_t used;

	s->flags |= SIDE_BEGUN;
	t->stream_octets += cur_left(octets);
	used = dissect_flow(t->dissect, f, &in);
	if (f->mode == FLOW_IGNORED) {
		reasm_drop(t->reasm, f);
		return false;
	}
	reasm_consume(t->reasm, f, side, octets, used);
	return true;
}

static void
stream_octets(
    struct talk *t, struct flow *f, enum side side, const struct packet *pkt)
{
	struct cursor octets;
	enum reasm_result r;

	while (
	    (r = reasm_put(t->reasm, f, side, pkt, &octets)) != REASM_NOTHING) {
		if (!f->heard &&
		    (f->side[side].flags & (SIDE_BEGUN | SIDE_GAP)) == 0)
			heard_update(t, f, side, pkt, &octets);
		if (!stream_show(t, f, side, pkt, &octets, r == REASM_GAP))
			return;
	}
}

/* No dissector wants the flow any more, but a side has not spoken yet. */
static void
stream_heard(
    struct talk *t, struct flow *f, enum side side, const struct packet *pkt)
{
	struct flow_side *s = &f->side[side];

	if ((s->flags & SIDE_BEGUN) == 0)
		heard_update(t, f, side, pkt, &pkt->payload);
	s->flags |= SIDE_BEGUN;
}

/* A side, or the flow, is over: what waits behind holes is shown. */
static void
stream_flush(struct talk *t, struct flow *f, enum side side)
{
	struct cursor octets;

	while (f->mode != FLOW_IGNORED &&
	       reasm_flush(t->reasm, f, side, &octets) != REASM_NOTHING)
		if (!stream_show(t, f, side, NULL, &octets, true))
			return;
}

static void
tcp_refused(struct talk *t, struct flow *f, enum side side)
{
	f->server = (uint8_t)side;
	service_update(t, f, side, SVC_CLOSED);
}

static void
tcp_class(struct talk *t, struct flow *f, unsigned did)
{
	unsigned both = f->side[0].flags & f->side[1].flags;

	if (did & TCP_DID_CLOSE)
		flowtable_move(t->flows, f, FLOW_CLOSED);
	else if (f->list == FLOW_NEW && (both & (SIDE_PROVED | SIDE_DATA)))
		flowtable_move(t->flows, f, FLOW_OPEN);
}

static void
talk_tcp(struct talk *t, const struct packet *pkt)
{
	enum side side;
	struct flow *f = flowtable_track(t->flows, pkt, &side);
	unsigned did;

	if (flow_tcp_restarts(f, side, pkt)) {
		flowtable_restart(t->flows, f, side, pkt->ts);
		side = SIDE_ORIG;
	}
	f->last_frame = pkt->frame;
	f->ifindex = pkt->ifindex;
	f->cut |= pkt->cut;
	if (f->side[0].packets + f->side[1].packets == 0 &&
	    dissect_any_expected(t->dissect)) {
		f->data_channel = dissect_expected(
		    t->dissect, IPPROTO_TCP, &pkt->dst, pkt->segment);
	}
	did = flow_tcp(f, side, pkt);
	hosts_spoke(t->hosts, pkt, &f->side[side]);
	if (did & TCP_DID_PROVE)
		hosts_proved(t->hosts, pkt, &f->side[side], STRENGTH_TWO_WAY);
	if (did & TCP_DID_REFUSE)
		tcp_refused(t, f, side);
	if (did & TCP_DID_SYNACK)
		tcp_service(t, f);
	if (cur_left(&pkt->payload) > 0) {
		if (f->mode != FLOW_IGNORED)
			stream_octets(t, f, side, pkt);
		else if (!f->heard)
			stream_heard(t, f, side, pkt);
		tcp_service(t, f);
	}
	tcp_class(t, f, did);
}

/* ---- UDP ---- */

static void
udp_service(struct talk *t, struct flow *f)
{
	struct endpoint orig;
	struct endpoint resp;
	enum side server = (enum side)f->server;

	if ((f->side[0].flags & f->side[1].flags & SIDE_SEEN) == 0)
		return;
	if (server == SIDE_NONE) {
		orig = flow_end(f, SIDE_ORIG);
		resp = flow_end(f, SIDE_RESP);
		server = f->name != NULL && orig.port < PORT_PRIVILEGED &&
				 resp.port >= PORT_PRIVILEGED
			     ? SIDE_ORIG
			     : SIDE_RESP;
	}
	service_update(t, f, server, SVC_OPEN_REPLY);
}

static void
talk_udp(struct talk *t, const struct packet *pkt)
{
	enum side side;
	struct flow *f = flowtable_track(t->flows, pkt, &side);
	struct flow_side *me = &f->side[side];
	const struct dissect_input in = {
		.pkt = pkt,
		.octets = pkt->payload,
		.side = side,
		.begin = (me->flags & SIDE_SEEN) == 0,
	};

	f->last_frame = pkt->frame;
	f->ifindex = pkt->ifindex;
	f->cut |= pkt->cut;
	me->flags |= SIDE_SEEN;
	me->packets++;
	me->octets += cur_left(&pkt->payload);
	hosts_spoke(t->hosts, pkt, me);
	if (side == SIDE_RESP && (me->flags & SIDE_PROVED) == 0) {
		me->flags |= SIDE_PROVED;
		hosts_proved(t->hosts, pkt, me, STRENGTH_TWO_WAY);
		flowtable_move(t->flows, f, FLOW_REPLIED);
	}
	if (!f->heard)
		heard_update(t, f, side, pkt, &pkt->payload);
	if (f->mode != FLOW_IGNORED)
		(void)dissect_flow(t->dissect, f, &in);
	udp_service(t, f);
}

void
talk_packet(struct talk *t, const struct packet *pkt)
{
	if (pkt->l4 == PACKET_L4_TCP)
		talk_tcp(t, pkt);
	else
		talk_udp(t, pkt);
}

static void
talk_end(void *arg, struct flow *f)
{
	struct talk *t = arg;

	if (f->key.proto == IPPROTO_TCP && f->mode != FLOW_IGNORED) {
		stream_flush(t, f, SIDE_ORIG);
		stream_flush(t, f, SIDE_RESP);
		tcp_service(t, f);
	}
	dissect_flow_end(t->dissect, f);
	reasm_drop(t->reasm, f);
}

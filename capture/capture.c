/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wiring of the room: records from the source, levels from the decoder, conversations to talk, the rest to the
 * FRAME dissectors; see capture.h. All memory is taken in capture_open.
 */
#include "capture/capture.h"

#include <stdlib.h>
#include <string.h>

#include "capture/decode/decode.h"
#include "capture/dissect/run.h"
#include "capture/flow/defrag.h"
#include "capture/hosts.h"
#include "capture/limits.h"
#include "capture/source/source.h"
#include "capture/talk.h"
#include "sensor/base/hash.h"

/* Records of one capture_poll: between them the caller gets its turn. */
#define POLL_RECORDS 1024

struct capture {
	struct source *source;
	struct capture_sink sink;
	struct teller *teller;
	struct hosts *hosts;
	struct dissect_run *dissect;
	struct defrag *defrag;
	struct talk *talk;
	struct capture_stats stats;
	struct wall now;  /* highest packet time */
	struct wall tick; /* when the clock was last told */
	uint32_t last_linktype;
	const struct link *last_link;
	uint64_t unknown_links; /* records whose link type is not known */
	struct decoder decoder;
	struct packet carrier; /* a UDP packet that may carry another */
	bool has_carrier;
};

static void
capture_tell(void *arg, const struct observation *obs)
{
	const struct capture *c = arg;

	(void)teller_tell(c->teller, obs);
}

static uint32_t
value_or(uint32_t value, uint32_t standard)
{
	return value == 0 ? standard : value;
}

static int
capture_open_source(
    struct capture *c, const struct capture_options *o, struct errbuf *eb)
{
	const struct source_options so = {
		.interfaces = o->interfaces,
		.ninterfaces = o->ninterfaces,
		.file = o->file,
		.filter = o->filter,
		.snaplen = value_or(o->snaplen, LIMIT_SNAPLEN),
		.ring_octets = value_or(o->ring_octets, LIMIT_RING_OCTETS),
		.no_promisc = o->no_promisc,
	};
	char text[128];
	int linktype;
	int rc = source_open(&so, &c->source, eb);

	if (rc < 0)
		return rc;
	linktype = source_linktype(c->source);
	if (linktype >= 0 && link_find((uint32_t)linktype) == NULL)
		return err_set(eb, ES_E(UNSUPPORTED),
		    "%s: link type %s is not understood",
		    o->file != NULL ? o->file : o->interfaces[0],
		    source_linktype_text(
			(uint32_t)linktype, text, sizeof(text)));
	return 0;
}

static uint32_t
frag_contexts(uint32_t octets)
{
	uint32_t n = octets / LIMIT_FRAG_SHARE;

	return n < LIMIT_FRAG_CONTEXTS_MIN ? LIMIT_FRAG_CONTEXTS_MIN : n;
}

static int
capture_alloc(
    struct capture *c, const struct capture_options *o, struct errbuf *eb)
{
	uint64_t seed = hash_seed();
	bool live = source_is_live(c->source);
	uint32_t beat = value_or(o->heartbeat_s, live ? LIMIT_HEARTBEAT_S : 0);
	struct talk_options to = {
		.max_flows = value_or(o->max_flows, LIMIT_FLOWS),
		.max_reassembly_octets =
		    value_or(o->max_reassembly_octets, LIMIT_REASSEMBLY_OCTETS),
		.seed = seed,
	};

	c->teller = teller_new(&c->sink, value_or(o->max_hosts, LIMIT_FACTS),
	    seed, (int64_t)beat * NS_PER_S);
	c->dissect = dissect_run_new(
	    capture_tell, c, to.max_flows / LIMIT_FLOWS_PER_STATE);
	c->defrag = defrag_new(frag_contexts(to.max_reassembly_octets));
	if (c->teller != NULL)
		c->hosts = hosts_new(
		    c->teller, value_or(o->max_hosts, LIMIT_HOSTS), seed);
	to.teller = c->teller;
	to.hosts = c->hosts;
	to.dissect = c->dissect;
	if (c->hosts != NULL && c->dissect != NULL)
		c->talk = talk_new(&to);
	if (c->talk == NULL || c->defrag == NULL)
		return err_set(eb, ES_E(NOMEM),
		    "no memory for the tables of capture: lower max_flows, "
		    "max_hosts or max_reassembly");
	return 0;
}

int
capture_open(const struct capture_options *options,
    const struct capture_sink *sink, struct capture **out, struct errbuf *eb)
{
	struct capture *c = calloc(1, sizeof(*c));
	int rc;

	if (c == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for capture");
	c->sink = *sink;
	rc = capture_open_source(c, options, eb);
	if (rc == 0)
		rc = capture_alloc(c, options, eb);
	if (rc < 0) {
		capture_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void
capture_free(struct capture *c)
{
	if (c == NULL)
		return;
	talk_free(c->talk);
	defrag_free(c->defrag);
	hosts_free(c->hosts);
	dissect_run_free(c->dissect);
	teller_free(c->teller);
	source_free(c->source);
	free(c);
}

/* ---- one packet ---- */

static void
capture_packet(struct capture *c)
{
	struct packet *p = &c->decoder.pkt;
	struct cursor datagram;

	if (p->net == PACKET_NET_IP && p->l4 == PACKET_L4_FRAG) {
		hosts_spoke(c->hosts, p, NULL);
		if (!defrag_put(c->defrag, p, &datagram))
			return;
		decode_datagram(&c->decoder, p, datagram);
	}
	if (p->l4 == PACKET_L4_UDP && c->decoder.step != NULL) {
		hosts_spoke(c->hosts, p, NULL);
		c->carrier = *p;
		c->has_carrier = true;
		return;
	}
	if (p->l4 == PACKET_L4_TCP || p->l4 == PACKET_L4_UDP) {
		talk_packet(c->talk, p);
		return;
	}
	if (p->net == PACKET_NET_IP)
		hosts_spoke(c->hosts, p, NULL);
	dissect_frame(c->dissect, p);
}

static void
capture_count(struct capture *c, bool shown, enum verdict verdict)
{
	if (shown) {
		c->stats.decoded++;
		return;
	}
	switch (verdict) {
	case VERDICT_TRUNCATED:
		c->stats.truncated++;
		break;
	case VERDICT_MALFORMED:
		c->stats.malformed++;
		break;
	case VERDICT_OK:
	case VERDICT_UNSUPPORTED:
		c->stats.unsupported++;
		break;
	}
}

static const struct link *
capture_link(struct capture *c, uint32_t linktype)
{
	if (c->last_link == NULL || c->last_linktype != linktype) {
		c->last_link = link_find(linktype);
		c->last_linktype = linktype;
	}
	return c->last_link;
}

/* Once a second of packet time. A clock that jumps back stands still. */
static void
capture_clock(struct capture *c, struct wall ts)
{
	if (ts.ns <= c->now.ns)
		return;
	c->now = ts;
	if (ts.ns - c->tick.ns < NS_PER_S)
		return;
	c->tick = ts;
	talk_expire(c->talk, ts);
	defrag_expire(c->defrag, ts);
	if (c->sink.clock != NULL && !source_is_live(c->source))
		c->sink.clock(c->sink.arg, ts);
}

static void
capture_record(struct capture *c, const struct record *rec)
{
	const struct link *link = capture_link(c, rec->linktype);
	struct decode_input in = {
		.ts = rec->ts,
		.frame = ++c->stats.received,
		.ifindex = rec->ifindex,
		.data = rec->data,
		.caplen = rec->caplen,
		.cut = rec->caplen < rec->len,
	};
	bool shown = false;

	c->stats.octets += rec->caplen;
	capture_clock(c, rec->ts);
	if (link == NULL) {
		c->unknown_links++;
		c->stats.unsupported++;
		return;
	}
	decode_begin(&c->decoder, link, &in);
	c->has_carrier = false;
	while (decode_next(&c->decoder)) {
		/* It did: then its ports are a tunnel's, not a service's. */
		c->has_carrier = false;
		shown = true;
		capture_packet(c);
	}
	if (c->has_carrier)
		talk_packet(c->talk, &c->carrier);
	capture_count(c, shown, c->decoder.verdict);
}

/* At the end of a file of which nothing was understood, that is the news. */
static int
capture_end(const struct capture *c, struct errbuf *eb)
{
	char text[128];

	if (c->stats.received == 0 || c->unknown_links < c->stats.received)
		return ES_E(EOF);
	return err_set(eb, ES_E(UNSUPPORTED),
	    "link type %s is not understood: nothing was heard",
	    source_linktype_text(c->last_linktype, text, sizeof(text)));
}

int
capture_poll(struct capture *c, int timeout_ms, struct errbuf *eb)
{
	struct record rec;
	int packets = 0;
	int rc = source_next(c->source, &rec, eb);

	if (rc == 0 && timeout_ms != 0) {
		if (source_wait(c->source, timeout_ms) < 0)
			return err_sys(eb, "waiting for packets");
		rc = source_next(c->source, &rec, eb);
	}
	while (rc == 1) {
		capture_record(c, &rec);
		if (++packets == POLL_RECORDS)
			return packets;
		rc = source_next(c->source, &rec, eb);
	}
	if (rc == 0 && packets == 0 && source_is_live(c->source))
		capture_clock(c, wall_now());
	/* An error is told by the next call, which meets it again. */
	if (rc == 0 || (packets > 0 && rc == ES_E(EOF)))
		return packets;
	return rc == ES_E(EOF) ? capture_end(c, eb) : rc;
}

void
capture_finish(struct capture *c)
{
	talk_finish(c->talk);
}

void
capture_stats_get(struct capture *c, struct capture_stats *out)
{
	struct source_stats source;
	struct defrag_stats defrag;
	struct talk_stats talk;
	struct dissect_stats dissect;
	struct tell_stats tell;

	source_stats_get(c->source, &source);
	defrag_stats_get(c->defrag, &defrag);
	talk_stats_get(c->talk, &talk);
	dissect_stats_get(c->dissect, &dissect);
	teller_stats_get(c->teller, &tell);
	*out = c->stats;
	out->kernel_drops = source.kernel_drops;
	out->nic_drops = source.nic_drops;
	out->fragments = defrag.fragments;
	out->reassembled = defrag.reassembled;
	out->fragments_dropped = defrag.dropped;
	out->flows = talk.flows;
	out->flows_evicted = talk.flows_evicted;
	out->stream_octets = talk.stream_octets;
	out->stream_dropped = talk.stream_dropped;
	out->hosts_evicted = hosts_evicted(c->hosts);
	out->observations = tell.told;
	out->observations_dropped = tell.dropped;
	out->dissect_malformed = dissect.malformed;
	out->dissect_budget = dissect.budget;
}

void
capture_progress(const struct capture *c, uint64_t *done, uint64_t *all)
{
	source_progress(c->source, done, all);
}

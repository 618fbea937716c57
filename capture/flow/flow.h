/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: a conversation between two endpoints over TCP or UDP, and the table
 * of those that live.
 *
 * The originator sent the SYN, or the first packet that was seen. The table
 * is allocated once; its pages are touched as flows come. Flows stand in one
 * of four lists, ordered by when they were last seen (to a second), each with
 * an idle time of its own. A full table gives up the oldest of the closed
 * ones, then of the new ones (nothing proves them: a flood consists of them),
 * then of the rest.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/mono.h"
#include "sensor/model/packet.h"

struct dissector;
struct reasm_block;

enum flow_class {
	FLOW_CLOSED,  /* FIN or RST seen */
	FLOW_NEW,     /* one side only, or no handshake yet */
	FLOW_REPLIED, /* UDP, both sides */
	FLOW_OPEN,    /* TCP, both sides */
	FLOW_CLASSES
};

/* The lower endpoint first, so that both directions have one key. */
struct flow_key {
	uint8_t a[16];
	uint8_t b[16];
	uint64_t segment;
	uint16_t port_a;
	uint16_t port_b;
	uint8_t proto;
	uint8_t family;
	uint8_t pad[2];
};

/* What one side has shown. */
#define SIDE_SEEN 0x01U
#define SIDE_SYN 0x02U	  /* SYN without ACK */
#define SIDE_SYNACK 0x04U /* SYN with ACK */
#define SIDE_DATA 0x08U	  /* payload */
#define SIDE_FIN 0x10U	  /* FIN, or RST */
#define SIDE_PROVED 0x20U /* answered what the other side had sent */
#define SIDE_BEGUN 0x40U  /* stream: octets were shown to a dissector */
#define SIDE_GAP 0x80U	  /* stream: octets were lost for good */

struct flow_side {
	uint32_t first; /* TCP: first sequence number, behind the SYN */
	uint32_t next;	/* TCP: next octet in order */
	uint32_t max;	/* TCP: behind the highest octet seen */
	uint32_t ack;	/* TCP: highest acknowledgement it sent */
	uint32_t packets;
	uint8_t flags;
	uint8_t skips;	       /* arrivals since a hole opened */
	uint8_t host_strength; /* as last told of its address */
	bool has_mac;
	struct mac mac;
	uint16_t host_flags;	   /* of the host table: what was told */
	int64_t host_until;	   /* told; nothing to say before this time */
	struct reasm_block *block; /* octets that wait; NULL: none */
	uint64_t octets;
};

/* How a flow is dissected. */
enum flow_mode {
	FLOW_PROBING,
	FLOW_CLAIMED,
	FLOW_IGNORED /* nobody's, released, or lost */
};

struct flow {
	uint64_t id;
	uint64_t last_frame;
	uint32_t ifindex;
	uint32_t hash;
	uint32_t chain; /* next in its bucket; FLOW_NONE ends */
	uint32_t older; /* its list */
	uint32_t newer;
	struct flow_key key;
	struct wall first_seen;
	struct wall last_seen;
	struct wall listed; /* last_seen when it took its place in its list */
	struct flow_side side[2]; /* by enum side */
	uint8_t list;		  /* enum flow_class */
	uint8_t mode;		  /* enum flow_mode */
	uint8_t server;		  /* enum side: by handshake or content */
	uint8_t probes;
	bool orig_is_b; /* the originator is key.b */
	bool handshake; /* server is known by SYN-ACK: nothing overrules it */
	bool data_channel;
	bool cut;	    /* packets of it were cut: content may be missing */
	uint8_t told_state; /* enum svc_state told of its server; 0: none */
	uint8_t told_server;
	bool heard;	/* OBS_HEARD told, or not wanted */
	uint32_t shown; /* stream octets given to its dissector */
	uint32_t probed;
	uint16_t opening;     /* kept first octets of the client; 0: none */
	uint16_t state_index; /* dissector state; 0: none */
	const struct dissector *dissector;
	const char *name; /* of the service, by content; NULL: unknown */
	const char *told_name;
	int64_t told_until; /* told again after this */
};

#define FLOW_NONE UINT32_MAX

struct flowtable;

struct flowtable_stats {
	uint64_t begun;
	uint64_t evicted;
};

/** Called before a flow is reused or forgotten. */
typedef void (*flow_end_fn)(void *arg, struct flow *f);

/** Returns NULL without memory. @p max is at least 4. */
struct flowtable *flowtable_new(
    uint32_t max, uint64_t seed, flow_end_fn on_end, void *arg);

/**
 * The flow of @p pkt (TCP or UDP), begun if it is new; @p side says who sent
 * it. Never NULL: a full table gives up another one.
 */
struct flow *flowtable_track(
    struct flowtable *t, const struct packet *pkt, enum side *side);

/** Put it in another list. */
void flowtable_move(struct flowtable *t, struct flow *f, enum flow_class to);

/** End it and begin it anew with the same endpoints, sent by @p side. */
void flowtable_restart(
    struct flowtable *t, struct flow *f, enum side side, struct wall now);

/** End what was idle for too long at @p now; call about once a second. */
void flowtable_expire(struct flowtable *t, struct wall now);

/** End all, oldest first. */
void flowtable_finish(struct flowtable *t);
void flowtable_stats_get(
    const struct flowtable *t, struct flowtable_stats *out);
void flowtable_free(struct flowtable *t);

struct endpoint flow_end(const struct flow *f, enum side side);

/* What a TCP packet did to its flow. */
#define TCP_DID_SYNACK 0x01U /* the sender accepted a connection */
#define TCP_DID_REFUSE 0x02U /* the sender refused one: RST to a SYN */
#define TCP_DID_PROVE 0x04U  /* the sender was proved */
#define TCP_DID_CLOSE 0x08U  /* the flow is over */

/** Is this a new connection with the ports of an old one? */
bool flow_tcp_restarts(
    const struct flow *f, enum side side, const struct packet *pkt);

/** Follow a TCP header; returns TCP_DID_ bits. */
unsigned flow_tcp(struct flow *f, enum side side, const struct packet *pkt);

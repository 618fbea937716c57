/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect: what a dissector is, what it is given, and how it says what it
 * heard. A dissector is one file dissect_NAME.c exporting `const struct
 * dissector dissect_NAME`, and one row in dissectors.def.
 *
 *	FRAME	  sees every packet with one of its keys (ARP, ICMP, LLDP)
 *	DATAGRAM  sees the payloads of a UDP flow it claimed, one call each
 *	STREAM	  sees the octets of a TCP flow it claimed, in order
 *
 * Claiming. The first octets of either side are shown to `probe` of every
 * dissector whose `first` set has their first octet; those with a matching
 * port key go before the others (ctx->port_hint: a hint, never proof). The
 * first CLAIM_YES owns the flow. With CLAIM_MORE the octets are kept and
 * shown again with the next ones. A flow that nobody claims is left alone.
 *
 * Streams. The cursor holds every octet of ctx->side not consumed yet. A
 * return consumes all of it, unless the dissector called dissect_keep: what
 * it keeps comes again, contiguous with what arrives next (at most
 * DISSECT_HOLD_MAX octets a side, else the flow is lost). ctx->gap tells
 * that octets are missing before these; ctx->end that no more will come.
 *
 * Verdicts. OK and TRUNCATED commit what was observed in this call, the
 * others drop it; after MALFORMED or UNSUPPORTED the dissector loses the
 * flow, and after dissect_release (nothing more to learn: the fast path).
 *
 * Services. The flow layer tells OBS_SERVICE itself: it knows handshakes,
 * requests and replies. A dissector adds the name by claiming (its own, or
 * dissect_service_name), and the direction by dissect_server_is wherever its
 * protocol shows it. It calls observe_service only about other endpoints.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/model/observation.h"
#include "sensor/model/packet.h"

/* Shapes. */
#define DISSECT_FRAME 1U
#define DISSECT_DATAGRAM 2U
#define DISSECT_STREAM 4U

/* Bounds: octets kept of one side of a stream; largest flow_state_size. */
#define DISSECT_HOLD_MAX 16384
#define DISSECT_STATE_MAX 512
/* Bounds of one call: observations and scratch octets. */
#define DISSECT_STAGE_MAX 48
#define DISSECT_SCRATCH_MAX 16384
/* Stream octets that one flow may show its dissector. */
#define DISSECT_BUDGET 65536

enum dissect_key_kind {
	/* FRAME: the cursor starts behind the ethertype */
	KEY_ETHERTYPE,
	/* FRAME: OUI << 16 | protocol id; behind the SNAP header */
	KEY_SNAP,
	/* FRAME: DSAP << 8 | SSAP; behind the control octet */
	KEY_LLC,
	/* FRAME: at the protocol's header (ICMP, IGMP, VRRP ...) */
	KEY_IP_PROTO,
	/* DATAGRAM: a hint */
	KEY_UDP_PORT,
	/* STREAM: a hint */
	KEY_TCP_PORT
};

struct dissect_key {
	enum dissect_key_kind kind;
	uint64_t value;
};

enum claim {
	CLAIM_NO,
	CLAIM_MORE,
	CLAIM_YES
};

struct dissect_run; /* private to dissect.c */

struct dissect_ctx {
	const struct packet *pkt; /* which brought the (last) octets */
	struct endpoint ends[2];  /* by enum side; FRAME: sender, receiver */
	void *state;	/* flow_state_size octets, zero at the claim */
	void *instance; /* instance_size octets of the dissector itself */
	uint8_t proto;	/* IPPROTO_TCP, IPPROTO_UDP; 0 for FRAME */
	uint8_t side;	/* enum side: who sent these octets */
	uint8_t server; /* enum side: who serves, as far as is known */
	bool port_hint; /* a port is among the dissector's keys */
	bool begin;	/* first octets of this side, right behind its SYN */
	bool gap;	/* octets are missing before these */
	bool end;	/* no more octets of this side will come */
	bool partial;	/* octets of this flow or frame are cut */
	struct dissect_run *run;
};

struct dissector {
	const char *name; /* the service name that a claim gives: "ssh" */
	const char *spec;
	uint16_t source; /* enum obs_source of its observations */
	uint16_t flow_state_size;
	uint32_t instance_size; /* one a capture, zero at its start */
	unsigned shapes;
	const struct dissect_key *keys;
	size_t nkeys;
	const char *
	    first; /* octets content can start with; NULL: any, "": ports only */
	size_t nfirst;
	enum claim (*probe)(const struct dissect_ctx *ctx, struct cursor cur);
	enum verdict (*dissect)(struct dissect_ctx *ctx, struct cursor cur);
	/* Of the instance, at the start and the end of a capture. May be NULL. */
	bool (*instance_init)(void *instance);
	void (*instance_fini)(void *instance);
	/* The flow ends or is evicted: tell what is open. May be NULL. */
	void (*fini)(struct dissect_ctx *ctx);
};

/* ---- steering the flow (DATAGRAM and STREAM) ---- */

/** Streams: keep what starts at @p from (a place in the given cursor). */
void dissect_keep(struct dissect_ctx *ctx, const struct cursor *from);

/** Nothing more to learn here: the rest of the flow costs nothing. */
void dissect_release(struct dissect_ctx *ctx);

/**
 * The protocol shows who serves: ctx->side, or the other (ctx->side ^ 1).
 * Overrules guesses, not handshakes.
 */
void dissect_server_is(struct dissect_ctx *ctx, unsigned side);

/** Name the service other than the dissector: a literal; "" = no name. */
void dissect_service_name(struct dissect_ctx *ctx, const char *name);

/**
 * STARTTLS and the like: the octets from @p from on (NULL: from the next
 * call on) go to @p inner. The service keeps its name.
 */
void dissect_hand_over(struct dissect_ctx *ctx, const struct dissector *inner,
    const struct cursor *from);

/** A flow to @p end will come that is no service of its own (FTP data). */
void dissect_expect_data(
    struct dissect_ctx *ctx, unsigned proto, const struct endpoint *end);

/* ---- telling what was heard (staged until the verdict) ---- */

/** Octets that live until the observations are told; NULL when spent. */
void *dissect_scratch(struct dissect_ctx *ctx, size_t n);

/**
 * A staged observation to fill: ts, segment, ifindex, frame, source and
 * partial are set, the rest is zero. Never NULL: past DISSECT_STAGE_MAX it
 * goes nowhere. Texts may point into the cursor, scratch, state or literals.
 */
struct observation *observe(struct dissect_ctx *ctx, enum obs_kind kind);

void observe_host(
    struct dissect_ctx *ctx, const struct addr *addr, enum strength strength);
void observe_mac(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, enum strength strength);

/**
 * @p addr or @p mac may be NULL; so may @p detail. An empty name is ignored.
 * CLAIMED is what others say of an address (a DNS answer).
 */
void observe_name(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, struct text name, const char *detail,
    enum strength strength);

/** About another endpoint than this flow's server. */
void observe_service(struct dissect_ctx *ctx, const struct endpoint *end,
    unsigned proto, enum svc_state state, const char *name);

/** Greeting or header of @p side's port; @p what: "ssh", "http.server". */
void observe_banner(struct dissect_ctx *ctx, unsigned side, struct text banner,
    const char *what);

/** @p kind: "ja3", "ja3s", "hassh", "hasshserver", "dhcp55". */
void observe_print(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, const char *kind, struct text value);
void observe_role(struct dissect_ctx *ctx, const struct addr *addr,
    const struct mac *mac, const char *role);

/* Every dissector, by its row. */
#define DISSECTOR(name) extern const struct dissector dissect_##name;
#include "capture/dissect/dissectors.def"
#undef DISSECTOR

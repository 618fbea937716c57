/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scope: the rules that one C function in the engine's socket layer asks before every contact (reliability §4).
 *
 * The sensor's policy decides what to ask for; the engine's gate holds the same rules as a second, independent wall
 * that scripts cannot pass. The sensor sends a whole new scope when anything changes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/model/cidrset.h"
#include "sensor/model/portspec.h"

struct scope {
	bool halted; /* kill switch: refuse everything, close what is open */
	bool
	    allow_broadcast; /* multicast and broadcast destinations, for discovery scripts */
	bool raw; /* raw frames and packet capture for scripts */
	struct cidrset allow;
	struct cidrset exclude;	  /* deny wins */
	struct portspec no_ports; /* never contacted, whatever asks */
	uint32_t rate_total;	  /* contacts per second; 0 = no limit */
	uint32_t rate_host;
	uint32_t rate_net;   /* per /24 or /64 */
	uint32_t conns_host; /* open connections to one host; 0 = no limit */
	uint64_t version;    /* rises with every change; named in audits */
};

enum scope_verdict {
	SCOPE_ALLOWED,
	SCOPE_HALTED,
	SCOPE_OUTSIDE,	/* no allow rule has it */
	SCOPE_EXCLUDED, /* an exclude rule has it */
	SCOPE_PORT,	/* the port is never contacted */
	SCOPE_SPECIAL	/* unspecified, multicast or broadcast without leave */
};

/** An empty scope: everything is refused. */
void scope_init(struct scope *s);
void scope_fini(struct scope *s);

/** May @p dst:@p port be contacted? Pure; rates are the caller's. @p port 0 = no port (ICMP, ARP). */
enum scope_verdict scope_check(const struct scope *s, const struct addr *dst,
    unsigned proto, uint16_t port);

/** One word for logs and audits: "allowed", "halted", "out-of-scope", "excluded", "port", "special". */
const char *scope_verdict_text(enum scope_verdict v);

void scope_pack(struct buf *out, const struct scope *s);
/** Returns 0, ES_E(FORMAT) or ES_E(NOMEM); @p s is initialised in any case. */
int scope_unpack(struct cursor *in, struct scope *s) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host: one address under scan and what the port scan found, small enough for
 * whole networks times all ports. The full records of group.h are made of it
 * only for the ports that scripts or the report need.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/service.h"

/* Why a port or host has its state, in NSE's words (nse-core §6.10). */
enum reason {
#define REASON(name, text) REASON_##name,
#include "engine/scan/reasons.def"
#undef REASON
	REASON_MAX
};

const char *reason_text(unsigned reason);

struct port_result {
	uint8_t state; /* enum port_state; PORT_UNKNOWN until probed */
	uint8_t reason;
	uint8_t ttl; /* of the answer, 0 = unknown */
};

/* Round trip times as TCP estimates them (RFC 6298), in seconds. */
struct rtt {
	double srtt_s;
	double rttvar_s;
	unsigned samples;
};

void rtt_add(struct rtt *rtt, double sample_s);

/** How long to wait for an answer, between @p min_s and @p max_s; @p max_s
 * before the first sample. */
double rtt_timeout_s(const struct rtt *rtt, double min_s, double max_s);

/* The ports of one scan: sorted, each once, per protocol. */
struct port_list {
	uint16_t *ports;
	size_t count;
};

struct scan_host {
	struct addr addr;
	const char *targetname; /* borrowed; NULL when given by address */
	struct wall started, ended;
	bool up;
	bool answered; /* any answer at all: then silence means loss or a filter
			*/
	uint8_t reason;
	uint8_t reason_ttl;
	struct rtt rtt;
	struct port_result *tcp; /* parallel to the scan's port lists */
	struct port_result *udp;
};

/** Clear @p h and give it room for results. Returns 0 or ES_E(NOMEM). */
int scan_host_init(struct scan_host *h, const struct addr *addr,
    const char *targetname, size_t ntcp, size_t nudp) ES_MUST_CHECK;
void scan_host_fini(struct scan_host *h);

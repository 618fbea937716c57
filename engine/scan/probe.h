/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: find the state of many ports on many hosts at once.
 *
 * One run takes one protocol. The hosts take turns, so that none gets all its
 * probes at once; at most `parallel` are under way, at most `per_host` to one
 * host. Each transmission asks the scope gate first. TCP connects (RFC 9293);
 * UDP sends the port's protocol request (payload.h) and listens for an answer
 * or an ICMP error.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/scan/host.h"
#include "sensor/base/attrs.h"
#include "sensor/base/err.h"

struct uv_loop_s;
struct gate;
struct prober;

struct probe_timing {
	double min_timeout_s;
	double max_timeout_s;
	unsigned parallel;
	unsigned per_host;
	unsigned tries;	   /* transmissions of one probe at most */
	unsigned delay_ms; /* between transmissions, for -T0 to -T2 */
};

/** The timing of template 0-5 (paranoid to insane). */
struct probe_timing probe_timing_for(int template_level);

struct probe_run {
	struct uv_loop_s *loop;
	struct gate *gate;
	const char *interface; /* bind to it; NULL = routing decides */
	unsigned proto;	       /* IPPROTO_TCP or IPPROTO_UDP */
	const struct port_list *ports;
	struct scan_host *const *hosts;
	size_t nhosts;
	struct probe_timing timing;
	/* Liveness: a host is done with its first answer, of whatever kind. */
	bool first_answer;
};

/**
 * Start a run; the loop does it. Results go to the hosts' tcp or udp arrays
 * (with first_answer only `answered`, `reason` and `rtt` are kept). Everything
 * in @p run must stay until prober_free. Returns 0 or a negative code.
 */
int prober_new(const struct probe_run *run, struct prober **out,
    struct errbuf *eb) ES_MUST_CHECK;

bool prober_done(const struct prober *p);

/** Jobs ended, of all. */
void prober_progress(const struct prober *p, uint64_t *ended, uint64_t *all);

/** Also while it is under way. The loop must turn once more before it is
 * closed. NULL is allowed. */
void prober_free(struct prober *p);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: one scan under way, shared by scan.c (steps), phase.c (scripts) and reach.c (who is there).
 */
#pragma once

#include <uv.h>

#include "engine/net/gate.h"
#include "engine/scan/probe.h"
#include "engine/scan/progress.h"
#include "engine/scan/scan.h"
#include "engine/scan/targetlist.h"

struct session {
	const struct scan_options *opt;
	uv_loop_t loop;
	uv_timer_t
	    beat; /* wakes the loop to look at stop and at the progress */
	struct engine *engine;
	struct gate *gate;
	struct netdb *netdb;
	struct selection *selection; /* NULL: no scripts */
	struct targetlist targets;
	struct scope scope;
	struct port_list tcp, udp;
	struct report report;
	struct progress progress;
};

/* Hosts that are scanned together; those that are up come first. */
struct host_group {
	struct scan_record *records;
	struct nse_host *nse; /* parallel */
	size_t count;
	size_t up;
};

static inline bool
session_stopped(const struct session *s)
{
	return s->opt->stop != NULL && *s->opt->stop;
}

/** Turn the loop once, waiting at most a tenth of a second. False when the user has had enough. */
bool session_turn(struct session *s);

/** Give the gate the session's scope. */
int session_scope(struct session *s, struct errbuf *eb) ES_MUST_CHECK;

/** Run probes of one protocol over @p hosts to the end (or the user's). */
int session_probe(struct session *s, const struct probe_run *run,
    const char *step, struct errbuf *eb) ES_MUST_CHECK;

/** Run one phase of scripts over the hosts that are up, and keep their results. @p group NULL: no hosts. */
int phase_run(struct session *s, enum nse_phase phase, struct host_group *group,
    struct errbuf *eb) ES_MUST_CHECK;

/** Find out who is there: sets `up` and `reason` of every record. */
int reach_group(struct session *s, struct host_group *group,
    struct errbuf *eb) ES_MUST_CHECK;

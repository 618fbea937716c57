/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_priv: what the files of the policy share.
 *
 *	policy.c	options, the kill switch, the engine's scope
 *	decide.c	the rules, in the order in which they count
 *	ask.c		candidates, the queue, targets on their way out and back
 *	plan.c		all that is known, with the decision on each
 */
#pragma once

#include "sensor/policy/policy.h"
#include "sensor/policy/quiet.h"
#include "sensor/policy/targetq.h"
#include "sensor/store/records.h"

#define BROADCAST_INTERFACES_MAX 64

struct broadcast_run {
	char ifname[32];
	struct wall due; /* 0: as soon as the first candidate would be */
	uint64_t id;	 /* under way; 0 = not */
};

struct policy {
	struct policy_options
	    opt; /* its strings are not used after policy_new */
	struct scope scope;
	struct portspec ports;
	bool all_ports;
	bool scope_is_set;
	bool halted;
	struct quiet quiet;
	char *scripts;
	char *script_args;
	char *broadcast_scripts;
	struct broadcast_run broadcasts[BROADCAST_INTERFACES_MAX];
	size_t nbroadcasts;
	struct targetq *queue;
	struct policy_stats stats;
};

/** The rules that do not depend on the time: all but halted and quiet. */
bool decide_lasting(const struct policy *p, const struct addr *addr,
    unsigned proto, uint16_t port, struct policy_decision *out);

/** Fill the queue with what was asked before the restart. */
int ask_load(struct policy *p, struct errbuf *eb) ES_MUST_CHECK;

/** What the store knows and nobody asked yet comes up again (plan.c). */
int plan_resume(
    struct policy *p, struct store *store, struct wall now) ES_MUST_CHECK;

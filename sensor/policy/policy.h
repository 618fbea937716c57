/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: whom the engine may ask, what, and when.
 *
 *	inventory ── candidate ──► policy_candidate ─► target queue ─► policy_next ─► (inventory_fill_target)
 *	                                                                 ─► policy_prepare ─► engine ─► policy_done
 *
 * Passive is always on; asking happens only inside the scope. Deny wins, and every answer names its rule. The same
 * rules go to the engine as a struct scope, where the gate holds them a second time. Time is passed in, so replay
 * runs on packet time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/scope.h"
#include "sensor/model/target.h"
#include "sensor/store/store.h"

struct policy;

/* One line of `probing.broadcast`: prerule scripts that ask a whole segment. */
struct policy_broadcast {
	const char *scripts;
	const char *const *interfaces; /* NULL-terminated; an empty list: off */
	uint32_t every_s;	       /* 0 = 1 hour */
};

/* Strings and arrays are copied by policy_new. 0 and NULL mean the default. */
struct policy_options {
	bool enabled;
	const char *const
	    *scope; /* "addr/len", NULL-terminated; NULL: only `own` */
	const char *const *exclude; /* NULL-terminated */
	const struct addr
	    *own; /* this machine's addresses: the scope of one who sets none */
	size_t nown;
	const char *ports; /* may be asked: "22,80,T:443,U:53"; NULL = all */
	const char *
	    fragile; /* never asked, whatever else says yes; NULL = printers and plants, "" = none */
	const char *scripts;	 /* --script expression; NULL = "default" */
	const char *script_args; /* NULL = none */
	struct policy_broadcast broadcast;
	const char
	    *quiet; /* "22:00-06:00,12:00-13:00" in local time; NULL = none */
	bool raw;   /* scripts may use raw packets */
	int64_t
	    settle_ms; /* wait after the first sight of a host or service; < 0 = 60 s */
	uint32_t reprobe_s;  /* ask the same again after this; 0 = 7 days */
	uint32_t changed_s;  /* a changed service not before this; 0 = 1 hour */
	uint32_t rate_total; /* contacts a second; 0 = 100 */
	uint32_t rate_host;  /* 0 = 10 */
	uint32_t rate_net;   /* per /24 or /64; 0 = 40 */
	uint32_t conns_host; /* open connections to one host; 0 = 4 */
	uint32_t max_active; /* hosts asked at a time; 0 = 16 */
	uint32_t max_active_net; /* ... of one /24 or /64; 0 = 4 */
	uint32_t max_queue;	 /* hosts remembered; 0 = 65536 */
	uint32_t
	    deadline_ms; /* for all scripts of one target; 0 = 10 minutes */
	struct store *
	    store; /* keeps "halted" and what was asked when; NULL = memory only */
};

/** Returns 0 or a negative code; @p eb names the option and what is wrong with it. */
int policy_new(const struct policy_options *options, struct policy **out,
    struct errbuf *eb) ES_MUST_CHECK;
void policy_free(struct policy *p);

/** Silence all probing, or end that; kept over restarts. The caller sends the new scope to the engines. */
int policy_halt(struct policy *p, bool halted) ES_MUST_CHECK;
bool policy_halted(const struct policy *p);

/** The rules for the engine's gate, copied into @p out (initialised here, released by scope_fini). */
int policy_scope(const struct policy *p, struct scope *out) ES_MUST_CHECK;

/** The script expression that targets carry: as configured, with the categories nobody named taken out. */
const char *policy_scripts(const struct policy *p);

/* ---- what and why ---- */

struct policy_decision {
	bool allowed;
	char rule
	    [64]; /* "allow 192.0.2.0/24", "exclude 192.0.2.1", "disabled", "halted", "port 9100", ... */
	char reason[160]; /* the same for a person */
};

/** May (@p addr, @p proto, @p port) be asked at @p now? @p port 0: the host as such. */
void policy_decide(const struct policy *p, const struct addr *addr,
    unsigned proto, uint16_t port, struct wall now,
    struct policy_decision *out);

/* One line of `earshot plan`: an address or a port of it, what would be asked and when, or why not. */
struct policy_plan_line {
	const char *asset;
	const char *addr;
	uint64_t segment;
	unsigned proto; /* 0 with port 0: the host */
	uint16_t port;
	const char *service;
	struct policy_decision decision;
	struct wall due;     /* when it would be asked; 0: not */
	const char *scripts; /* "" when not */
};

/** Go through all that the store knows. Works beside a running sensor: it only reads. */
int policy_plan(struct policy *p, struct store *store, struct wall now,
    void (*visit)(void *arg, const struct policy_plan_line *line),
    void *arg) ES_MUST_CHECK;
/** One line as a JSON object (no newline). */
struct buf;
void policy_plan_json(const struct policy_plan_line *line, struct buf *out);

/* ---- the target queue ---- */

/** There is something to ask at an address. Refusals are counted, repeats are one. */
void policy_candidate(struct policy *p, uint64_t segment,
    const struct addr *addr, const char *reason, struct wall now);

/* What is due. Broadcast discovery has no address but an interface. */
struct policy_ask {
	uint64_t id;
	uint64_t segment;
	struct addr addr;
	char ifname[32]; /* broadcast discovery: where; else "" */
	char reason[32];
};

/** Returns 1 and what to ask now, or 0. Whoever gets it must call policy_prepare, and later policy_done. */
int policy_next(struct policy *p, struct wall now, struct policy_ask *out);

/** When policy_next has something at the earliest; 0: nothing waits. */
struct wall policy_next_due(const struct policy *p);

/**
 * Make @p t (filled by the inventory, or zero for a broadcast) fit to be sent: takes out ports that may not be asked
 * or were asked lately, sets id, reason, rule, scripts. @p t NULL: the inventory does not know it any more. Returns 0,
 * or ES_E(NOTFOUND) when nothing is left to ask: the ask is then done and policy_done not called.
 */
int policy_prepare(struct policy *p, const struct policy_ask *ask,
    struct target *t, struct wall now) ES_MUST_CHECK;

/** All findings of the target have come (@p ok), or it failed and will be tried again, ever later. */
void policy_done(struct policy *p, uint64_t id, bool ok, struct wall now);

/** A halt cut it short, which is nobody's failure: due again as soon as probing goes on. */
void policy_cut_short(struct policy *p, uint64_t id, struct wall now);

/** The engine was restarted: what it had under way is due again. */
void policy_requeue(struct policy *p, struct wall now);

struct policy_stats {
#define COUNTER(name, unit, help) uint64_t name;
#include "sensor/policy/counters.def"
#undef COUNTER
};
void policy_stats_get(const struct policy *p, struct policy_stats *out);

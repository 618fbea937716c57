/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: hosts that are asked together. Runlevel after runlevel: all threads of
 * one level, on all hosts of the group, end before the next level starts
 * (nse-core §4).
 *
 * The records below are the truth about hosts and ports; scripts get Lua copies
 * of them. The submitter owns them and must leave them alone from
 * engine_group_submit to done; scripts' set_port_state and set_port_version
 * change them. `earshot scan` submits groups with many hosts; engine_submit
 * makes a group of one host from a target.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "sensor/base/buf.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/finding.h"
#include "sensor/model/service.h"

struct selection;

struct nse_port {
	struct service svc; /* svc.name "" = unknown; svc.confidence 3 = from
			       the services table */
	char reason[24];    /* "syn-ack", "script-set", ... */
	uint8_t reason_ttl;
	bool probed;  /* service_dtype "probed", else "table" */
	bool changed; /* a script changed state or version */
	char *fp;     /* version.service_fp, owned by malloc; NULL = none */
	char *heard;  /* JSON object or NULL; borrowed */
};

struct nse_hop {
	struct addr addr; /* unset = no answer */
	char name[256];
	double srtt_s;
};

struct nse_host {
	struct addr addr;
	char zone[16];	      /* scope of a link-local address, "" = none */
	char targetname[256]; /* as typed; "" when given by address */
	char name[256];	      /* reverse DNS or heard; "" = none */
	char reason[24];
	uint8_t reason_ttl;
	int8_t direct; /* directly connected: 1, 0, -1 unknown */
	bool has_mac, has_mac_src, has_mac_next_hop;
	struct mac mac, mac_src, mac_next_hop;
	char ifname[32]; /* "" = no route information */
	uint32_t mtu;
	struct addr src; /* our address towards it; may be unset */
	double srtt_s, rttvar_s, timeout_s;
	const struct nse_hop *hops; /* traceroute; NULL = was not done */
	size_t nhops;
	const char *heard; /* JSON object or NULL; borrowed */
	struct nse_port *ports;
	size_t nports;
	bool timed_out; /* set by the engine: results of this host are void */
	void *user;	/* the submitter's */
};

enum nse_phase {
	PHASE_PRE,
	PHASE_SCAN,
	PHASE_POST
};

/* What one script run gave. Borrowed for the call. */
struct nse_result {
	struct nse_host *host; /* NULL for prerules and postrules */
	struct nse_port *port; /* NULL unless a portrule's */
	const char *id;
	const char *path;
	const char *sha256;
	const char *categories; /* comma separated */
	enum finding_rule rule;
	enum finding_status
	    status; /* only FINDING_OK and FINDING_ERROR have text */
	struct wall started, ended;
	const char *text; /* NSE's text; may hold any octet */
	size_t text_len;
	const char *xml;   /* the content of <script> as nse-core §7.4; NULL
			     without structure */
	const char *json;  /* the structure as JSON; NULL without structure */
	const char *error; /* why it failed; NULL when status is FINDING_OK */
	bool asked;	   /* it turned to the network */
};

struct nse_group {
	enum nse_phase phase;
	struct selection *selection; /* borrowed until done */
	struct nse_host *hosts;	     /* PHASE_SCAN only */
	size_t nhosts;
	const char
	    *script_args;    /* instead of the engine's; NULL = the engine's */
	const char *ifname;  /* as -e, for this group; NULL = the engine's */
	bool confirm;	     /* ports are guesses: connect to TCP ones first */
	uint64_t target_id;  /* for audits */
	int64_t deadline_ms; /* 0 = none */
	void *arg;
	/* Everything below is called from the loop, never from
	 * engine_group_submit; result may be NULL. */
	void (*result)(void *arg, const struct nse_result *r);
	void (*runlevel)(
	    void *arg, unsigned level, unsigned levels, bool begin);
	void (*done)(
	    void *arg, enum target_status status, uint32_t scripts_run);
};

/**
 * Choose scripts by @p rules (each as one --script argument) and load them. @p
 * version adds the rule "version". Returns 0 or ES_E(FORMAT)/ES_E(SYS) with
 * NSE's own message in @p eb; the whole text goes to the output callback.
 */
int engine_select(struct engine *e, const char *const *rules, size_t nrules,
    bool version, struct selection **out, struct errbuf *eb) ES_MUST_CHECK;
void selection_free(struct selection *s);
unsigned selection_count(const struct selection *s);
/** Is there a rule for this phase (hostrule or portrule for PHASE_SCAN)? */
bool selection_has_phase(const struct selection *s, enum nse_phase phase);
bool selection_has_category(const struct selection *s, const char *category);

/** Visit the chosen scripts in the order in which they would be loaded. @p categories: comma separated. */
void selection_each(const struct selection *s,
    void (*visit)(
	void *arg, const char *id, const char *path, const char *categories),
    void *arg);

/** --script-help: text or XML of nse-core §3.4 into @p out. */
int selection_help(
    struct selection *s, bool xml, struct buf *out) ES_MUST_CHECK;
/** --script-updatedb. */
int engine_update_db(struct engine *e, struct errbuf *eb) ES_MUST_CHECK;

/** Start a group (the struct is copied, what it points to is not). */
int engine_group_submit(
    struct engine *e, const struct nse_group *g) ES_MUST_CHECK;

/** The next expression that a script gave to add_targets; false when there is
 * none. */
bool engine_next_target(struct engine *e, char out[static 1024]);

struct nse_progress {
	unsigned running, waiting;
	uint64_t started, finished;
	uint64_t expected; /* threads of this runlevel as far as known */
};

/** Of all groups under way. */
void engine_progress(const struct engine *e, struct nse_progress *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: what `earshot scan` does once its command line is understood: prerules, then group after group of hosts
 * (who is there, which ports are open, what do scripts say), then postrules; and the report of all that.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "engine/scan/ports.h"
#include "engine/scan/report.h"
#include "sensor/base/attrs.h"

struct selection;

struct scan_options {
	struct engine_options engine;
	/* Each as one --script; none = no script scan. */
	const char *const *scripts;
	size_t nscripts;
	/* Expressions. */
	const char *const *targets;
	size_t ntargets;
	const char *target_file; /* -iL, or NULL */
	const char *exclude;	 /* --exclude, or NULL */
	struct port_choice ports;
	/* Its port lists and netdb are set by the scan. */
	struct report_options report;
	bool no_ports;	   /* -sn */
	bool ping;	   /* find out who is there first; off with -Pn */
	bool resolve;	   /* reverse DNS; off with -n */
	unsigned parallel; /* of port probes; 0 = the timing's */
	unsigned tries;	   /* of one port probe; 0 = the timing's */
	unsigned max_rate; /* contacts a second; 0 = no limit */
	size_t group_min;  /* hosts scanned together; 0 = as fits */
	size_t group_max;
	bool progress; /* a progress line on standard error */
	/* Set when the user has had enough. */
	const volatile sig_atomic_t *stop;
};

enum scan_outcome {
	SCAN_COMPLETE,
	SCAN_INTERRUPTED
};

/** Do it all. Returns an outcome, or a negative code with the reason in @p eb. */
int scan_run(
    const struct scan_options *options, struct errbuf *eb) ES_MUST_CHECK;

/** --script-help to standard output, or as XML to the report's XML file. Returns 0 or a negative code. */
int scan_script_help(
    const struct scan_options *options, struct errbuf *eb) ES_MUST_CHECK;

/** --script-updatedb. */
int scan_update_db(
    const struct scan_options *options, struct errbuf *eb) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what `earshot scan` says, in Nmap's forms: normal text on the terminal and in -oN, XML in -oX.
 *
 * The scan's phases call it in order: begin, tasks and script blocks and hosts as they come, end. Nothing here looks
 * at the network.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "engine/group.h"
#include "engine/scan/host.h"
#include "sensor/base/attrs.h"

struct netdb;

/* What one script run gave, kept until its host is printed. */
struct script_result {
	char *id;
	char *text;
	size_t len;
	char *xml; /* content of <script>, NULL without structure */
};

struct script_results {
	struct script_result *items;
	size_t count;
};

/** Keep a copy. Returns 0 or ES_E(NOMEM). */
int script_results_add(
    struct script_results *list, const struct nse_result *result) ES_MUST_CHECK;
/** By id, which is the order of printing. */
void script_results_sort(struct script_results *list);
void script_results_fini(struct script_results *list);

/* One host with all that is printed of it. */
struct scan_record {
	struct scan_host probe;
	struct nse_host *nse;		 /* its ports are those with a record */
	struct script_results scripts;	 /* of hostrules */
	struct script_results *per_port; /* parallel to nse->ports */
};

struct report_options {
	const char *
	    normal_file; /* NULL = none, "-" = instead of the terminal's text */
	const char *xml_file;
	int verbosity;
	int debugging;
	bool reason; /* --reason */
	bool open_only;
	bool connect, udp; /* which port scans are done */
	const struct port_list *tcp, *udp_ports;
	struct netdb *netdb;
	const char *args; /* the command line */
};

struct report {
	struct report_options opt;
	FILE *screen; /* NULL = quiet */
	FILE *normal;
	FILE *xml;
	struct wall started;
	size_t up, down;
};

enum report_block {
	BLOCK_PRE,
	BLOCK_POST
};

/** Where text for a person goes: NULL when a report takes standard output. */
FILE *report_screen(const struct report_options *options);

/** Open the files and write the heads. Returns 0 or ES_E(SYS) with the file named in @p eb. */
int report_begin(struct report *r, const struct report_options *options,
    struct errbuf *eb) ES_MUST_CHECK;

/** A line for the terminal, and with @p file for -oN too. */
void report_line(struct report *r, bool file, const char *fmt, ...)
    ES_PRINTF(3, 4);

/** A step begins or ends; shown with -v only. @p extra may be NULL. */
void report_task_begin(struct report *r, const char *task);
void report_task_end(
    struct report *r, const char *task, struct wall began, const char *extra);

void report_host(struct report *r, struct scan_record *host);
void report_block(
    struct report *r, enum report_block which, struct script_results *scripts);

/** A target expression that could not be used. */
void report_bad_target(struct report *r, const char *expression);

/** The summary. Returns 0, or ES_E(SYS) when a file could not be written. */
int report_end(
    struct report *r, bool interrupted, struct errbuf *eb) ES_MUST_CHECK;

/* ---- for the report files only ------------------------------------------- */

/* One scanned port after another, in order of protocol and number, with its record if it has one. */
struct port_walk {
	const struct report_options *opt;
	const struct scan_record *host;
	size_t at;     /* over both port lists */
	size_t record; /* next of nse->ports */
	uint8_t proto;
	uint16_t number;
	uint8_t state;
	uint8_t ttl;
	const char *reason;
	const struct nse_port *port;	      /* NULL: no record */
	const struct script_results *scripts; /* NULL: no record */
};

struct port_walk port_walk_begin(
    const struct report_options *opt, const struct scan_record *host);
bool port_walk_next(struct port_walk *w);

/* Ports that are counted rather than listed, of one state, protocol and reason. */
struct fold {
	uint8_t state;
	uint8_t proto;
	const char *reason;
	unsigned count;
};

#define FOLDS_MAX 32

struct folds {
	bool folded[PORT_CLOSED_FILTERED + 1]; /* by state */
	unsigned total;			       /* scanned ports */
	unsigned hidden;
	struct fold rows[FOLDS_MAX];
	size_t count;
};

void folds_of(const struct report_options *opt, const struct scan_record *host,
    struct folds *out);

void report_xml_begin(struct report *r);
void report_xml_host(struct report *r, const struct scan_record *host);
void report_xml_scripts(struct report *r, const struct script_results *s);
void report_xml_end(
    struct report *r, double elapsed_s, const char *summary, bool interrupted);
void report_normal_host(
    const struct report *r, FILE *to, const struct scan_record *host);
void report_normal_scripts(FILE *to, const struct script_results *s);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_args: the command line of `earshot scan`, which is Nmap's where the words mean the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/scan/scan.h"
#include "sensor/base/attrs.h"
#include "sensor/base/err.h"

struct string_list {
	const char **items; /* borrowed strings */
	size_t count;
};

struct scan_args {
	struct scan_options options; /* all but data folders and privilege */
	struct string_list scripts;
	struct string_list targets;
	struct string_list datadirs;
	const char *config;
	char *command_line; /* as typed, for the reports */
	bool help;
	bool script_help;
	bool update_db;
	int privileged; /* 1, 0 = told so; -1 = as it is */
};

/**
 * Read the command line (argv[0] is "scan"). Everything points into argv but the lists and command_line, which
 * scan_args_fini releases. Returns 0, ES_E(FORMAT) with the reason in @p eb, or ES_E(NOMEM).
 */
int scan_args_read(struct scan_args *a, int argc, char **argv,
    struct errbuf *eb) ES_MUST_CHECK;
void scan_args_fini(struct scan_args *a);

/** Usage and every option, on standard output. */
void scan_args_help(void);

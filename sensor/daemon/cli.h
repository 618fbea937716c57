/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: what a command of earshot is, and what all commands share: options, help, exit codes, messages.
 *
 * A command is one file cmd_NAME.c that defines `const struct command command_NAME`, and one row in commands.def.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/base/attrs.h"
#include "sensor/base/err.h"

/* Exit codes (man page, "EXIT STATUS"). */
enum cli_exit {
	CLI_OK = 0,
	CLI_RUNTIME = 1,   /* something failed */
	CLI_USAGE = 2,	   /* wrong command line */
	CLI_CONFIG = 3,	   /* wrong configuration */
	CLI_CONDITION = 4, /* a condition that was asked for is met */
	CLI_PARTIAL =
	    5 /* done, but not all of it: a cut capture, lost events */
};

/* Rows of a command's own options; -c, --json and --help are everybody's. A row without a name ends the table. */
struct cli_option {
	const char *name;
	char letter;	 /* 0 = none */
	const char *arg; /* name of its value in the help; NULL = a flag */
	const char *help;
};

struct command {
	const char *name;
	const char *summary;
	const char *operands;		  /* "FILE|-"; NULL = none */
	const struct cli_option *options; /* NULL = only everybody's */
	/* argv[0] is the command's name. Returns an enum cli_exit. */
	int (*run)(int argc, char **argv);
};

/* Commands in table order; ends with NULL. */
extern const struct command *const commands[];
const struct command *command_find(const char *name);

#define CLI_OPTIONS_MAX 32

/* Reading one command line. */
struct cli {
	const struct command *command;
	int argc;
	char **argv;
	const char *config; /* -c; NULL = not given */
	bool json;
	int first; /* index of the first operand, once cli_next returned CLI_END */
};

enum {
	CLI_END = -1,
	CLI_WRONG = -2, /* said on standard error: return CLI_USAGE */
	CLI_HELP = -3	/* printed: return CLI_OK */
};

void cli_init(
    struct cli *c, const struct command *command, int argc, char **argv);

/** The next of the command's own options: its row in the table, with its value in @p value; or CLI_ above. */
int cli_next(struct cli *c, const char **value);

/**
 * For commands without options of their own: read everything, and check that at most @p max operands follow.
 * Returns CLI_END, CLI_WRONG or CLI_HELP.
 */
int cli_read(struct cli *c, int max);

/** Exit code for CLI_WRONG and CLI_HELP. */
int cli_stop(int what);

/** Usage and options of one command, from its table, on standard output. */
void cli_help(const struct command *command);

/** "earshot: TEXT" on standard error; returns @p code. */
int cli_fail(enum cli_exit code, const char *fmt, ...) ES_PRINTF(2, 3);

/** Exit code that belongs to a failure: CLI_CONFIG for ES_E(CONFIG), else CLI_RUNTIME. Says @p eb. */
int cli_fail_with(int rc, const struct errbuf *eb);

struct config;

/** Read the configuration that -c names (or the default place's, when there is one) and set the log up. */
int cli_config(
    const char *file, struct config *out, struct errbuf *eb) ES_MUST_CHECK;

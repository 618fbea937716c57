/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot help [COMMAND]: from the command table.
 */
#include <stdio.h>

#include "sensor/daemon/cli.h"

static void
list(void)
{
	size_t i;

	printf("earshot hears hosts and services on the wire, asks those it "
	       "may, and tells what it learned.\n\n"
	       "usage: earshot COMMAND [options]\n\n");
	for (i = 0; commands[i] != NULL; i++)
		printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n'earshot help COMMAND' shows a command's options; "
	       "earshot(1) tells all.\n");
}

static int
run(int argc, char **argv)
{
	const struct command *about;
	struct cli c;
	int what;

	cli_init(&c, command_find("help"), argc, argv);
	what = cli_read(&c, 1);
	if (what != CLI_END)
		return cli_stop(what);
	if (c.first >= argc) {
		list();
		return CLI_OK;
	}
	about = command_find(argv[c.first]);
	if (about == NULL)
		return cli_fail(CLI_USAGE,
		    "'%s' is no command; see 'earshot help'", argv[c.first]);
	cli_help(about);
	return CLI_OK;
}

const struct command command_help = {
	.name = "help",
	.summary = "Show all commands, or the options of one",
	.operands = "[COMMAND]",
	.run = run,
};

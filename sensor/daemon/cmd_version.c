/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot version.
 */
#include <stdio.h>

#include "sensor/daemon/cli.h"

static int
run(int argc, char **argv)
{
	struct cli c;
	int what;

	cli_init(&c, command_find("version"), argc, argv);
	what = cli_read(&c, 0);
	if (what != CLI_END)
		return cli_stop(what);
	printf(c.json ? "{\"version\":\"%s\"}\n" : "earshot %s\n", ES_VERSION);
	return CLI_OK;
}

const struct command command_version = {
	.name = "version",
	.summary = "Print the version",
	.run = run,
};

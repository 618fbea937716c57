/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot: find the command, run it.
 */
#include <stdio.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/daemon/cli.h"

#define NEAR 3

static const char *
nearest(const char *word)
{
	const char *best = NULL;
	unsigned d, least = NEAR + 1;
	size_t i;

	for (i = 0; commands[i] != NULL; i++)
		if ((d = str_distance(word, commands[i]->name)) < least) {
			least = d;
			best = commands[i]->name;
		}
	return best;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	const char *name = argc > 1 ? argv[1] : "help";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	else if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		name = "version";
	command = command_find(name);
	if (command == NULL) {
		const char *meant = nearest(name);

		return cli_fail(CLI_USAGE,
		    "'%s' is no command%s%s%s; see 'earshot help'", name,
		    meant != NULL ? " (did you mean '" : "",
		    meant != NULL ? meant : "", meant != NULL ? "'?)" : "");
	}
	if (argc < 2)
		return command->run(1, argv);
	return command->run(argc - 1, argv + 1);
}

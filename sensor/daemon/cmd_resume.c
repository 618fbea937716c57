/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot resume: end a halt.
 */
#include "sensor/daemon/cli.h"
#include "sensor/daemon/halt.h"

static int
run(int argc, char **argv)
{
	return halt_command("resume", argc, argv, false);
}

const struct command command_resume = {
	.name = "resume",
	.summary = "End a halt",
	.run = run,
};

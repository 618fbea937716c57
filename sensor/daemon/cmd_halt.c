/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot halt: the kill switch.
 */
#include "sensor/daemon/cli.h"
#include "sensor/daemon/halt.h"

static int
run(int argc, char **argv)
{
	return halt_command("halt", argc, argv, true);
}

const struct command command_halt = {
	.name = "halt",
	.summary = "Silence all probing, now and after a restart",
	.run = run,
};

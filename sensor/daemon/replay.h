/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: a capture file through the same roles as `run`, on the packets' own clock. The hosts in somebody's capture
 * are not ours to touch: the engine takes part only when asked for.
 */
#pragma once

#include <stdbool.h>

#include "sensor/daemon/run.h"

struct replay_options {
	const char *file; /* "-" = standard input */
	bool facts;  /* print the neutral form of facts instead of events */
	bool probe;  /* ask what policy allows */
	bool single; /* all roles in this process */
	bool json;   /* events as ECS objects */
};

/** Returns an enum cli_exit. */
int replay_file(const struct replay_options *options, const struct run *run);

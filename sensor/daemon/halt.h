/* SPDX-License-Identifier: Apache-2.0 */
/*
 * halt: the kill switch as the commands halt and resume use it.
 */
#pragma once

#include <stdbool.h>

/** Tell the running sensor, or write it into the state folder for the next one. Returns an exit code. */
int halt_command(const char *command, int argc, char **argv, bool halted);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scripts: the script expression that goes to the engine.
 */
#pragma once

#include "sensor/base/buf.h"

/**
 * Append @p expression with the categories dos, exploit, brute, fuzzer and external taken out, unless it names them:
 *
 *	default,http-*		(default or http-*) and not (dos or exploit or brute or fuzzer or external)
 *	default,external	(default or external) and not (dos or exploit or brute or fuzzer)
 *	default,ssh-brute	(default) and not (...) or ssh-brute
 *
 * A script written out by its name is named, too; a pattern is not.
 */
void scripts_guard(const char *expression, struct buf *out);

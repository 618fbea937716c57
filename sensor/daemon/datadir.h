/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datadir: where earshot's own scripts/ and nselib/ are.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

/** The folder beside the installed binary (PREFIX/share/earshot), or above it in a source tree. False if neither. */
bool datadir_own(char out[static PATH_MAX]);

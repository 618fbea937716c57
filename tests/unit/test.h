/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every cmocka program here starts with.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ctest counts this exit code as "skipped"; the reason goes to standard output.
 */
#define TEST_SKIPPED 77

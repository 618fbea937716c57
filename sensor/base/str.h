/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that came from a network: made safe for a terminal, a log or JSON, in one place each.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/base/buf.h"

/** Copy @p src to @p dst (@p size with NUL), cut when too long. Returns true when all of it fitted. */
bool str_copy(char *dst, size_t size, const char *src);

/**
 * Write @p n octets for a person: printable text and valid UTF-8 stay; C0, C1, DEL, backslash, bidi controls and
 * invalid UTF-8 become \xNN of each octet. Output is valid UTF-8 without control characters.
 */
void str_vis(struct buf *out, const void *data, size_t n);

/** As str_vis into a fixed array, cut at a whole character; returns @p dst. */
char *str_vis_to(char *dst, size_t size, const void *data, size_t n);

/**
 * Length of the valid UTF-8 sequence at the start of @p s (RFC 3629: no surrogates, no overlong forms), 0 if
 * there is none; @p code (may be NULL) gets the code point.
 */
size_t str_utf8(const unsigned char *s, size_t n, unsigned *code);

/** Edit distance, for "did you mean". Strings over 63 octets count as far apart. */
unsigned str_distance(const char *a, const char *b);

/**
 * Parse a number with a unit: durations "10s" "5m" "2h" "1d" "250ms", sizes "64MiB" "1k", or plain.
 * Returns 0 or ES_E(FORMAT)/ES_E(RANGE); @p out is milliseconds, or octets.
 */
int str_duration_ms(const char *s, long long *out) ES_MUST_CHECK;
int str_size(const char *s, long long *out) ES_MUST_CHECK;

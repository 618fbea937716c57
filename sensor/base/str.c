/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text handling; see str.h. The escaping is vis(3) in spirit: reversible, and no octet from a wire reaches a
 * terminal as a control.
 */
#include "sensor/base/str.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

#define DISTANCE_MAX 63

bool
str_copy(char *dst, size_t size, const char *src)
{
	size_t n = strlen(src);
	bool fits = n < size;

	if (size == 0)
		return false;
	if (!fits)
		n = size - 1;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return fits;
}

size_t
str_utf8(const unsigned char *s, size_t n, unsigned *code)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned c;
	size_t len, i;

	if (n == 0)
		return 0;
	c = s[0];
	len = c < 0x80	 ? 1
	      : c < 0xc2 ? 0
	      : c < 0xe0 ? 2
	      : c < 0xf0 ? 3
	      : c < 0xf5 ? 4
			 : 0;
	if (len == 0 || len > n)
		return 0;
	if (len > 1)
		c &= 0x7fU >> len;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (len > 1 &&
	    (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)))
		return 0;
	if (code != NULL)
		*code = c;
	return len;
}

/* Controls, and what reorders or hides text on a screen. */
static bool
is_unsafe(unsigned c)
{
	return c < 0x20 || c == '\\' || (c >= 0x7f && c < 0xa0) ||
	       c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff;
}

/* One unit of visible text in out; returns how many octets of s it stands for. */
static size_t
vis_one(const unsigned char *s, size_t n, char out[static 8], size_t *outlen)
{
	unsigned code;
	size_t len = str_utf8(s, n, &code);

	if (len > 0 && !is_unsafe(code)) {
		memcpy(out, s, len);
		*outlen = len;
		return len;
	}
	*outlen = (size_t)snprintf(out, 8, "\\x%02X", s[0]);
	return 1;
}

void
str_vis(struct buf *out, const void *data, size_t n)
{
	const unsigned char *s = data;
	char unit[8];
	size_t len, used;

	for (; n > 0; s += used, n -= used) {
		used = vis_one(s, n, unit, &len);
		buf_put(out, unit, len);
	}
}

char *
str_vis_to(char *dst, size_t size, const void *data, size_t n)
{
	const unsigned char *s = data;
	char unit[8];
	size_t len, used, at = 0;

	for (; n > 0; s += used, n -= used) {
		used = vis_one(s, n, unit, &len);
		if (at + len >= size)
			break;
		memcpy(dst + at, unit, len);
		at += len;
	}
	if (size > 0)
		dst[at] = '\0';
	return dst;
}

unsigned
str_distance(const char *a, const char *b)
{
	unsigned row[DISTANCE_MAX + 1];
	size_t na = strlen(a), nb = strlen(b), i, j;

	if (na > DISTANCE_MAX || nb > DISTANCE_MAX)
		return DISTANCE_MAX;
	for (j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (j = 1; j <= nb; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

struct unit {
	const char *name;
	long long factor;
};

static int
parse_units(
    const char *s, const struct unit *units, size_t count, long long *out)
{
	char *end;
	double v;
	size_t i;

	errno = 0;
	v = strtod(s, &end);
	if (end == s || errno != 0)
		return ES_E(FORMAT);
	while (*end == ' ')
		end++;
	for (i = 0; i < count; i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		v *= (double)units[i].factor;
		if (!(v >= 0 && v < 9e18))
			return ES_E(RANGE);
		*out = (long long)v;
		return 0;
	}
	return ES_E(FORMAT);
}

int
str_duration_ms(const char *s, long long *out)
{
	static const struct unit units[] = { { "", 1000 }, { "ms", 1 },
		{ "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 } };

	return parse_units(s, units, ES_ARRAY_LEN(units), out);
}

int
str_size(const char *s, long long *out)
{
	static const struct unit units[] = { { "", 1 }, { "k", 1000 },
		{ "KiB", 1 << 10 }, { "MB", 1000000 }, { "MiB", 1 << 20 },
		{ "GB", 1000000000 }, { "GiB", 1 << 30 } };

	return parse_units(s, units, ES_ARRAY_LEN(units), out);
}

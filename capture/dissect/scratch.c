/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts in the scratch arena; see scratch.h.
 */
#include "capture/dissect/scratch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text
scratch_text(struct dissect_ctx *ctx, const void *data, size_t len)
{
	uint8_t *p = len == 0 ? NULL : dissect_scratch(ctx, len);

	if (p == NULL)
		return text_of(NULL, 0);
	memcpy(p, data, len);
	return text_of(p, len);
}

struct text
scratch_printf(struct dissect_ctx *ctx, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(line))
		n = (int)sizeof(line) - 1;
	return scratch_text(ctx, line, (size_t)n);
}

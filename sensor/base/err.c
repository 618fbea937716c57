/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error codes and their texts; see err.h for the convention.
 */
#include "sensor/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const texts[] = {
	"success",
#define ES_ERR(name, text) text,
#include "sensor/base/err.def"
#undef ES_ERR
};

const char *
err_text(int code)
{
	int i = code < 0 ? -code : code;

	return i < ES_ERR_MAX ? texts[i] : "unknown error";
}

int
err_set(struct errbuf *eb, int code, const char *fmt, ...)
{
	va_list ap;

	if (eb == NULL)
		return code;
	va_start(ap, fmt);
	vsnprintf(eb->text, sizeof(eb->text), fmt, ap);
	va_end(ap);
	return code;
}

int
err_sys(struct errbuf *eb, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	int n;

	if (eb == NULL)
		return ES_E(SYS);
	va_start(ap, fmt);
	n = vsnprintf(eb->text, sizeof(eb->text), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(eb->text))
		snprintf(eb->text + n, sizeof(eb->text) - (size_t)n, ": %s",
		    strerror(saved));
	return ES_E(SYS);
}

void
err_bug(const char *file, int line, const char *func, const char *cond)
{
	fprintf(
	    stderr, "earshot: bug: %s:%d: %s: %s\n", file, line, func, cond);
	abort();
}

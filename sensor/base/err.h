/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error convention: functions that can fail return 0 or a negative ES_E code from err.def. Failures that an
 * operator will read add text in a caller-owned errbuf. Hostile input is never an error: it is a verdict and a
 * counter (see docs/architecture.md, "Three kinds of trouble").
 */
#pragma once

#include "sensor/base/attrs.h"

enum es_errno {
	ES_OK = 0,
#define ES_ERR(name, text) ES_ERR_##name,
#include "sensor/base/err.def"
#undef ES_ERR
	ES_ERR_MAX
};

#define ES_E(name) (-(int)ES_ERR_##name)

/* Text for a person, kept by the caller; no allocation. */
struct errbuf {
	char text[256];
};

/** Short text of a code returned by any function here; never NULL. */
const char *err_text(int code);

/** Fill @p eb (may be NULL) with a formatted text and return @p code, so that callers can `return err_set(...)`. */
int err_set(struct errbuf *eb, int code, const char *fmt, ...) ES_PRINTF(3, 4);

/** As err_set, with ": " and strerror(errno) added. */
int err_sys(struct errbuf *eb, const char *fmt, ...) ES_PRINTF(2, 3);

/** A bug, not an input: print where, then abort. Always on. */
#define es_require(cond)                                                       \
	do {                                                                   \
		if (ES_UNLIKELY(!(cond)))                                      \
			err_bug(__FILE__, __LINE__, __func__, #cond);          \
	} while (0)

#ifdef NDEBUG
#define es_assert(cond) ((void)0)
#else
#define es_assert(cond) es_require(cond)
#endif

ES_NORETURN void err_bug(
    const char *file, int line, const char *func, const char *cond);

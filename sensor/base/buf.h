/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: octets being written. Grows up to a limit that its owner sets; past it, or without memory, the buffer is
 * marked bad (sticky, as in cursor) and later writes do nothing, so a writer asks once at the end.
 * The integers are network order: the counterpart of cursor.h for our own messages.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sensor/base/attrs.h"

struct buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;
	bool bad;
};

/** An empty buffer that may hold @p max octets. Nothing is allocated yet. */
void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);

/** Forget the content and the error; keep the memory. */
void buf_reset(struct buf *b);

/** Room for @p n more octets, which the caller must fill; NULL when the buffer is (now) bad. */
void *buf_extend(struct buf *b, size_t n);

/** As buf_extend; inline, because every message is written by a few octets at a time. */
static inline uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (ES_LIKELY(!b->bad && b->cap - b->len > n && b->max - b->len >= n)) {
		b->len += n;
		return b->data + b->len - n;
	}
	return buf_extend(b, n);
}

static inline void
buf_put(struct buf *b, const void *data, size_t n)
{
	uint8_t *p = n == 0 ? NULL : buf_room(b, n);

	if (p != NULL)
		memcpy(p, data, n);
}

static inline void
buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

static inline void
buf_be16(struct buf *b, uint16_t v)
{
	uint8_t o[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	buf_put(b, o, sizeof(o));
}

static inline void
buf_be32(struct buf *b, uint32_t v)
{
	uint8_t o[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
		(uint8_t)(v >> 8), (uint8_t)v };

	buf_put(b, o, sizeof(o));
}

static inline void
buf_be64(struct buf *b, uint64_t v)
{
	buf_be32(b, (uint32_t)(v >> 32));
	buf_be32(b, (uint32_t)v);
}

/** A string without its NUL. */
void buf_str(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *fmt, ...) ES_PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) ES_PRINTF(2, 0);

/** The content as a C string: adds a NUL behind the content (not counted in len). "" when bad. */
const char *buf_cstr(struct buf *b);

/** Drop @p n octets from the front. */
void buf_consume(struct buf *b, size_t n);

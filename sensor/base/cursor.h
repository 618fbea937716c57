/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor: the only code that reads octets from the wire.
 *
 * A cursor is a borrowed range with a sticky error. Every getter checks the bounds; one that would pass the end
 * reads as zero, moves nothing and marks the cursor bad. So a parser reads a whole header and asks once:
 *
 *	uint16_t type = cur_be16(&cur);
 *	struct cursor body = cur_sub(&cur, cur_be16(&cur));
 *	if (cur_bad(&cur))
 *		return VERDICT_TRUNCATED;
 *
 * Multi-octet getters take network order unless named le. Nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "sensor/base/attrs.h"

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline struct cursor
cur_new(const void *data, size_t len)
{
	const uint8_t *p = data;

	return (struct cursor){ .at = p, .end = p == NULL ? p : p + len };
}

/** Octets left; 0 once bad. */
static inline size_t
cur_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->at);
}

static inline bool
cur_bad(const struct cursor *c)
{
	return c->bad;
}

/** Claim @p n octets: a pointer to them, or NULL and the cursor is bad. */
static inline const uint8_t *
cur_take(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (ES_UNLIKELY(c->bad || (size_t)(c->end - c->at) < n)) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return p;
}

static inline void
cur_skip(struct cursor *c, size_t n)
{
	(void)cur_take(c, n);
}

static inline uint8_t
cur_u8(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 1);

	return p == NULL ? 0 : p[0];
}

static inline uint16_t
cur_be16(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 2);

	return (uint16_t)(p == NULL ? 0 : p[0] << 8 | p[1]);
}

static inline uint32_t
cur_be24(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 3);

	return p == NULL ? 0
			 : (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 |
			       (uint32_t)p[2];
}

static inline uint32_t
cur_be32(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);

	return p == NULL ? 0
			 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
			       (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline uint64_t
cur_be64(struct cursor *c)
{
	uint64_t hi = cur_be32(c);

	return hi << 32 | cur_be32(c);
}

static inline uint16_t
cur_le16(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 2);

	return (uint16_t)(p == NULL ? 0 : p[1] << 8 | p[0]);
}

static inline uint32_t
cur_le32(struct cursor *c)
{
	const uint8_t *p = cur_take(c, 4);

	return p == NULL ? 0
			 : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
			       (uint32_t)p[1] << 8 | (uint32_t)p[0];
}

static inline uint64_t
cur_le64(struct cursor *c)
{
	uint64_t lo = cur_le32(c);

	return lo | (uint64_t)cur_le32(c) << 32;
}

/** Copy @p n octets to @p dst; zeroes it when they are not there. */
static inline void
cur_copy(struct cursor *c, void *dst, size_t n)
{
	const uint8_t *p = cur_take(c, n);

	if (p == NULL)
		memset(dst, 0, n);
	else
		memcpy(dst, p, n);
}

/** A cursor over the next @p n octets, which are skipped here. Bad (and empty) when they are not all there. */
static inline struct cursor
cur_sub(struct cursor *c, size_t n)
{
	const uint8_t *p = cur_take(c, n);

	if (p == NULL)
		return (
		    struct cursor){ .at = c->end, .end = c->end, .bad = true };
	return (struct cursor){ .at = p, .end = p + n };
}

/** As cur_sub, but takes what is left when there is less than @p n: for lengths that a snaplen may have cut. */
static inline struct cursor
cur_sub_upto(struct cursor *c, size_t n)
{
	size_t left = cur_left(c);

	return cur_sub(c, n < left ? n : left);
}

/** The octet at @p off from here, without moving; -1 past the end. */
static inline int
cur_peek(const struct cursor *c, size_t off)
{
	return off < cur_left(c) ? c->at[off] : -1;
}

/** True when the next octets are @p s (a literal of @p n octets); does not move. */
static inline bool
cur_starts(const struct cursor *c, const char *s, size_t n)
{
	return cur_left(c) >= n && memcmp(c->at, s, n) == 0;
}

#define CUR_STARTS(c, lit) cur_starts((c), (lit), sizeof(lit) - 1)

/**
 * Take one line, without its CR LF or LF. Returns false (and moves nothing) when no LF is left, unless
 * @p partial, where the rest counts as a line.
 */
bool cur_line(struct cursor *c, bool partial, struct cursor *line);

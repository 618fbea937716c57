/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ranges: which parts of a buffer are filled, as a few sorted ranges that do not touch. TCP reassembly and
 * defragmentation both stand on it, and both let the octets win that came first.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct range {
	uint32_t from;
	uint32_t to;
};

/**
 * Copy @p src to @p data at [from, to), except where @p items say that something is already. Returns true when
 * some of it was.
 */
bool ranges_fill(const struct range *items, uint32_t count, uint8_t *data,
    struct range at, const uint8_t *src);

/** Add @p at; false (and nothing changes) when there would be more than @p max. */
bool ranges_add(
    struct range *items, uint32_t *count, uint32_t max, struct range at);

/** Remove item @p i. */
void ranges_remove(struct range *items, uint32_t *count, uint32_t i);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorted ranges; see ranges.h.
 */
#include "capture/flow/ranges.h"

#include <string.h>

bool
ranges_fill(const struct range *items, uint32_t count, uint8_t *data,
    struct range at, const uint8_t *src)
{
	uint32_t from = at.from;
	bool overlap = false;

	for (uint32_t i = 0; i < count && from < at.to; i++) {
		const struct range *r = &items[i];

		if (r->to <= from)
			continue;
		if (r->from > from) {
			uint32_t end = r->from < at.to ? r->from : at.to;

			memcpy(data + from, src + (from - at.from), end - from);
		}
		overlap |= r->from < at.to;
		from = r->to;
	}
	if (from < at.to)
		memcpy(data + from, src + (from - at.from), at.to - from);
	return overlap;
}

void
ranges_remove(struct range *items, uint32_t *count, uint32_t i)
{
	(*count)--;
	memmove(&items[i], &items[i + 1], (*count - i) * sizeof(items[0]));
}

bool
ranges_add(struct range *items, uint32_t *count, uint32_t max, struct range at)
{
	uint32_t i = 0;
	uint32_t end;

	while (i < *count && items[i].to < at.from)
		i++;
	end = i;
	while (end < *count && items[end].from <= at.to)
		end++;
	if (end == i && *count == max)
		return false;
	if (end > i) {
		if (items[i].from < at.from)
			at.from = items[i].from;
		if (items[end - 1].to > at.to)
			at.to = items[end - 1].to;
	}
	memmove(&items[i + 1], &items[end], (*count - end) * sizeof(items[0]));
	*count = *count - (end - i) + 1;
	items[i] = at;
	return true;
}

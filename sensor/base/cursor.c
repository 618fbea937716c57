/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of cursor.h that are too long to be inline.
 */
#include "sensor/base/cursor.h"

bool
cur_line(struct cursor *c, bool partial, struct cursor *line)
{
	size_t left = cur_left(c);
	const uint8_t *nl = left == 0 ? NULL : memchr(c->at, '\n', left);
	size_t n;

	if (nl == NULL && (!partial || left == 0))
		return false;
	n = nl == NULL ? left : (size_t)(nl - c->at);
	*line = cur_new(c->at, n);
	cur_skip(c, nl == NULL ? n : n + 1);
	if (n > 0 && line->at[n - 1] == '\r')
		line->end--;
	return true;
}

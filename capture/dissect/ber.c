/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BER elements; see ber.h.
 */
#include "capture/dissect/ber.h"

#define LENGTH_OCTETS_MAX 4
#define SPAN_MAX 0x1000000

/* Read the header; false when it breaks (cur is bad when it merely ends). */
static bool
header(struct cursor *cur, uint8_t *tag, uint32_t *len)
{
	uint8_t first;

	*tag = cur_u8(cur);
	first = cur_u8(cur);
	*len = first;
	if ((*tag & 0x1f) == 0x1f)
		return false; /* tags of several octets */
	if (first < 0x80)
		return !cur_bad(cur);
	if (first == 0x80 || (first & 0x7f) > LENGTH_OCTETS_MAX)
		return false; /* indefinite */
	*len = 0;
	for (unsigned i = first & 0x7f; i > 0; i--)
		*len = *len << 8 | cur_u8(cur);
	return !cur_bad(cur);
}

bool
ber_take(struct cursor *cur, uint8_t *tag, struct cursor *body)
{
	uint32_t len;

	if (!header(cur, tag, &len))
		return false;
	*body = cur_sub(cur, len);
	return !cur_bad(cur);
}

bool
ber_expect(struct cursor *cur, uint8_t tag, struct cursor *body)
{
	uint8_t got;

	return cur_peek(cur, 0) == tag && ber_take(cur, &got, body);
}

bool
ber_uint(struct cursor *cur, uint32_t *value)
{
	struct cursor body;

	*value = 0;
	if (!ber_expect(cur, BER_INTEGER, &body) || cur_left(&body) == 0 ||
	    cur_left(&body) > 4 || (cur_peek(&body, 0) & 0x80) != 0)
		return false;
	while (cur_left(&body) > 0)
		*value = *value << 8 | cur_u8(&body);
	return true;
}

long
ber_span(struct cursor cur)
{
	const uint8_t *start = cur.at;
	uint32_t len;
	uint8_t tag;

	if (!header(&cur, &tag, &len))
		return cur_bad(&cur) ? 0 : -1;
	return len > SPAN_MAX ? -1 : (long)len + (long)(cur.at - start);
}

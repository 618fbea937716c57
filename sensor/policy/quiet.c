/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quiet hours; see quiet.h.
 */
#include "sensor/policy/quiet.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* "hh:mm" at @p s; 24:00 ends a day. Returns the octets taken, 0 when it is none. */
static size_t
parse_minute(const char *s, uint16_t *out)
{
	unsigned hour, minute;
	int used = 0;

	if (sscanf(s, "%2u:%2u%n", &hour, &minute, &used) != 2 || hour > 24 ||
	    minute > 59 || (hour == 24 && minute > 0))
		return 0;
	*out = (uint16_t)(hour * 60 + minute);
	return (size_t)used;
}

static size_t
parse_span(const char *s, struct quiet_span *span)
{
	size_t a = parse_minute(s, &span->from), b;

	if (a == 0 || s[a] != '-')
		return 0;
	b = parse_minute(s + a + 1, &span->to);
	return b == 0 || span->from == span->to ? 0 : a + 1 + b;
}

int
quiet_parse(const char *text, struct quiet *out, struct errbuf *eb)
{
	const char *at = text;

	memset(out, 0, sizeof(*out));
	while (at != NULL && at[0] != '\0') {
		size_t n = 0;

		if (out->count < QUIET_MAX)
			n = parse_span(at, &out->spans[out->count++]);
		if (n == 0 || (at[n] != ',' && at[n] != '\0'))
			return err_set(eb, ES_E(CONFIG),
			    "quiet hours \"%s\": write them as 22:00-06:00, at "
			    "most %d, separated by commas",
			    text, QUIET_MAX);
		at += n + (at[n] == ',');
	}
	return 0;
}

const struct quiet_span *
quiet_at(const struct quiet *q, struct wall now)
{
	time_t s = (time_t)(now.ns / NS_PER_S);
	struct tm tm;
	unsigned minute, i;

	if (q->count == 0 || localtime_r(&s, &tm) == NULL)
		return NULL;
	minute = (unsigned)(tm.tm_hour * 60 + tm.tm_min);
	for (i = 0; i < q->count; i++) {
		const struct quiet_span *span = &q->spans[i];
		bool over = span->to < span->from;

		if (over ? minute >= span->from || minute < span->to
			 : minute >= span->from && minute < span->to)
			return span;
	}
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks; see mono.h. The only callers of clock_gettime.
 */
#include "sensor/base/mono.h"

#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

struct mono
mono_now(void)
{
	return (struct mono){ read_clock(CLOCK_MONOTONIC) };
}

struct wall
wall_now(void)
{
	return (struct wall){ read_clock(CLOCK_REALTIME) };
}

char *
wall_fmt(struct wall w, char out[static WALL_TEXT])
{
	int64_t rest = w.ns % NS_PER_S;
	time_t s = (time_t)(w.ns / NS_PER_S);
	struct tm tm;

	if (rest < 0) {
		rest += NS_PER_S;
		s--;
	}
	if (gmtime_r(&s, &tm) == NULL || tm.tm_year > 8099 ||
	    tm.tm_year < -1900) {
		s = 0;
		rest = 0;
		gmtime_r(&s, &tm);
	}
	snprintf(out, WALL_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ",
	    (tm.tm_year + 1900) % 10000, (tm.tm_mon + 1) % 100,
	    tm.tm_mday % 100, tm.tm_hour % 100, tm.tm_min % 100,
	    tm.tm_sec % 100, (int)(rest / NS_PER_US) % 1000000);
	return out;
}

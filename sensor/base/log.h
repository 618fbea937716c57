/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log: one line a record to standard error; the level names are syslog's.
 *
 * Call with a subsystem literal, a lower-case sentence without a full stop, then key=value pairs:
 *	log_warn("flow", "table full, evicting the oldest cap=%u", cap);
 * The whole line goes through str_vis, so nothing from a wire can forge a line or reach a terminal. Nothing that a
 * packet can cause logs above debug: that is what counters are for.
 *
 * The level, the format and the role name are the one piece of process-wide state, set once at start-up.
 */
#pragma once

#include "sensor/base/attrs.h"

enum log_level {
	LOG_LEVEL_ERR = 3,
	LOG_LEVEL_WARN = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7
};

enum log_format {
	LOG_TEXT, /* "earshot[engine]: warn: flow: ..." */
	LOG_JSON  /* one ECS object a line */
};

/** Set at start-up and after a fork. @p role is borrowed for ever (a literal). */
void log_setup(enum log_level level, enum log_format format, const char *role);
enum log_level log_level(void);

void log_at(enum log_level level, const char *subsystem, const char *fmt, ...)
    ES_PRINTF(3, 4);

#define log_err(...) log_at(LOG_LEVEL_ERR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...) log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                         \
	do {                                                                   \
		if (log_level() >= LOG_LEVEL_DEBUG)                            \
			log_at(LOG_LEVEL_DEBUG, __VA_ARGS__);                  \
	} while (0)

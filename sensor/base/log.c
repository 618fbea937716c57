/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logging to standard error; see log.h. A record is built in one array on the stack and written by one write(2),
 * so lines of several processes do not mix.
 */
#include "sensor/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/mono.h"
#include "sensor/base/str.h"

#define RECORD_MAX 2048

static struct {
	enum log_level level;
	enum log_format format;
	const char *role;
} state = { LOG_LEVEL_NOTICE, LOG_TEXT, "" };

void
log_setup(enum log_level level, enum log_format format, const char *role)
{
	state.level = level;
	state.format = format;
	state.role = role;
}

enum log_level
log_level(void)
{
	return state.level;
}

static const char *
level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERR:
		return "error";
	case LOG_LEVEL_WARN:
		return "warning";
	case LOG_LEVEL_NOTICE:
		return "notice";
	case LOG_LEVEL_INFO:
		return "info";
	case LOG_LEVEL_DEBUG:
		return "debug";
	}
	return "?";
}

/* JSON string content of text that str_vis has made safe: only the quote and the backslash are left to escape. */
static size_t
json_escape(char *dst, size_t size, const char *s)
{
	size_t at = 0;

	for (; *s != '\0' && at + 2 < size; s++) {
		if (*s == '"' || *s == '\\')
			dst[at++] = '\\';
		dst[at++] = *s;
	}
	dst[at] = '\0';
	return at;
}

static int
format_json(char *out, size_t size, enum log_level level, const char *subsystem,
    const char *text)
{
	char escaped[RECORD_MAX], when[WALL_TEXT];

	json_escape(escaped, sizeof(escaped), text);
	return snprintf(out, size,
	    "{\"@timestamp\":\"%s\",\"log.level\":\"%s\","
	    "\"log.logger\":\"%s\",\"process.name\":\"earshot%s%s\","
	    "\"message\":\"%s\"}\n",
	    wall_fmt(wall_now(), when), level_name(level), subsystem,
	    state.role[0] != '\0' ? "-" : "", state.role, escaped);
}

static int
format_text(char *out, size_t size, enum log_level level, const char *subsystem,
    const char *text)
{
	if (state.role[0] == '\0')
		return snprintf(out, size, "earshot: %s: %s: %s\n",
		    level_name(level), subsystem, text);
	return snprintf(out, size, "earshot[%s]: %s: %s: %s\n", state.role,
	    level_name(level), subsystem, text);
}

void
log_at(enum log_level level, const char *subsystem, const char *fmt, ...)
{
	char raw[RECORD_MAX / 2], text[RECORD_MAX], line[2 * RECORD_MAX];
	va_list ap;
	ssize_t done;
	int n;

	if (level > state.level)
		return;
	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	str_vis_to(text, sizeof(text), raw, strlen(raw));
	n = state.format == LOG_JSON
		? format_json(line, sizeof(line), level, subsystem, text)
		: format_text(line, sizeof(line), level, subsystem, text);
	if (n < 0)
		return;
	if ((size_t)n >= sizeof(line)) {
		n = (int)sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	done = write(STDERR_FILENO, line, (size_t)n);
	(void)done;
}

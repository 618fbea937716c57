/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines for a terminal; see show.h.
 */
#include "sensor/daemon/show.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sensor/base/str.h"

#define LINE_MAX_OCTETS 512
#define PROGRESS_MS 200

static const char *
member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

void
show_event(FILE *out, const char *json)
{
	json_t *root = json_loads(json, 0, NULL);
	const json_t *event = json_object_get(root, "event");
	const char *when = member(root, "@timestamp");
	const char *message = member(root, "message");
	char line[LINE_MAX_OCTETS];

	/* "2026-05-04T09:12:33.482913Z": the time of day. */
	fprintf(out, "%.8s  %-20s %s\n",
	    strlen(when) > 19 ? when + 11 : "        ", member(event, "code"),
	    str_vis_to(line, sizeof(line), message, strlen(message)));
	json_decref(root);
}

void
progress_begin(struct progress *p, FILE *out)
{
	*p = (struct progress){ .began = mono_now(), .shown = mono_now() };
	if (isatty(fileno(out)))
		p->out = out;
}

bool
progress_due(struct progress *p)
{
	struct mono now;

	if (p->out == NULL)
		return false;
	now = mono_now();
	if (mono_ms_between(p->shown, now) < PROGRESS_MS)
		return false;
	p->shown = now;
	return true;
}

void
progress_line(struct progress *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("\r\033[K", p->out);
	vfprintf(p->out, fmt, ap);
	fflush(p->out);
	va_end(ap);
}

void
progress_end(struct progress *p)
{
	if (p->out != NULL)
		fputs("\r\033[K", p->out);
}

double
progress_seconds(const struct progress *p)
{
	return (double)(mono_now().ns - p->began.ns) / (double)NS_PER_S;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of events; see event.h and events.def.
 */
#include "sensor/model/event.h"

#include <string.h>

#include "sensor/base/attrs.h"

static const struct event_info infos[] = {
#define EVENT(name, code, kind, cat, type, dataset, class, help)               \
	{ code, kind, cat, type, dataset, class, help },
#include "sensor/model/events.def"
#undef EVENT
	{ "unknown", "event", "host", "info", "earshot.stats", CLASS_STATS,
	    "written by another version of earshot" },
};

const struct event_info *
event_info(enum event_code code)
{
	return &infos[(unsigned)code < EV_MAX ? (unsigned)code : EV_MAX];
}

enum event_code
event_code_parse(const char *code)
{
	unsigned i;

	for (i = 0; i < EV_MAX; i++) {
		if (strcmp(infos[i].code, code) == 0)
			break;
	}
	return (enum event_code)i;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: the published record of a transition. Immutable once it is in the outbox; the only thing publishers see.
 *
 * The id that Redis sees is (ms, sub) and is given when the outbox row is written: it rises strictly, also when the
 * clock steps back (siem-ops §2.4). `json` is the finished ECS object: retries are byte-identical.
 */
#pragma once

#include <stdint.h>

#include "sensor/base/mono.h"

/* EVENT(NAME, "code", "ecs.kind", "categories", "types", "dataset", class): see events.def. */
enum event_code {
#define EVENT(name, code, kind, cat, type, dataset, class, help) EV_##name,
#include "sensor/model/events.def"
#undef EVENT
	EV_MAX
};

/* What is dropped first when the outbox is full: the lowest class. */
enum event_class {
	CLASS_STATS,
	CLASS_AUDIT,
	CLASS_CHANGE,
	CLASS_INVENTORY,
	CLASS_FINDING,
	CLASS_ALERT
};

struct event_info {
	const char *code;     /* "host.new" */
	const char *kind;     /* ECS event.kind */
	const char *category; /* comma separated; "" = none */
	const char *type;     /* comma separated; "" = none */
	const char *dataset;  /* "earshot.host" */
	enum event_class class;
	const char *help;
};

/** The row of @p code; never NULL. */
const struct event_info *event_info(enum event_code code);
/** The code with that text; EV_MAX when there is none (an outbox of another
 * version). */
enum event_code event_code_parse(const char *code);

struct event {
	uint64_t sequence; /* contiguous per sensor: a gap is a counted loss */
	uint64_t ms;	   /* stream id, first part */
	uint32_t sub;	   /* stream id, second part */
	enum event_code code;
	char id[33];	  /* event.id: 128-bit hex */
	const char *json; /* the ECS object, NUL-terminated, one line */
	uint32_t json_len;
};

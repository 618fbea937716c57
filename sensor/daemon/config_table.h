/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_table: config.def and publish.def as tables, and how one value is read, written and freed by its kind.
 * Shared by the files config*.c only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/base/buf.h"
#include "sensor/base/err.h"

enum config_kind {
	CONFIG_KIND_TEXT,
	CONFIG_KIND_WORD,
	CONFIG_KIND_BOOL,
	CONFIG_KIND_COUNT,
	CONFIG_KIND_COUNT64,
	CONFIG_KIND_TIME,
	CONFIG_KIND_TIME32,
	CONFIG_KIND_SIZE,
	CONFIG_KIND_LIST,
	CONFIG_KIND_CIDRS,
	CONFIG_KIND_PORTS
};

struct config_row {
	const char *key;
	enum config_kind kind;
	size_t offset;	   /* of its field */
	const char *value; /* default, as it would be written */
	const char *help;
};

/* Both end with a row without a key. */
extern const struct config_row config_rows[];
extern const struct config_row config_publish_rows[];

/** True for the kinds that take a list of values. */
bool config_is_list(enum config_kind kind);

/**
 * Add one value: replaces a scalar, appends to a list. @p base is the struct that the row's offset counts from.
 * Returns 0 or ES_E(CONFIG) with what is wrong (without place and key).
 */
int config_value_add(const struct config_row *row, void *base, const char *text,
    struct errbuf *eb) ES_MUST_CHECK;

/** Set a row's default. */
int config_value_default(
    const struct config_row *row, void *base, struct errbuf *eb) ES_MUST_CHECK;

void config_value_free(const struct config_row *row, void *base);

/** As YAML, behind "key: ". */
void config_value_print(
    const struct config_row *row, const void *base, struct buf *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * query: what the command line lists from the database, also while the sensor writes it. Each list is a row in
 * lists.def; a row of its result is an array of cells, ready for a table or as one JSON object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/base/buf.h"

struct store;

enum store_list {
#define LIST(NAME, name, sql) LIST_##NAME,
#include "sensor/store/lists.def"
#undef LIST
	LIST_MAX
};

enum cell_type {
	CELL_TEXT,
	CELL_NUMBER,
	CELL_TIME, /* number: nanoseconds since 1970 */
	CELL_LIST, /* text separated by commas */
	CELL_JSON  /* text that is JSON */
};

#define CELLS_MAX 24

struct store_cell {
	char name[32];
	enum cell_type type;
	const char *
	    text; /* of every type but CELL_NUMBER and CELL_TIME; lives until visit returns */
	int64_t number;
};

struct store_filter {
	const char *match; /* an address, name, MAC, id or script; NULL = all */
	int64_t since_ns;  /* last seen (or done) at or after this */
	size_t limit;	   /* 0 = no limit */
};

/** @p visit returns false to stop. @p filter may be NULL. */
int store_list(struct store *s, enum store_list which,
    const struct store_filter *filter,
    bool (*visit)(void *arg, const struct store_cell *cells, size_t count),
    void *arg) ES_MUST_CHECK;

/** One row as a JSON object; what is empty is absent. */
void store_cells_json(
    const struct store_cell *cells, size_t count, struct buf *out);

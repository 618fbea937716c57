/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists for people; see query.h.
 */
#include "sensor/store/query.h"

#include <string.h>

#include "sensor/base/str.h"
#include "sensor/model/json.h"
#include "sensor/store/store_priv.h"

static const char *const list_sql[] = {
#define LIST(NAME, name, sql) sql,
#include "sensor/store/lists.def"
#undef LIST
};

static enum cell_type
type_of(const char *suffix, int sqlite_type)
{
	if (strcmp(suffix, "time") == 0)
		return CELL_TIME;
	if (strcmp(suffix, "list") == 0)
		return CELL_LIST;
	if (strcmp(suffix, "json") == 0)
		return CELL_JSON;
	return sqlite_type == SQLITE_INTEGER ? CELL_NUMBER : CELL_TEXT;
}

static size_t
read_cells(sqlite3_stmt *st, struct store_cell cells[static CELLS_MAX])
{
	int count = sqlite3_column_count(st), i;

	for (i = 0; i < count && i < CELLS_MAX; i++) {
		struct store_cell *c = &cells[i];
		const char *alias = sqlite3_column_name(st, i);
		size_t n = strcspn(alias, ":");

		str_copy(c->name, sizeof(c->name), alias);
		if (n < sizeof(c->name))
			c->name[n] = '\0';
		c->type = type_of(
		    alias + n + (alias[n] == ':'), sqlite3_column_type(st, i));
		c->number = sqlite3_column_int64(st, i);
		c->text = c->type == CELL_NUMBER || c->type == CELL_TIME
			      ? ""
			      : store_column_text(st, i);
	}
	return (size_t)i;
}

int
store_list(struct store *s, enum store_list which,
    const struct store_filter *filter,
    bool (*visit)(void *arg, const struct store_cell *cells, size_t count),
    void *arg)
{
	struct store_cell cells[CELLS_MAX];
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, list_sql[which], -1, &st, NULL) !=
	    SQLITE_OK)
		return store_fail(s);
	sqlite3_bind_text(st, 1,
	    filter == NULL || filter->match == NULL ? "" : filter->match, -1,
	    SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, filter == NULL ? 0 : filter->since_ns);
	sqlite3_bind_int64(st, 3,
	    filter == NULL || filter->limit == 0
		? -1
		: (sqlite3_int64)filter->limit);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!visit(arg, cells, read_cells(st, cells))) {
			rc = SQLITE_DONE;
			break;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : store_fail(s);
	sqlite3_finalize(st);
	return rc;
}

static void
json_list(struct json *j, const char *key, const char *list)
{
	if (list[0] == '\0')
		return;
	json_open(j, key, '[');
	while (list[0] != '\0') {
		size_t n = strcspn(list, ",");

		json_str(j, NULL, list, n);
		list += n + (list[n] == ',');
	}
	json_close(j, ']');
}

void
store_cells_json(const struct store_cell *cells, size_t count, struct buf *out)
{
	struct json j = json_new(out);
	size_t i;

	json_open(&j, NULL, '{');
	for (i = 0; i < count; i++) {
		const struct store_cell *c = &cells[i];

		switch (c->type) {
		case CELL_TEXT:
			json_text(&j, c->name, c->text);
			break;
		case CELL_NUMBER:
			json_int(&j, c->name, c->number);
			break;
		case CELL_TIME:
			json_time(&j, c->name, (struct wall){ c->number });
			break;
		case CELL_LIST:
			json_list(&j, c->name, c->text);
			break;
		case CELL_JSON:
			json_raw(&j, c->name, c->text);
			break;
		}
	}
	json_close(&j, '}');
}

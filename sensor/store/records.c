/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows in and out of SQLite, for every kind of record alike: each kind is an
 * array of columns (name, type, place in its struct), made from records.def,
 * from which the SQL text is built once and the values are bound and read.
 */
#include "sensor/store/records.h"

#include <string.h>

#include "sensor/base/buf.h"
#include "sensor/store/store_priv.h"

#define SQL_MAX 4096

struct column {
	const char *name;
	bool text;
	bool key;
	size_t offset;
};

struct record {
	const char *table;
	const struct column *columns;
	int count;
};

#define COLUMN_KT(row, name) { #name, true, true, offsetof(struct row, name) },
#define COLUMN_KI(row, name) { #name, false, true, offsetof(struct row, name) },
#define COLUMN_T(row, name) { #name, true, false, offsetof(struct row, name) },
#define COLUMN_I(row, name) { #name, false, false, offsetof(struct row, name) },

#define RECORD(name, NAME)                                                     \
	static const struct column name##_columns[] = { NAME##_COLUMNS(        \
	    name##_row, COLUMN_KT, COLUMN_KI, COLUMN_T, COLUMN_I) };
RECORDS(RECORD)
#undef RECORD

/* Room for any row, so that one reader serves all kinds. */
union any_row {
#define RECORD(name, NAME) struct name##_row name;
	RECORDS(RECORD)
#undef RECORD
};

static const struct record records[] = {
#define RECORD(name, NAME)                                                     \
	{ #name, name##_columns, (int)ES_ARRAY_LEN(name##_columns) },
	RECORDS(RECORD)
#undef RECORD
};

enum clause {
	CLAUSE_NAMES,
	CLAUSE_MARKS,
	CLAUSE_KEYS,
	CLAUSE_SET,
	CLAUSE_WHERE
};

/* Append the part of a statement that lists the columns of @p r. */
static void
add_clause(struct buf *sql, const struct record *r, enum clause what)
{
	const char *sep = "";
	int i;

	for (i = 0; i < r->count; i++) {
		const struct column *c = &r->columns[i];

		if ((what == CLAUSE_SET) == c->key && what != CLAUSE_NAMES &&
		    what != CLAUSE_MARKS)
			continue;
		buf_str(sql, sep);
		switch (what) {
		case CLAUSE_NAMES:
		case CLAUSE_KEYS:
			buf_str(sql, c->name);
			sep = ",";
			break;
		case CLAUSE_MARKS:
			buf_printf(sql, "?%d", i + 1);
			sep = ",";
			break;
		case CLAUSE_SET:
			buf_printf(sql, "%s=excluded.%s", c->name, c->name);
			sep = ",";
			break;
		case CLAUSE_WHERE:
			buf_printf(sql, "%s=?%d", c->name, i + 1);
			sep = " AND ";
			break;
		}
	}
}

int
record_create(struct store *s, enum record_kind kind)
{
	const struct record *r = &records[kind];
	struct buf sql;
	int i, rc;

	buf_init(&sql, SQL_MAX);
	buf_printf(&sql, "CREATE TABLE %s(", r->table);
	for (i = 0; i < r->count; i++)
		buf_printf(&sql, "%s %s NOT NULL,", r->columns[i].name,
		    r->columns[i].text ? "TEXT" : "INTEGER");
	buf_str(&sql, "PRIMARY KEY(");
	add_clause(&sql, r, CLAUSE_KEYS);
	buf_str(&sql, ")) STRICT, WITHOUT ROWID");
	rc = sqlite3_exec(s->db, buf_cstr(&sql), NULL, NULL, NULL);
	buf_fini(&sql);
	return rc == SQLITE_OK ? 0 : store_fail(s);
}

static sqlite3_stmt *
prepare(struct store *s, struct buf *sql)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v3(s->db, buf_cstr(sql), -1,
		SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		st = NULL;
	buf_fini(sql);
	return st;
}

static sqlite3_stmt *
put_statement(struct store *s, enum record_kind kind)
{
	const struct record *r = &records[kind];
	struct buf sql;

	if (s->puts[kind] != NULL)
		return s->puts[kind];
	buf_init(&sql, SQL_MAX);
	buf_printf(&sql, "INSERT INTO %s(", r->table);
	add_clause(&sql, r, CLAUSE_NAMES);
	buf_str(&sql, ") VALUES(");
	add_clause(&sql, r, CLAUSE_MARKS);
	buf_str(&sql, ") ON CONFLICT(");
	add_clause(&sql, r, CLAUSE_KEYS);
	buf_str(&sql, ") DO UPDATE SET ");
	add_clause(&sql, r, CLAUSE_SET);
	return s->puts[kind] = prepare(s, &sql);
}

static sqlite3_stmt *
delete_statement(struct store *s, enum record_kind kind)
{
	const struct record *r = &records[kind];
	struct buf sql;

	if (s->deletes[kind] != NULL)
		return s->deletes[kind];
	buf_init(&sql, SQL_MAX);
	buf_printf(&sql, "DELETE FROM %s WHERE ", r->table);
	add_clause(&sql, r, CLAUSE_WHERE);
	return s->deletes[kind] = prepare(s, &sql);
}

static void
bind_column(
    sqlite3_stmt *st, int place, const struct column *c, const void *row)
{
	const char *at = (const char *)row + c->offset;
	const char *text;
	int64_t number;

	if (c->text) {
		memcpy(&text, at, sizeof(text));
		sqlite3_bind_text(
		    st, place, text == NULL ? "" : text, -1, SQLITE_STATIC);
	} else {
		memcpy(&number, at, sizeof(number));
		sqlite3_bind_int64(st, place, number);
	}
}

static int
bind_and_run(struct store *s, sqlite3_stmt *st, const struct record *r,
    const void *row, bool keys_only)
{
	int i;

	if (st == NULL)
		return store_fail(s);
	for (i = 0; i < r->count; i++) {
		if (!keys_only || r->columns[i].key)
			bind_column(st, i + 1, &r->columns[i], row);
	}
	return store_run(s, st);
}

int
record_put(struct store *s, enum record_kind kind, const void *row)
{
	return bind_and_run(
	    s, put_statement(s, kind), &records[kind], row, false);
}

int
record_delete(struct store *s, enum record_kind kind, const void *row)
{
	return bind_and_run(
	    s, delete_statement(s, kind), &records[kind], row, true);
}

static void
read_row(sqlite3_stmt *st, const struct record *r, union any_row *row)
{
	int i;

	for (i = 0; i < r->count; i++) {
		const struct column *c = &r->columns[i];
		char *at = (char *)row + c->offset;

		if (c->text) {
			const char *text = store_column_text(st, i);

			memcpy(at, &text, sizeof(text));
		} else {
			int64_t number = sqlite3_column_int64(st, i);

			memcpy(at, &number, sizeof(number));
		}
	}
}

int
record_each(struct store *s, enum record_kind kind,
    bool (*visit)(void *arg, const void *row), void *arg)
{
	const struct record *r = &records[kind];
	sqlite3_stmt *st;
	union any_row row;
	struct buf sql;
	int rc;

	buf_init(&sql, SQL_MAX);
	buf_str(&sql, "SELECT ");
	add_clause(&sql, r, CLAUSE_NAMES);
	buf_printf(&sql, " FROM %s ORDER BY ", r->table);
	add_clause(&sql, r, CLAUSE_KEYS);
	st = prepare(s, &sql);
	if (st == NULL)
		return store_fail(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_row(st, r, &row);
		if (!visit(arg, &row)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	if (rc != SQLITE_DONE)
		rc = store_fail(s);
	else
		rc = 0;
	sqlite3_finalize(st);
	return rc;
}

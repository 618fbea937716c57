/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema and how an older one becomes it. PRAGMA user_version holds the
 * number of steps taken; each step runs in the one transaction with the number,
 * so a crash leaves either the old schema or the new.
 */
#include <string.h>

#include "sensor/store/store_priv.h"

/* Step 1: everything that is not a record of records.def. */
static const char schema_1[] =
    "CREATE TABLE value(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, "
    "WITHOUT ROWID;"
    "CREATE TABLE cursor(publisher TEXT PRIMARY KEY, sequence INTEGER NOT "
    "NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE outbox(sequence INTEGER PRIMARY KEY, ms INTEGER NOT NULL, "
    "sub INTEGER NOT NULL,"
    " created_ms INTEGER NOT NULL, class INTEGER NOT NULL, code TEXT NOT NULL, "
    "id TEXT NOT NULL,"
    " json TEXT NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX outbox_stream_id ON outbox(ms, sub);"
    "CREATE INDEX outbox_class ON outbox(class, sequence);"
    "CREATE TABLE outbox_state(sequence INTEGER NOT NULL, ms INTEGER NOT NULL, "
    "sub INTEGER NOT NULL,"
    " octets INTEGER NOT NULL, records INTEGER NOT NULL, dropped INTEGER NOT "
    "NULL) STRICT;"
    "INSERT INTO outbox_state VALUES(0,0,0,0,0,0);"
    "CREATE TABLE outbox_loss(code TEXT PRIMARY KEY, count INTEGER NOT NULL, "
    "first_sequence INTEGER NOT NULL,"
    " last_sequence INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms "
    "INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

static const char indexes_1[] =
    "CREATE INDEX address_place ON address(segment, addr);"
    "CREATE INDEX service_asset ON service(asset);"
    "CREATE INDEX cert_asset ON cert(asset);"
    "CREATE INDEX asset_gone ON asset(last_seen) WHERE state='gone';"
    "CREATE INDEX audit_started ON audit(started);";

static int
make_tables(struct store *s)
{
	int kind;

	if (sqlite3_exec(s->db, schema_1, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s);
	for (kind = 0; kind < RECORD_MAX; kind++) {
		int rc = record_create(s, (enum record_kind)kind);

		if (rc < 0)
			return rc;
	}
	if (sqlite3_exec(s->db, indexes_1, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s);
	return 0;
}

/* A new step goes at the end, together with the change of records.def that it
 * makes true for old files. */
static int (*const steps[])(struct store *s) = { make_tables };

static int
user_version(struct store *s, int64_t *version)
{
	sqlite3_stmt *st = NULL;
	int rc;

	if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL) !=
	    SQLITE_OK)
		return store_fail(s);
	rc = sqlite3_step(st);
	*version = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : store_fail(s);
}

static int
take_steps(struct store *s, size_t from)
{
	char sql[64];
	size_t i;
	int rc;

	for (i = from; i < ES_ARRAY_LEN(steps); i++) {
		rc = steps[i](s);
		if (rc < 0)
			return rc;
	}
	sqlite3_snprintf(sizeof(sql), sql, "PRAGMA user_version=%d",
	    (int)ES_ARRAY_LEN(steps));
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s);
	return 0;
}

int
schema_prepare(struct store *s, struct errbuf *eb)
{
	int64_t version = 0;
	int rc = user_version(s, &version);

	if (rc < 0)
		return err_set(
		    eb, rc, "state database %s: %s", s->path, s->error.text);
	if (version == (int64_t)ES_ARRAY_LEN(steps))
		return 0;
	if (version > (int64_t)ES_ARRAY_LEN(steps) || version < 0)
		return err_set(eb, ES_E(VERSION),
		    "state database %s was written by a newer earshot (schema "
		    "%lld, this one knows %d): "
		    "upgrade earshot or use another state_dir",
		    s->path, (long long)version, (int)ES_ARRAY_LEN(steps));
	if (s->opt.read_only)
		return err_set(eb, ES_E(VERSION),
		    "state database %s has an older schema: start the sensor "
		    "once to bring it up to date",
		    s->path);
	rc = store_begin(s);
	if (rc == 0) {
		rc = take_steps(s, (size_t)version);
		if (rc == 0)
			rc = store_commit(s);
		else
			store_rollback(s);
	}
	if (rc < 0)
		return err_set(eb, rc, "cannot make the tables of %s: %s",
		    s->path, s->error.text);
	return 0;
}

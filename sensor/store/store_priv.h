/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_priv: what the files of the store share. Nobody else includes it, and
 * nobody else sees SQLite.
 */
#pragma once

#include <sqlite3.h>

#include "sensor/store/records.h"
#include "sensor/store/store.h"

enum stmt_id {
#define STMT(name, sql) STMT_##name,
#include "sensor/store/statements.def"
#undef STMT
	STMT_MAX
};

/* Kept in memory beside its row, so that giving an id costs no query. */
struct outbox_state {
	uint64_t sequence; /* last given */
	uint64_t ms;	   /* last stream id given */
	uint32_t sub;
	uint64_t octets;
	uint64_t records;
	uint64_t dropped;
};

struct store {
	sqlite3 *db;
	int lock_fd;
	char path[4096];
	struct store_options opt;
	int depth; /* of begin; 0 = no transaction */
	struct outbox_state outbox;
	bool outbox_changed;
	bool recovered;
	struct errbuf error;
	sqlite3_stmt *stmts[STMT_MAX];
	sqlite3_stmt *puts[RECORD_MAX];
	sqlite3_stmt *deletes[RECORD_MAX];
};

/** The prepared statement, reset and unbound; NULL when it cannot be made
 * (store_fail tells). */
sqlite3_stmt *store_stmt(struct store *s, enum stmt_id id);

/** Step a statement that gives no rows and reset it. Returns 0 or a negative
 * code with the text kept. */
int store_run(struct store *s, sqlite3_stmt *st) ES_MUST_CHECK;

/** Keep SQLite's text for store_error; ES_E(FULL) when the disk is, else
 * ES_E(STORE). */
int store_fail(struct store *s);

/** Text of a column, "" for NULL. */
const char *store_column_text(sqlite3_stmt *st, int column);

/** Make or migrate the schema to what this program needs. */
int schema_prepare(struct store *s, struct errbuf *eb) ES_MUST_CHECK;

/** Make the table of a kind of record. */
int record_create(struct store *s, enum record_kind kind) ES_MUST_CHECK;

int outbox_state_load(struct store *s) ES_MUST_CHECK;
int outbox_state_save(struct store *s) ES_MUST_CHECK;

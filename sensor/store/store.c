/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, transactions and small values of the state database; see store.h.
 *
 * One writer at a time holds an advisory lock beside the file. SIGKILL at any
 * point leaves what the last commit made (WAL). A file that SQLite calls
 * damaged is moved aside, never deleted, and a new one begun: a sensor that
 * hears nothing because of its own memory would be worse than one that has to
 * learn anew.
 */
#include "sensor/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/store/store_priv.h"

#define BUSY_MS 5000
#define WAL_PAGES 4000
#define WAL_MAX_OCTETS (64 << 20)

static const char *const stmt_sql[] = {
#define STMT(name, sql) sql,
#include "sensor/store/statements.def"
#undef STMT
};

int
store_fail(struct store *s)
{
	int code = s->db == NULL ? SQLITE_NOMEM : sqlite3_errcode(s->db);

	if (code == SQLITE_FULL)
		return err_set(&s->error, ES_E(FULL),
		    "no room left on the disk of %s: free some or move "
		    "state_dir",
		    s->path);
	return err_set(&s->error, ES_E(STORE), "%s: %s", s->path,
	    s->db == NULL ? "out of memory" : sqlite3_errmsg(s->db));
}

const char *
store_error(const struct store *s)
{
	return s->error.text;
}

bool
store_recovered(const struct store *s)
{
	return s->recovered;
}

sqlite3_stmt *
store_stmt(struct store *s, enum stmt_id id)
{
	if (s->stmts[id] == NULL)
		(void)sqlite3_prepare_v3(s->db, stmt_sql[id], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmts[id], NULL);
	return s->stmts[id];
}

int
store_run(struct store *s, sqlite3_stmt *st)
{
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);
	int code = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s);

	if (st != NULL) {
		sqlite3_reset(st);
		sqlite3_clear_bindings(st);
	}
	return code;
}

const char *
store_column_text(sqlite3_stmt *st, int column)
{
	const unsigned char *text = sqlite3_column_text(st, column);

	return text == NULL ? "" : (const char *)text;
}

/* ---- transactions ---- */

int
store_begin(struct store *s)
{
	int rc;

	if (s->depth == 0) {
		rc = store_run(s, store_stmt(s, STMT_BEGIN));
		if (rc < 0)
			return rc;
	}
	s->depth++;
	return 0;
}

int
store_commit(struct store *s)
{
	int rc;

	if (s->depth == 0)
		return err_set(&s->error, ES_E(STORE),
		    "%s: the transaction was rolled back", s->path);
	if (s->depth > 1) {
		s->depth--;
		return 0;
	}
	rc = s->outbox_changed ? outbox_state_save(s) : 0;
	if (rc == 0)
		rc = store_run(s, store_stmt(s, STMT_COMMIT));
	if (rc < 0) {
		struct errbuf why = s->error;

		store_rollback(s);
		s->error = why;
		return rc;
	}
	s->depth = 0;
	s->outbox_changed = false;
	return 0;
}

void
store_rollback(struct store *s)
{
	struct errbuf why = s->error;

	if (s->depth == 0)
		return;
	s->depth = 0;
	/* SQLite may have rolled back on its own (disk full): then this one
	 * fails and nothing is left to do. */
	if (!sqlite3_get_autocommit(s->db))
		(void)!store_run(s, store_stmt(s, STMT_ROLLBACK));
	if (s->outbox_changed && outbox_state_load(s) == 0)
		s->outbox_changed = false;
	s->error = why;
}

/* ---- opening ---- */

static int
make_folder(const char *dir, struct errbuf *eb)
{
	char path[4096];
	char *slash;

	if (!str_copy(path, sizeof(path), dir))
		return err_set(eb, ES_E(RANGE), "state_dir is too long");
	for (slash = strchr(path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)!mkdir(path, 0755);
		*slash = '/';
	}
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return err_sys(eb, "cannot make state_dir %s", dir);
	if (access(dir, W_OK | X_OK) < 0)
		return err_sys(eb,
		    "cannot write state_dir %s: give it to the sensor's user "
		    "or set another state_dir",
		    dir);
	return 0;
}

static int
take_lock(struct store *s, struct errbuf *eb)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/writer.lock", s->opt.dir);
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (s->lock_fd < 0)
		return err_sys(eb, "cannot open %s", path);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return err_sys(eb, "cannot lock %s", path);
		return err_set(eb, ES_E(EXISTS),
		    "another earshot writes %s: stop it or set another "
		    "state_dir",
		    s->opt.dir);
	}
	return 0;
}

/* Returns SQLite's code: the caller tells damage from the rest. */
static int
connect_db(struct store *s)
{
	int flags = s->opt.read_only
			? SQLITE_OPEN_READONLY
			: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	char sql[256];
	int rc;

	rc =
	    sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_extended_result_codes(s->db, 0);
	sqlite3_busy_timeout(s->db, BUSY_MS);
	if (s->opt.read_only)
		return sqlite3_exec(s->db,
		    "PRAGMA query_only=1;"
		    "SELECT count(*) FROM sqlite_schema",
		    NULL, NULL, NULL);
	snprintf(sql, sizeof(sql),
	    "PRAGMA journal_mode=WAL; PRAGMA synchronous=%s;"
	    "PRAGMA wal_autocheckpoint=%d; PRAGMA journal_size_limit=%d;"
	    "PRAGMA temp_store=MEMORY; SELECT count(*) FROM sqlite_schema",
	    s->opt.power_safe ? "FULL" : "NORMAL", WAL_PAGES, WAL_MAX_OCTETS);
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

static void
disconnect_db(struct store *s)
{
	size_t i;

	for (i = 0; i < STMT_MAX; i++) {
		sqlite3_finalize(s->stmts[i]);
		s->stmts[i] = NULL;
	}
	for (i = 0; i < RECORD_MAX; i++) {
		sqlite3_finalize(s->puts[i]);
		sqlite3_finalize(s->deletes[i]);
		s->puts[i] = s->deletes[i] = NULL;
	}
	sqlite3_close(s->db);
	s->db = NULL;
}

/* SQLITE_CORRUPT when the pages do not fit together, SQLITE_OK when they do. */
static int
quick_check(struct store *s)
{
	sqlite3_stmt *st = NULL;
	int rc =
	    sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &st, NULL);

	if (rc != SQLITE_OK)
		return rc;
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		rc = strcmp(store_column_text(st, 0), "ok") == 0
			 ? SQLITE_OK
			 : SQLITE_CORRUPT;
	sqlite3_finalize(st);
	return rc;
}

static bool
is_damage(int rc)
{
	return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB;
}

/* Give the file and what belongs to it a name that says what it is. */
static int
move_aside(struct store *s, struct errbuf *eb)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	long long when = (long long)(wall_now().ns / NS_PER_S);
	char from[4200], to[4300];
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(suffixes); i++) {
		snprintf(from, sizeof(from), "%s%s", s->path, suffixes[i]);
		snprintf(to, sizeof(to), "%s.damaged-%lld%s", s->path, when,
		    suffixes[i]);
		if (rename(from, to) < 0 && errno != ENOENT)
			return err_sys(eb,
			    "state database %s is damaged and cannot be moved "
			    "aside",
			    s->path);
	}
	snprintf(to, sizeof(to), "%s.damaged-%lld", s->path, when);
	log_err("store",
	    "state database was damaged, beginning anew path=%s kept=%s",
	    s->path, to);
	s->recovered = true;
	return 0;
}

static int
open_db(struct store *s, struct errbuf *eb)
{
	int rc = connect_db(s);

	if (rc == SQLITE_OK && !s->opt.read_only && s->opt.dir != NULL)
		rc = quick_check(s);
	if (is_damage(rc) && !s->opt.read_only) {
		disconnect_db(s);
		rc = move_aside(s, eb);
		if (rc < 0)
			return rc;
		rc = connect_db(s);
	}
	if (rc == SQLITE_CANTOPEN && s->opt.read_only)
		return err_set(eb, ES_E(NOTFOUND),
		    "no readable state database %s: has the sensor run with "
		    "this state_dir, and may you read it?",
		    s->path);
	if (rc != SQLITE_OK) {
		(void)!store_fail(s);
		return err_set(eb, rc == SQLITE_FULL ? ES_E(FULL) : ES_E(STORE),
		    "cannot open state database %s", s->error.text);
	}
	return 0;
}

static int
prepare_paths(struct store *s, struct errbuf *eb)
{
	int rc;

	if (s->opt.dir == NULL) {
		memcpy(s->path, ":memory:", sizeof(":memory:"));
		return 0;
	}
	if ((size_t)snprintf(s->path, sizeof(s->path), "%s/earshot.db",
		s->opt.dir) >= sizeof(s->path))
		return err_set(eb, ES_E(RANGE), "state_dir is too long");
	if (s->opt.read_only)
		return 0;
	rc = make_folder(s->opt.dir, eb);
	return rc < 0 ? rc : take_lock(s, eb);
}

int
store_open(
    const struct store_options *options, struct store **out, struct errbuf *eb)
{
	struct store *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (s == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	s->lock_fd = -1;
	s->opt = *options;
	if (s->opt.outbox_max_octets == 0)
		s->opt.outbox_max_octets = UINT64_C(512) << 20;
	if (s->opt.outbox_max_age_s == 0)
		s->opt.outbox_max_age_s = 7 * 86400;
	if (s->opt.clock == NULL)
		s->opt.clock = wall_now;
	rc = prepare_paths(s, eb);
	if (rc == 0)
		rc = open_db(s, eb);
	if (rc == 0)
		rc = schema_prepare(s, eb);
	if (rc == 0) {
		rc = outbox_state_load(s);
		if (rc < 0)
			err_set(eb, rc, "%s", s->error.text);
	}
	if (rc < 0) {
		store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->depth > 0)
		store_rollback(s);
	disconnect_db(s);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s);
}

/* ---- values ---- */

int
store_value_set(struct store *s, const char *key, const char *value)
{
	sqlite3_stmt *st = store_stmt(s, STMT_VALUE_SET);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, value, -1, SQLITE_STATIC);
	return store_run(s, st);
}

int
store_value_get(struct store *s, const char *key, char *out, size_t size)
{
	sqlite3_stmt *st = store_stmt(s, STMT_VALUE_GET);
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	str_copy(out, size, rc == SQLITE_ROW ? store_column_text(st, 0) : "");
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s);
}

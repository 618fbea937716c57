/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to several rows at once: an asset leaves, an address gets a new owner, findings and the audit trail
 * are kept.
 */
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/store/store_priv.h"

#define PRUNE_MAX 1000

static int
run_with(struct store *s, enum stmt_id id, const char *text)
{
	sqlite3_stmt *st = store_stmt(s, id);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	return store_run(s, st);
}

static int
run_all(struct store *s, const enum stmt_id *ids, size_t count, const char *id)
{
	size_t i;

	for (i = 0; i < count; i++) {
		int rc = run_with(s, ids[i], id);

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* A statement about a place and an asset. */
static int
run_place(struct store *s, enum stmt_id id, int64_t segment, const char *addr,
    const char *asset)
{
	sqlite3_stmt *st = store_stmt(s, id);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, segment);
	sqlite3_bind_text(st, 2, addr, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, asset, -1, SQLITE_STATIC);
	return store_run(s, st);
}

int
store_address_retire(
    struct store *s, int64_t segment, const char *addr, const char *asset)
{
	return run_place(s, STMT_ADDRESS_RETIRE, segment, addr, asset);
}

int
store_address_move(
    struct store *s, int64_t segment, const char *addr, const char *asset)
{
	int rc = run_place(s, STMT_MOVE_SERVICE, segment, addr, asset);

	return rc < 0 ? rc : run_place(s, STMT_MOVE_CERT, segment, addr, asset);
}

int
store_asset_erase(struct store *s, const char *id)
{
	static const enum stmt_id ids[] = { STMT_ERASE_ASSET,
		STMT_ERASE_ADDRESS, STMT_ERASE_NAME, STMT_ERASE_SERVICE,
		STMT_ERASE_CERT, STMT_ERASE_PRINT, STMT_ERASE_EVIDENCE };

	return run_all(s, ids, ES_ARRAY_LEN(ids), id);
}

int
store_asset_gone(struct store *s, const char *id)
{
	static const enum stmt_id ids[] = { STMT_GONE_ASSET, STMT_GONE_ADDRESS,
		STMT_GONE_SERVICE };

	return run_all(s, ids, ES_ARRAY_LEN(ids), id);
}

int
store_asset_prune(struct store *s, int64_t ns)
{
	sqlite3_stmt *st = store_stmt(s, STMT_FORGET_GONE);
	char ids[PRUNE_MAX][40];
	size_t n = 0, i;
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, ns);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && n < PRUNE_MAX)
		str_copy(ids[n++], sizeof(ids[0]), store_column_text(st, 0));
	rc = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s);
	sqlite3_reset(st);
	for (i = 0; i < n && rc == 0; i++)
		rc = store_asset_erase(s, ids[i]);
	return rc;
}

int
store_finding_digest(
    struct store *s, const struct finding_row *row, char *out, size_t size)
{
	sqlite3_stmt *st = store_stmt(s, STMT_FINDING_DIGEST);
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, row->asset, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, row->addr, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, row->proto);
	sqlite3_bind_int64(st, 4, row->port);
	sqlite3_bind_text(st, 5, row->script, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	str_copy(out, size, rc == SQLITE_ROW ? store_column_text(st, 0) : "");
	rc = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s);
	sqlite3_reset(st);
	return rc;
}

int
store_finding_adopt(struct store *s, const char *from, const char *to)
{
	sqlite3_stmt *st = store_stmt(s, STMT_FINDING_ADOPT);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, from, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, to, -1, SQLITE_STATIC);
	return store_run(s, st);
}

int
store_audit_append(struct store *s, struct audit_row *row)
{
	sqlite3_stmt *st = store_stmt(s, STMT_AUDIT_LAST);
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);

	if (rc != SQLITE_ROW)
		return store_fail(s);
	row->id = sqlite3_column_int64(st, 0) + 1;
	sqlite3_reset(st);
	return store_put_audit(s, row);
}

int
store_audit_trim(struct store *s, int64_t keep, int64_t oldest_ns)
{
	sqlite3_stmt *st = store_stmt(s, STMT_AUDIT_TRIM);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, keep);
	sqlite3_bind_int64(st, 2, oldest_ns);
	return store_run(s, st);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records: the rows of the state database as plain structs, one for each line
 *of RECORDS in records.def:
 *
 *	struct asset_row row = { .id = "...", .segment = 0, ... };
 *	store_put_asset(s, &row);		insert, or replace what has the
 *same key columns store_delete_asset(s, &row);		only the key columns
 *count store_each_asset(s, visit, arg);	in key order; the texts live
 *until visit returns
 *
 * Integers are int64_t, texts are borrowed; NULL is stored and read back as "".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/store/records.def"

struct store;

enum record_kind {
#define RECORD(name, NAME) RECORD_##NAME,
	RECORDS(RECORD)
#undef RECORD
	RECORD_MAX
};

#define RECORD_TEXT(row, name) const char *name;
#define RECORD_INT(row, name) int64_t name;
#define RECORD(name, NAME)                                                     \
	struct name##_row {                                                    \
		NAME##_COLUMNS(name##_row, RECORD_TEXT, RECORD_INT,            \
		    RECORD_TEXT, RECORD_INT)                                   \
	};
RECORDS(RECORD)
#undef RECORD
#undef RECORD_INT
#undef RECORD_TEXT

int record_put(
    struct store *s, enum record_kind kind, const void *row) ES_MUST_CHECK;
int record_delete(
    struct store *s, enum record_kind kind, const void *row) ES_MUST_CHECK;
/** @p visit returns false to stop. */
int record_each(struct store *s, enum record_kind kind,
    bool (*visit)(void *arg, const void *row), void *arg) ES_MUST_CHECK;

#define RECORD(name, NAME)                                                     \
	static inline int store_put_##name(                                    \
	    struct store *s, const struct name##_row *row)                     \
	{                                                                      \
		return record_put(s, RECORD_##NAME, row);                      \
	}                                                                      \
	static inline int store_delete_##name(                                 \
	    struct store *s, const struct name##_row *row)                     \
	{                                                                      \
		return record_delete(s, RECORD_##NAME, row);                   \
	}                                                                      \
	static inline int store_each_##name(struct store *s,                   \
	    bool (*visit)(void *arg, const void *row), void *arg)              \
	{                                                                      \
		return record_each(s, RECORD_##NAME, visit, arg);              \
	}
RECORDS(RECORD)
#undef RECORD

/* ---- about one asset ---- */

/** Note that @p addr in @p segment now belongs to @p asset alone: earlier owners keep it as history. */
int store_address_retire(struct store *s, int64_t segment, const char *addr,
    const char *asset) ES_MUST_CHECK;
/** The services and certificates of @p addr are those of @p asset. */
int store_address_move(struct store *s, int64_t segment, const char *addr,
    const char *asset) ES_MUST_CHECK;
/** Remove all rows of an asset but its findings. */
int store_asset_erase(struct store *s, const char *id) ES_MUST_CHECK;
/** Keep its rows as history. */
int store_asset_gone(struct store *s, const char *id) ES_MUST_CHECK;
/** Erase some of the assets that are gone since before @p ns. */
int store_asset_prune(struct store *s, int64_t ns) ES_MUST_CHECK;

/* ---- findings and audit ---- */

/** Digest of the finding with the keys of @p row, "" when there is none. */
int store_finding_digest(struct store *s, const struct finding_row *row,
    char *out, size_t size) ES_MUST_CHECK;
/** The findings of asset @p from are those of @p to. */
int store_finding_adopt(
    struct store *s, const char *from, const char *to) ES_MUST_CHECK;

/** Add a row to the audit trail; gives it the next id. */
int store_audit_append(struct store *s, struct audit_row *row) ES_MUST_CHECK;
/** Keep at most @p keep audit rows and none that started before @p oldest_ns. */
int store_audit_trim(
    struct store *s, int64_t keep, int64_t oldest_ns) ES_MUST_CHECK;

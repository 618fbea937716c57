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

/** Note that @p addr in @p segment now belongs to @p asset alone: earlier
 * owners keep it as history. */
int store_address_retire(struct store *s, int64_t segment, const char *addr,
    const char *asset) ES_MUST_CHECK;

/** Keep at most @p keep audit rows and none that started before @p oldest_ns.
 */
int store_audit_trim(
    struct store *s, int64_t keep, int64_t oldest_ns) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the state folder's database. The one place that knows SQLite.
 *
 * The rule it exists for: a change of state and the event that tells of it
 * commit in one transaction (store_begin ... store_commit), so a SIGKILL can
 * neither lose nor invent a transition. Publishers read the outbox with a
 * cursor of their own and never delay the writer.
 *
 * One writer (the sensor role). Readers (the CLI, publishers on their own
 * connection) open it read-only; WAL keeps them apart. A store can also live in
 * memory (replay without publishers).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/base/mono.h"
#include "sensor/model/event.h"

struct store;

struct store_options {
	const char *dir; /* state folder; NULL = in memory */
	bool read_only;
	bool power_safe; /* synchronous=FULL: survives power loss; else process
			    death only */
	uint64_t outbox_max_octets; /* 0 = 512 MiB */
	uint32_t outbox_max_age_s;  /* 0 = 7 days */
	struct wall (*clock)(void); /* NULL = wall_now; for tests and replay */
};

/** Returns 0 or a negative code; @p eb names the file and the remedy. A damaged
 * file is moved aside and said. */
int store_open(const struct store_options *options, struct store **out,
    struct errbuf *eb) ES_MUST_CHECK;
void store_close(struct store *s);

/** What went wrong in the last call that failed, in SQLite's words and with the
 * file's name. */
const char *store_error(const struct store *s);

/** True when store_open moved a damaged file aside and began anew: the sensor
 * tells that as a sensor.loss. */
bool store_recovered(const struct store *s);

/*
 * Transactions nest as a count; only the outermost commits. A rollback, or a
 * failed commit, undoes all of it: the outer levels must then not commit (they
 * get ES_E(STORE)).
 */
int store_begin(struct store *s) ES_MUST_CHECK;
int store_commit(struct store *s) ES_MUST_CHECK;
void store_rollback(struct store *s);

/* ---- outbox ---- */

/** The sequence that the next append gives: it stands inside the event's JSON,
 * so the writer must know it before. */
uint64_t store_outbox_next(const struct store *s);

/**
 * Append an event inside a transaction. Fills sequence, ms and sub (strictly
 * rising, over restarts too). When the outbox is full, the oldest of the lowest
 * class go first. Returns 0, or ES_E(FULL) when all that is kept is of a higher
 * class than @p e: its sequence is used up all the same, so that the gap shows.
 * Drops are counted for store_losses.
 */
int store_outbox_append(struct store *s, struct event *e) ES_MUST_CHECK;

/** Visit up to @p max events after @p after_sequence, in order. The callback
 * returns false to stop. */
int store_outbox_read(struct store *s, uint64_t after_sequence, size_t max,
    bool (*visit)(void *arg, const struct event *e), void *arg) ES_MUST_CHECK;

/** A publisher's place: the last sequence it has delivered; 0 when new. */
int store_cursor_get(
    struct store *s, const char *publisher, uint64_t *sequence) ES_MUST_CHECK;
int store_cursor_set(
    struct store *s, const char *publisher, uint64_t sequence) ES_MUST_CHECK;

/** The sequence that belongs to a stream id (or the next lower one); 0 when it
 * is before everything kept. */
int store_outbox_sequence_of(struct store *s, uint64_t ms, uint32_t sub,
    uint64_t *sequence) ES_MUST_CHECK;

/** Never give a stream id at or below this one, nor a sequence: for a store
 * that forgot what Redis remembers. */
int store_outbox_floor(struct store *s, uint64_t ms, uint32_t sub,
    uint64_t sequence) ES_MUST_CHECK;

/** Remove what every cursor has passed and what is too old. Called now and
 * then. */
int store_outbox_trim(struct store *s) ES_MUST_CHECK;

struct outbox_stats {
	uint64_t first_sequence;
	uint64_t last_sequence;
	uint64_t records;
	uint64_t octets;
	uint64_t dropped; /* for want of room, since the store was made */
	struct wall oldest;
};
int store_outbox_stats(struct store *s, struct outbox_stats *out) ES_MUST_CHECK;

/* Events dropped for want of room or for age, of one code, and not yet told. */
struct outbox_loss {
	const char *code;
	uint64_t count;
	uint64_t first_sequence;
	uint64_t last_sequence;
	struct wall first;
	struct wall last;
};

/** Visit the losses not yet told, by code; the caller tells them in the same
 * transaction and then clears them. */
int store_losses(struct store *s,
    void (*visit)(void *arg, const struct outbox_loss *loss),
    void *arg) ES_MUST_CHECK;
int store_losses_clear(struct store *s) ES_MUST_CHECK;

/* ---- small persistent values: "halted", "sensor_id", ... ---- */
int store_value_set(
    struct store *s, const char *key, const char *value) ES_MUST_CHECK;
/** Copies to @p out, "" when unset. */
int store_value_get(
    struct store *s, const char *key, char *out, size_t size) ES_MUST_CHECK;

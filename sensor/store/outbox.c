/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: events in the order they were committed, until every publisher
 * has them.
 *
 * Numbers: `sequence` is contiguous; (ms, sub) is the stream id, ms = max(last
 * ms, now), so it rises strictly even when the clock steps back. Both are kept
 * in a row of their own and so outlive the events.
 *
 * Bounds: octets and age. When there is no room the oldest of the lowest class
 * go first, in portions, so that a full outbox costs no more per event than an
 * empty one. What went is counted by code until it has been told.
 */
#include "sensor/store/store.h"

#include <string.h>

#include "sensor/base/str.h"
#include "sensor/store/store_priv.h"

/* What one event takes beside its JSON: row, two indexes. */
#define EVENT_OVERHEAD 128
/* Room is made for this part of the whole at once. */
#define MAKE_ROOM_PART 64
/* Delivered events are kept for resending to a Redis that forgot: this long,
 * and at most this part of the room. */
#define REPLAY_WINDOW_MS (24 * INT64_C(3600000))
#define REPLAY_WINDOW_PART 4
/* Rows looked at by one trim, so that it never holds the writer for long. */
#define TRIM_MAX 20000

struct old_event {
	uint64_t sequence;
	int64_t created_ms;
	char code[48];
	uint64_t octets;
	int class;
};

static int64_t
now_ms(const struct store *s)
{
	return s->opt.clock().ns / NS_PER_MS;
}

int
outbox_state_load(struct store *s)
{
	sqlite3_stmt *st = store_stmt(s, STMT_STATE_LOAD);
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);

	if (rc != SQLITE_ROW) {
		rc = store_fail(s);
		sqlite3_reset(st);
		return rc;
	}
	s->outbox = (struct outbox_state){
		.sequence = (uint64_t)sqlite3_column_int64(st, 0),
		.ms = (uint64_t)sqlite3_column_int64(st, 1),
		.sub = (uint32_t)sqlite3_column_int64(st, 2),
		.octets = (uint64_t)sqlite3_column_int64(st, 3),
		.records = (uint64_t)sqlite3_column_int64(st, 4),
		.dropped = (uint64_t)sqlite3_column_int64(st, 5),
	};
	sqlite3_reset(st);
	return 0;
}

int
outbox_state_save(struct store *s)
{
	sqlite3_stmt *st = store_stmt(s, STMT_STATE_SAVE);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)s->outbox.sequence);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)s->outbox.ms);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)s->outbox.sub);
	sqlite3_bind_int64(st, 4, (sqlite3_int64)s->outbox.octets);
	sqlite3_bind_int64(st, 5, (sqlite3_int64)s->outbox.records);
	sqlite3_bind_int64(st, 6, (sqlite3_int64)s->outbox.dropped);
	return store_run(s, st);
}

uint64_t
store_outbox_next(const struct store *s)
{
	return s->outbox.sequence + 1;
}

/* The next stream id: never lower than the last one, whatever the clock does.
 */
static void
next_id(struct store *s, struct event *e)
{
	int64_t now = now_ms(s);

	e->sequence = ++s->outbox.sequence;
	if (now > 0 && (uint64_t)now > s->outbox.ms) {
		s->outbox.ms = (uint64_t)now;
		s->outbox.sub = 0;
	} else if (s->outbox.sub == UINT32_MAX) {
		s->outbox.ms++;
		s->outbox.sub = 0;
	} else {
		s->outbox.sub++;
	}
	e->ms = s->outbox.ms;
	e->sub = s->outbox.sub;
	s->outbox_changed = true;
}

/* ---- making room ---- */

/* Read the first row of a statement that selects an old_event. Returns 1, 0
 * when there is none, or a code. */
static int
take_old(struct store *s, sqlite3_stmt *st, struct old_event *out)
{
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);
	int code = rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : store_fail(s);

	if (code == 1) {
		out->sequence = (uint64_t)sqlite3_column_int64(st, 0);
		out->created_ms = sqlite3_column_int64(st, 1);
		str_copy(
		    out->code, sizeof(out->code), store_column_text(st, 2));
		out->octets =
		    (uint64_t)sqlite3_column_int64(st, 3) + EVENT_OVERHEAD;
		out->class = sqlite3_column_int(st, 4);
	}
	sqlite3_reset(st);
	return code;
}

static int
remove_event(struct store *s, const struct old_event *old)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OUTBOX_DELETE);
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)old->sequence);
	rc = store_run(s, st);
	if (rc < 0)
		return rc;
	s->outbox.octets -=
	    old->octets < s->outbox.octets ? old->octets : s->outbox.octets;
	if (s->outbox.records > 0)
		s->outbox.records--;
	s->outbox_changed = true;
	return 0;
}

static int
count_loss(struct store *s, uint64_t sequence, const char *code)
{
	sqlite3_stmt *st = store_stmt(s, STMT_LOSS_ADD);

	if (st == NULL)
		return store_fail(s);
	s->outbox.dropped++;
	s->outbox_changed = true;
	sqlite3_bind_text(st, 1, code, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)sequence);
	sqlite3_bind_int64(st, 3, now_ms(s));
	return store_run(s, st);
}

/* The lowest place that every publisher has passed; everything when there is no
 * publisher yet is undelivered. */
static int
delivered_upto(struct store *s, uint64_t *sequence)
{
	sqlite3_stmt *st = store_stmt(s, STMT_CURSOR_MIN);
	int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);

	if (rc != SQLITE_ROW)
		return store_fail(s);
	*sequence = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return 0;
}

/* Drop the oldest of the lowest classes, up to @p class, until @p need octets
 * fit. 0, ES_E(FULL) or a failure. */
static int
make_room(struct store *s, uint64_t need, int class)
{
	uint64_t max = s->opt.outbox_max_octets, goal, delivered = 0;
	struct old_event old = { 0 };
	int rc;

	if (s->outbox.octets + need <= max)
		return 0;
	rc = delivered_upto(s, &delivered);
	if (rc < 0)
		return rc;
	goal = max - max / MAKE_ROOM_PART;
	while (s->outbox.octets + need > goal) {
		sqlite3_stmt *st = store_stmt(s, STMT_OUTBOX_OLDEST);

		rc = take_old(s, st, &old);
		if (rc == 1 && old.sequence > delivered) {
			st = store_stmt(s, STMT_OUTBOX_WORST);
			if (st != NULL)
				sqlite3_bind_int(st, 1, class);
			rc = take_old(s, st, &old);
		}
		if (rc == 0)
			return s->outbox.octets + need <= max ? 0 : ES_E(FULL);
		if (rc == 1)
			rc = remove_event(s, &old);
		if (rc == 0 && old.sequence > delivered)
			rc = count_loss(s, old.sequence, old.code);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- in and out ---- */

int
store_outbox_append(struct store *s, struct event *e)
{
	const struct event_info *info = event_info(e->code);
	uint64_t octets = (uint64_t)e->json_len + EVENT_OVERHEAD;
	sqlite3_stmt *st;
	int rc;

	if (s->depth == 0)
		return err_set(&s->error, ES_E(STORE),
		    "%s: an event needs a transaction", s->path);
	next_id(s, e);
	rc = make_room(s, octets, (int)info->class);
	if (rc == ES_E(FULL)) {
		rc = count_loss(s, e->sequence, info->code);
		return rc < 0 ? rc : ES_E(FULL);
	}
	if (rc < 0)
		return rc;
	st = store_stmt(s, STMT_OUTBOX_ADD);
	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)e->sequence);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)e->ms);
	sqlite3_bind_int64(st, 3, (sqlite3_int64)e->sub);
	sqlite3_bind_int64(st, 4, now_ms(s));
	sqlite3_bind_int(st, 5, (int)info->class);
	sqlite3_bind_text(st, 6, info->code, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 7, e->id, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 8, e->json, (int)e->json_len, SQLITE_STATIC);
	rc = store_run(s, st);
	if (rc < 0)
		return rc;
	s->outbox.octets += octets;
	s->outbox.records++;
	return 0;
}

static void
read_event(sqlite3_stmt *st, struct event *e)
{
	*e = (struct event){
		.sequence = (uint64_t)sqlite3_column_int64(st, 0),
		.ms = (uint64_t)sqlite3_column_int64(st, 1),
		.sub = (uint32_t)sqlite3_column_int64(st, 2),
		.code = event_code_parse(store_column_text(st, 3)),
	};
	str_copy(e->id, sizeof(e->id), store_column_text(st, 4));
	e->json = store_column_text(st, 5);
	e->json_len = (uint32_t)sqlite3_column_bytes(st, 5);
}

int
store_outbox_read(struct store *s, uint64_t after_sequence, size_t max,
    bool (*visit)(void *arg, const struct event *e), void *arg)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OUTBOX_READ);
	struct event e;
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(st, 1, (sqlite3_int64)after_sequence);
	sqlite3_bind_int64(
	    st, 2, (sqlite3_int64)(max > INT64_MAX ? INT64_MAX : max));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		read_event(st, &e);
		if (!visit(arg, &e)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : store_fail(s);
	sqlite3_reset(st);
	return rc;
}

int
store_cursor_get(struct store *s, const char *publisher, uint64_t *sequence)
{
	sqlite3_stmt *st = store_stmt(s, STMT_CURSOR_GET);
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, publisher, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	*sequence =
	    rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s);
}

int
store_cursor_set(struct store *s, const char *publisher, uint64_t sequence)
{
	sqlite3_stmt *st = store_stmt(s, STMT_CURSOR_SET);

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_text(st, 1, publisher, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (sqlite3_int64)sequence);
	return store_run(s, st);
}

int
store_outbox_sequence_of(
    struct store *s, uint64_t ms, uint32_t sub, uint64_t *sequence)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OUTBOX_OF);
	int rc;

	if (st == NULL)
		return store_fail(s);
	sqlite3_bind_int64(
	    st, 1, (sqlite3_int64)(ms > INT64_MAX ? INT64_MAX : ms));
	sqlite3_bind_int64(st, 2, (sqlite3_int64)sub);
	rc = sqlite3_step(st);
	*sequence =
	    rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s);
}

int
store_outbox_floor(
    struct store *s, uint64_t ms, uint32_t sub, uint64_t sequence)
{
	int rc = store_begin(s);

	if (rc < 0)
		return rc;
	if (ms > s->outbox.ms || (ms == s->outbox.ms && sub > s->outbox.sub)) {
		s->outbox.ms = ms;
		s->outbox.sub = sub;
	}
	if (sequence > s->outbox.sequence)
		s->outbox.sequence = sequence;
	s->outbox_changed = true;
	return store_commit(s);
}

/* Is the oldest event to go: too old, or delivered and past the window in which
 * it may be wanted again? */
static bool
may_trim(const struct store *s, const struct old_event *old, uint64_t delivered,
    int64_t now)
{
	int64_t age_ms = now - old->created_ms;

	if (age_ms > (int64_t)s->opt.outbox_max_age_s * 1000)
		return true;
	return old->sequence <= delivered &&
	       (age_ms > REPLAY_WINDOW_MS ||
		   s->outbox.octets >
		       s->opt.outbox_max_octets / REPLAY_WINDOW_PART);
}

static int
trim(struct store *s)
{
	uint64_t delivered = 0;
	struct old_event old = { 0 };
	int rc = delivered_upto(s, &delivered), i;

	if (rc < 0)
		return rc;
	for (i = 0; i < TRIM_MAX; i++) {
		rc = take_old(s, store_stmt(s, STMT_OUTBOX_OLDEST), &old);
		if (rc <= 0)
			return rc;
		if (!may_trim(s, &old, delivered, now_ms(s)))
			return 0;
		rc = remove_event(s, &old);
		if (rc == 0 && delivered > 0 && old.sequence > delivered)
			rc = count_loss(s, old.sequence, old.code);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
store_outbox_trim(struct store *s)
{
	int rc = store_begin(s);

	if (rc < 0)
		return rc;
	rc = trim(s);
	if (rc < 0) {
		store_rollback(s);
		return rc;
	}
	return store_commit(s);
}

int
store_outbox_stats(struct store *s, struct outbox_stats *out)
{
	sqlite3_stmt *st = store_stmt(s, STMT_OUTBOX_FIRST);
	int rc;

	if (s->opt.read_only && outbox_state_load(s) < 0)
		return ES_E(STORE);
	*out = (struct outbox_stats){
		.last_sequence = s->outbox.sequence,
		.records = s->outbox.records,
		.octets = s->outbox.octets,
		.dropped = s->outbox.dropped,
	};
	rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		out->first_sequence = (uint64_t)sqlite3_column_int64(st, 0);
		out->oldest.ns = sqlite3_column_int64(st, 1) * NS_PER_MS;
	} else if (rc != SQLITE_DONE) {
		rc = store_fail(s);
		sqlite3_reset(st);
		return rc;
	}
	sqlite3_reset(st);
	return 0;
}

/* ---- losses ---- */

int
store_losses(struct store *s,
    void (*visit)(void *arg, const struct outbox_loss *loss), void *arg)
{
	sqlite3_stmt *st = store_stmt(s, STMT_LOSS_LIST);
	int rc;

	if (st == NULL)
		return store_fail(s);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct outbox_loss loss = {
			.code = store_column_text(st, 0),
			.count = (uint64_t)sqlite3_column_int64(st, 1),
			.first_sequence = (uint64_t)sqlite3_column_int64(st, 2),
			.last_sequence = (uint64_t)sqlite3_column_int64(st, 3),
			.first.ns = sqlite3_column_int64(st, 4) * NS_PER_MS,
			.last.ns = sqlite3_column_int64(st, 5) * NS_PER_MS,
		};

		visit(arg, &loss);
	}
	rc = rc == SQLITE_DONE ? 0 : store_fail(s);
	sqlite3_reset(st);
	return rc;
}

int
store_losses_clear(struct store *s)
{
	return store_run(s, store_stmt(s, STMT_LOSS_CLEAR));
}

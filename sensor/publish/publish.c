/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pump; see publish.h.
 *
 * A lane asks resume.h where to go on whenever its publisher comes up. The cursor is written after each answer; a crash
 * between the two is what resuming, or the reader's event.id, takes care of.
 */
#include "sensor/publish/publish.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/publish/resume.h"
#include "sensor/store/store.h"

#define BATCH_OCTETS ((size_t)1 << 20)
#define TICK_MS 1000
#define TRIM_TICKS 60
#define SAY_AGAIN_MS 60000

struct lane {
	struct pump *pump;
	const struct publisher *type;
	struct publisher_instance *instance;
	const char *name;
	bool up;
	uint64_t acked;	  /* the cursor */
	uint64_t offered; /* end of the batch under way; acked = none */
	size_t under_way; /* events in it */
	struct mono said; /* last time its trouble was logged; 0 = never */
	char said_why[256];
	bool loud; /* its trouble is in the log, its end is not */
	struct publisher_status status;
};

/* Events copied out of a read of the outbox; shared by the lanes, which encode
 * at once. */
struct batch {
	struct event events[PUBLISHER_BATCH_MAX];
	size_t offsets[PUBLISHER_BATCH_MAX];
	size_t count;
	struct buf text;
};

struct pump {
	struct store *store;
	struct store *outbox;
	uv_timer_t soon;
	uv_timer_t tick;
	unsigned ticks;
	unsigned handles;
	struct batch batch;
	size_t count;
	struct lane lanes[];
};

static bool
collect(void *arg, const struct event *e)
{
	struct batch *b = arg;

	if (b->count > 0 && b->text.len + e->json_len > BATCH_OCTETS)
		return false;
	b->events[b->count] = *e;
	b->offsets[b->count] = b->text.len;
	buf_put(&b->text, e->json, e->json_len);
	buf_u8(&b->text, 0);
	b->count++;
	return !b->text.bad && b->count < PUBLISHER_BATCH_MAX;
}

static int
batch_read(struct batch *b, struct store *outbox, uint64_t after)
{
	size_t i;
	int rc;

	buf_reset(&b->text);
	b->count = 0;
	rc = store_outbox_read(outbox, after, PUBLISHER_BATCH_MAX, collect, b);
	if (rc == 0 && b->text.bad)
		rc = ES_E(NOMEM);
	for (i = 0; i < b->count; i++)
		b->events[i].json = (const char *)b->text.data + b->offsets[i];
	return rc;
}

/* At most one line a minute of the same trouble: a server may be away for days,
 * or come and go. */
static void
say(struct lane *l, const char *what, const char *why)
{
	struct mono now = mono_now();

	if (l->said.ns != 0 && mono_ms_between(l->said, now) < SAY_AGAIN_MS &&
	    strcmp(l->said_why, why) == 0)
		return;
	l->said = now;
	l->loud = true;
	(void)str_copy(l->said_why, sizeof(l->said_why), why);
	log_warn("publish", "%s name=%s where=%s why=%s", what, l->name,
	    l->status.where, why);
}

static void
lane_offer(struct lane *l)
{
	struct batch *b = &l->pump->batch;
	int rc;

	if (!l->up || l->offered != l->acked)
		return;
	rc = batch_read(b, l->pump->outbox, l->acked);
	if (rc < 0) {
		say(l, "cannot read the outbox", err_text(rc));
		return;
	}
	if (b->count == 0)
		return;
	l->offered = b->events[b->count - 1].sequence;
	l->under_way = b->count;
	l->type->take(l->instance, b->events, b->count);
}

static void
on_soon(uv_timer_t *timer)
{
	struct pump *p = timer->data;
	size_t i;

	for (i = 0; i < p->count; i++)
		lane_offer(&p->lanes[i]);
}

void
pump_wake(struct pump *p)
{
	if (!uv_is_active((uv_handle_t *)&p->soon))
		(void)uv_timer_start(&p->soon, on_soon, 0, 0);
}

static void
on_tick(uv_timer_t *timer)
{
	struct pump *p = timer->data;

	pump_wake(p);
	if (++p->ticks % TRIM_TICKS == 0 && store_outbox_trim(p->store) < 0)
		log_warn("publish", "cannot trim the outbox");
}

static void
move_cursor(struct lane *l, uint64_t sequence)
{
	l->acked = sequence;
	l->offered = sequence;
	if (store_cursor_set(l->pump->store, l->name, sequence) < 0)
		say(l, "cannot write the cursor", err_text(ES_E(STORE)));
}

static void
on_acked(void *arg, uint64_t sequence)
{
	struct lane *l = arg;

	l->status.acked += l->under_way;
	move_cursor(l, sequence);
	pump_wake(l->pump);
}

/* Go on where the receiver is, and say so where that is not where we were. */
static void
lane_resume(struct lane *l, const struct resume *r)
{
	struct pump *p = l->pump;
	struct resume_plan plan;

	if ((r->kind == RESUME_STREAM &&
		store_outbox_floor(p->store, r->ms, r->sub, r->sequence) < 0) ||
	    resume_decide(p->outbox, r, l->acked, &plan) < 0) {
		say(l, "cannot ask the outbox", err_text(ES_E(STORE)));
		return;
	}
	switch (plan.verdict) {
	case RESUME_ON:
		return;
	case RESUME_AHEAD:
		l->status.skipped += plan.events;
		break;
	case RESUME_BEHIND:
		l->status.resent += plan.events;
		log_warn("publish",
		    "the receiver lost events it had, sending them again "
		    "name=%s where=%s from=%" PRIu64 " to=%" PRIu64,
		    l->name, l->status.where, plan.cursor + 1, l->acked);
		break;
	case RESUME_BARRED:
		l->status.impossible += plan.events;
		log_err("publish",
		    "the stream has a later id that this sensor did not give, "
		    "events below it cannot be added name=%s where=%s "
		    "events=%" PRIu64,
		    l->name, l->status.where, plan.events);
		break;
	}
	move_cursor(l, plan.cursor);
}

static void
on_ready(void *arg, const struct resume *resume)
{
	struct lane *l = arg;

	lane_resume(l, resume);
	l->offered = l->acked;
	l->up = true;
	l->status.since = wall_now();
	if (l->loud)
		log_notice("publish", "publisher is up again name=%s where=%s",
		    l->name, l->status.where);
	l->loud = false;
	l->status.why[0] = '\0';
	pump_wake(l->pump);
}

static void
on_down(void *arg, const char *why)
{
	struct lane *l = arg;

	say(l, "publisher is down, events wait in the outbox", why);
	if (l->up || l->status.downs == 0)
		l->status.since = wall_now();
	l->up = false;
	l->offered = l->acked;
	l->status.downs++;
	(void)str_copy(l->status.why, sizeof(l->status.why), why);
}

static int
no_such_type(const struct publisher_config *config, struct errbuf *eb)
{
	const struct publisher *p;
	char types[160] = "";
	struct buf list;
	size_t i;

	buf_init(&list, sizeof(types));
	for (i = 0; (p = publisher_at(i)) != NULL; i++)
		buf_printf(&list, "%s%s", i == 0 ? "" : ", ", p->type);
	(void)str_copy(types, sizeof(types), buf_cstr(&list));
	buf_fini(&list);
	return err_set(eb, ES_E(CONFIG),
	    "publish %s: no type \"%s\", there are %s", config->name,
	    config->type, types);
}

static int
lane_open(struct lane *l, struct pump *p, const struct pump_options *options,
    size_t index, struct errbuf *eb)
{
	const struct publisher_config *config = &options->publishers[index];
	const struct publisher_host host = { .arg = l,
		.loop = options->loop,
		.sensor_name = options->sensor_name,
		.acked = on_acked,
		.ready = on_ready,
		.down = on_down };
	int rc;

	l->pump = p;
	l->name = config->name;
	l->type = publisher_find(config->type);
	if (l->type == NULL)
		return no_such_type(config, eb);
	/* Written back at once: a publisher without a row has no claim on what
	 * is kept. */
	rc = store_cursor_get(p->store, l->name, &l->acked);
	if (rc == 0)
		rc = store_cursor_set(p->store, l->name, l->acked);
	if (rc < 0)
		return err_set(eb, rc, "publish %s: no cursor in the store: %s",
		    l->name, err_text(rc));
	l->offered = l->acked;
	rc = l->type->open(config, &host, &l->instance, eb);
	if (rc < 0)
		return rc;
	l->type->where(l->instance, l->status.where, sizeof(l->status.where));
	l->status.name = l->name;
	l->status.type = l->type->type;
	l->status.since = wall_now();
	return 0;
}

/* libuv writes with write(2), where a peer that left is a signal before it is an
 * error. */
static void
ignore_sigpipe(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
		now.sa_handler = SIG_IGN;
		(void)sigaction(SIGPIPE, &now, NULL);
	}
}

int
pump_open(
    const struct pump_options *options, struct pump **out, struct errbuf *eb)
{
	struct pump *p =
	    calloc(1, sizeof(*p) + options->count * sizeof(p->lanes[0]));
	int rc;

	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "publish");
	ignore_sigpipe();
	p->store = options->store;
	p->outbox = options->outbox;
	buf_init(&p->batch.text, 2 * BATCH_OCTETS);
	(void)uv_timer_init(options->loop, &p->soon);
	(void)uv_timer_init(options->loop, &p->tick);
	p->soon.data = p;
	p->tick.data = p;
	p->handles = 2;
	for (; p->count < options->count; p->count++) {
		rc = lane_open(&p->lanes[p->count], p, options, p->count, eb);
		if (rc < 0) {
			pump_close(p);
			return rc;
		}
	}
	(void)uv_timer_start(&p->tick, on_tick, TICK_MS, TICK_MS);
	*out = p;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct pump *p = handle->data;

	if (--p->handles > 0)
		return;
	buf_fini(&p->batch.text);
	free(p);
}

void
pump_close(struct pump *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->count; i++)
		p->lanes[i].type->close(p->lanes[i].instance);
	uv_close((uv_handle_t *)&p->soon, on_closed);
	uv_close((uv_handle_t *)&p->tick, on_closed);
}

/* Sequences behind the outbox. They may have gaps (events dropped for want of
 * room, a raised floor), so only a kept event counts as something to deliver. */
static uint64_t
lane_lag(const struct lane *l)
{
	struct outbox_stats stats;
	struct event next;

	if (!resume_next_kept(l->pump->outbox, l->acked, &next) ||
	    store_outbox_stats(l->pump->outbox, &stats) < 0)
		return 0;
	return stats.last_sequence - l->acked;
}

bool
pump_drained(struct pump *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->lanes[i].up && lane_lag(&p->lanes[i]) > 0)
			return false;
	return true;
}

size_t
pump_count(const struct pump *p)
{
	return p->count;
}

void
pump_status(struct pump *p, size_t index, struct publisher_status *out)
{
	const struct lane *l = &p->lanes[index];

	es_require(index < p->count);
	*out = l->status;
	out->up = l->up;
	out->cursor = l->acked;
	out->lag = lane_lag(l);
}

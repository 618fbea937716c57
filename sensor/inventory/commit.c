/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transaction: the rows of the assets that changed and the events that tell of it.
 *
 * When the store fails (disk full), nothing is forgotten: rows stay marked, events stay in memory up to EVENTS_MAX,
 * the least important going first, and the next commit tries again after RETRY_MS.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/inventory/tell.h"

#define EVENTS_MAX 10000
#define BATCH_MAX 512
#define RETRY_MS 1000
#define EVENT_OCTETS_MAX (128 * 1024)

/* ---- what waits ---- */

/* Room for one more of @p size; false without memory. */
static bool
grow(void **items, size_t count, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	void *grown;

	if (count < *cap)
		return true;
	grown = realloc(*items, more * size);
	if (grown == NULL)
		return false;
	*items = grown;
	*cap = more;
	return true;
}

void
commit_queue(struct inventory *inv, uint32_t asset)
{
	struct asset *a = asset_at(inv, asset);
	void *items = inv->queue;

	a->flags |= ASSET_DIRTY;
	if (inv->opt.store == NULL || (a->flags & ASSET_QUEUED) != 0 ||
	    !grow(&items, inv->nqueue, &inv->cap_queue, sizeof(*inv->queue)))
		return;
	inv->queue = items;
	inv->queue[inv->nqueue++] = asset;
	a->flags |= ASSET_QUEUED;
}

static struct departure *
add_departure(struct inventory *inv, enum departure_kind kind)
{
	void *items = inv->departures;
	struct departure *d;

	if (inv->opt.store == NULL ||
	    !grow(&items, inv->ndepartures, &inv->cap_departures, sizeof(*d)))
		return NULL;
	inv->departures = items;
	d = &inv->departures[inv->ndepartures++];
	*d = (struct departure){ .kind = kind };
	return d;
}

void
commit_depart(
    struct inventory *inv, const char *id, bool keep, const char *heir)
{
	struct departure *d;

	if (id[0] == '\0')
		return;
	d = add_departure(inv, keep ? DEPART_KEEP : DEPART_ERASE);
	if (d == NULL)
		return;
	memcpy(d->id, id, sizeof(d->id));
	str_copy(d->heir, sizeof(d->heir), heir);
}

void
commit_move(struct inventory *inv, uint32_t station, uint32_t asset)
{
	const struct station *st = station_at(inv, station);
	struct departure *d = add_departure(inv, DEPART_MOVE);

	if (d == NULL)
		return;
	d->addr = st->addr;
	d->segment = st->segment;
	str_copy(d->heir, sizeof(d->heir), commit_asset_id(inv, asset));
}

/* The place of the least important event, the oldest of its class. */
static size_t
least_important(const struct inventory *inv)
{
	size_t best = 0, i;

	for (i = 1; i < inv->nevents; i++) {
		if (event_info(inv->events[i].event.code)->class <
		    event_info(inv->events[best].event.code)->class)
			best = i;
	}
	return best;
}

void
commit_event(struct inventory *inv, struct pending_event *e)
{
	void *items = inv->events;

	if (inv->nevents >= EVENTS_MAX) {
		size_t out = least_important(inv);

		free(inv->events[out].json);
		memmove(&inv->events[out], &inv->events[out + 1],
		    (inv->nevents - out - 1) * sizeof(*inv->events));
		inv->nevents--;
		inv->stats.events_lost++;
	}
	if (!grow(&items, inv->nevents, &inv->cap_events, sizeof(*e))) {
		free(e->json);
		inv->stats.events_lost++;
		return;
	}
	inv->events = items;
	inv->events[inv->nevents++] = *e;
}

/* ---- ids ---- */

const char *
commit_asset_id(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);
	struct asset_detail *d = asset_detail(a);
	struct buf key;

	if (d == NULL)
		return "";
	if (d->id[0] != '\0')
		return d->id;
	buf_init(&key, 64);
	if (a->card != NONE) {
		buf_str(&key, "mac");
		buf_put(&key, card_at(inv, a->card)->mac.b, 6);
	} else if (a->stations != NONE) {
		const struct station *st = station_at(inv, a->stations);

		buf_str(&key, "addr");
		buf_be64(&key, st->segment);
		buf_put(&key, st->addr.b, addr_len(&st->addr));
	}
	digest_uuid(inv->opt.site == NULL ? "" : inv->opt.site, &key, d->id);
	buf_fini(&key);
	return d->id;
}

void
commit_dirty_station(struct station *st)
{
	struct station_detail *d = st->detail;
	unsigned i, k;

	st->flags |= STATION_DIRTY;
	for (i = 0; d != NULL && i < d->nnames; i++)
		d->names[i].dirty = true;
	for (i = 0; d != NULL && i < d->nservices; i++) {
		d->services[i].dirty = true;
		for (k = 0; k < d->services[i].ncerts; k++)
			d->services[i].certs[k].dirty = true;
	}
}

void
commit_dirty_all(struct inventory *inv, uint32_t asset)
{
	struct asset *a = asset_at(inv, asset);
	unsigned i;
	uint32_t s;

	commit_queue(inv, asset);
	for (i = 0; a->detail != NULL && i < a->detail->nnames; i++)
		a->detail->names[i].dirty = true;
	for (i = 0; a->detail != NULL && i < a->detail->nprints; i++)
		a->detail->prints[i].dirty = true;
	if (a->detail != NULL)
		a->detail->stored_sources = 0;
	for (s = a->stations; s != NONE; s = station_at(inv, s)->next)
		commit_dirty_station(station_at(inv, s));
}

/* ---- events ---- */

/* Complete the JSON with what only now is known. */
static int
append_event(struct inventory *inv, struct pending_event *p, struct buf *out)
{
	struct wall created = inv->opt.replay ? inv->now : wall_now();
	char text[WALL_TEXT];
	int rc;

	buf_reset(out);
	buf_put(out, p->json, p->cut);
	buf_printf(out, ",\"sequence\":%llu,\"created\":\"%s\"",
	    (unsigned long long)store_outbox_next(inv->opt.store),
	    wall_fmt(created, text));
	buf_str(out, p->json + p->cut);
	p->event.json = buf_cstr(out);
	p->event.json_len = (uint32_t)out->len;
	rc = store_outbox_append(inv->opt.store, &p->event);
	return rc == ES_E(FULL) &&
		       strstr(store_error(inv->opt.store), "no room") == NULL
		   ? 0
		   : rc;
}

static int
write_departure(struct store *store, const struct departure *d)
{
	char addr[ADDR_TEXT];
	int rc = 0;

	if (d->kind == DEPART_MOVE)
		return store_address_move(store, (int64_t)d->segment,
		    addr_fmt(&d->addr, addr), d->heir);
	if (d->heir[0] != '\0')
		rc = store_finding_adopt(store, d->id, d->heir);
	if (rc < 0)
		return rc;
	return d->kind == DEPART_KEEP ? store_asset_gone(store, d->id)
				      : store_asset_erase(store, d->id);
}

static int
write_departures(struct inventory *inv)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < inv->ndepartures && rc == 0; i++)
		rc = write_departure(inv->opt.store, &inv->departures[i]);
	return rc;
}

static int
write_all(struct inventory *inv, struct buf *json)
{
	struct store *store = inv->opt.store;
	int rc = store_begin(store);
	size_t i;

	if (rc < 0)
		return rc;
	rc = write_departures(inv);
	for (i = 0; i < inv->nqueue && rc == 0; i++)
		rc = rows_write(inv, inv->queue[i]);
	for (i = 0; i < inv->nfindings && rc == 0; i++)
		rc = store_put_finding(store, &inv->findings[i].row);
	for (i = 0; i < inv->nevents && rc == 0; i++)
		rc = append_event(inv, &inv->events[i], json);
	for (i = 0; i < inv->naudits && rc == 0; i++)
		rc = audit_write(inv, &inv->audits[i]);
	if (rc == 0 && inv->clear_losses)
		rc = store_losses_clear(store);
	if (rc == 0)
		return store_commit(store);
	store_rollback(store);
	return rc;
}

/* ---- after the commit ---- */

static void
flush_candidates(struct inventory *inv)
{
	size_t i;

	for (i = 0; i < inv->ncandidates; i++) {
		const struct candidate *c = &inv->candidates[i];

		inv->callbacks.candidate(inv->callbacks.arg,
		    asset_at(inv, c->asset), c->segment, &c->addr, c->reason);
	}
	inv->ncandidates = 0;
}

static void
forget_written(struct inventory *inv)
{
	size_t i;

	for (i = 0; i < inv->nqueue; i++)
		rows_written(inv, inv->queue[i]);
	for (i = 0; i < inv->nfindings; i++)
		free(inv->findings[i].texts);
	for (i = 0; i < inv->nevents; i++)
		free(inv->events[i].json);
	inv->stats.events += inv->nevents;
	inv->nqueue = inv->ndepartures = inv->nfindings = inv->nevents = 0;
	inv->naudits = 0;
	inv->clear_losses = false;
}

/* The callback sees each event as it stands in the outbox. */
static bool
tell_event(void *arg, const struct event *e)
{
	struct inventory *inv = arg;

	inv->callbacks.event(inv->callbacks.arg, e);
	return true;
}

static int
commit_now(struct inventory *inv)
{
	uint64_t before;
	struct buf json;
	int rc;

	if (inv->opt.store == NULL) {
		flush_candidates(inv);
		return 0;
	}
	transition_render(inv);
	if (inv->nqueue + inv->ndepartures + inv->nevents + inv->nfindings ==
	    0) {
		flush_candidates(inv);
		return 0;
	}
	/* It failed a moment ago, which was said: all of it waits. */
	if (inv->retry_at.ns > mono_now().ns)
		return 0;
	buf_init(&json, EVENT_OCTETS_MAX);
	before = store_outbox_next(inv->opt.store);
	rc = write_all(inv, &json);
	buf_fini(&json);
	if (rc < 0) {
		inv->stats.store_failures++;
		inv->retry_at.ns = mono_now().ns + RETRY_MS * NS_PER_MS;
		return rc;
	}
	forget_written(inv);
	if (inv->callbacks.event != NULL)
		rc = store_outbox_read(
		    inv->opt.store, before - 1, SIZE_MAX, tell_event, inv);
	flush_candidates(inv);
	return rc;
}

int
commit_maybe(struct inventory *inv)
{
	if (inv->batch > 0 && inv->nchanges < BATCH_MAX &&
	    inv->nqueue < BATCH_MAX * 8)
		return 0;
	return commit_now(inv);
}

int
inventory_begin(struct inventory *inv)
{
	inv->batch++;
	return 0;
}

int
inventory_commit(struct inventory *inv)
{
	if (inv->batch > 0)
		inv->batch--;
	return inv->batch > 0 ? 0 : commit_now(inv);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One transaction: the rows of the assets that changed and the events that tell of it.
 *
 * When the store fails (disk full), nothing is forgotten: rows stay marked, events stay in memory up to EVENTS_MAX,
 * the least important going first, and the next commit tries again after RETRY_MS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/inventory/inventory_priv.h"

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

void
commit_depart(struct inventory *inv, const char *id, bool keep)
{
	void *items = inv->departures;
	struct departure *d;

	if (inv->opt.store == NULL || id[0] == '\0' ||
	    !grow(&items, inv->ndepartures, &inv->cap_departures, sizeof(*d)))
		return;
	inv->departures = items;
	d = &inv->departures[inv->ndepartures++];
	memcpy(d->id, id, sizeof(d->id));
	d->keep = keep;
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
commit_dirty_all(struct inventory *inv, uint32_t asset)
{
	struct asset *a = asset_at(inv, asset);
	unsigned i, k;
	uint32_t s;

	commit_queue(inv, asset);
	for (i = 0; a->detail != NULL && i < a->detail->nnames; i++)
		a->detail->names[i].dirty = true;
	for (i = 0; a->detail != NULL && i < a->detail->nprints; i++)
		a->detail->prints[i].dirty = true;
	if (a->detail != NULL)
		a->detail->stored_sources = 0;
	for (s = a->stations; s != NONE; s = station_at(inv, s)->next) {
		struct station *st = station_at(inv, s);
		struct station_detail *d = st->detail;

		st->flags |= STATION_DIRTY;
		for (i = 0; d != NULL && i < d->nnames; i++)
			d->names[i].dirty = true;
		for (i = 0; d != NULL && i < d->nservices; i++) {
			d->services[i].dirty = true;
			for (k = 0; k < d->services[i].ncerts; k++)
				d->services[i].certs[k].dirty = true;
		}
	}
}

/* ---- rows ---- */

struct writer {
	struct inventory *inv;
	struct store *store;
	const char *id; /* of the asset being written */
	int rc;
};

static void
write_names(struct writer *w, const struct name *names, unsigned count,
    const char *addr)
{
	unsigned i;

	for (i = 0; i < count && w->rc == 0; i++) {
		struct name_row row = { .asset = w->id,
			.addr = addr,
			.name = names[i].text,
			.source = names[i].source,
			.served = names[i].served,
			.first_seen = names[i].first.ns,
			.last_seen = names[i].last.ns };

		if (names[i].dirty)
			w->rc = store_put_name(w->store, &row);
	}
}

static void
write_certs(struct writer *w, const struct station *st,
    const struct service_fact *sv, const char *addr)
{
	unsigned i;

	for (i = 0; i < sv->ncerts && w->rc == 0; i++) {
		struct cert_row row = { .segment = (int64_t)st->segment,
			.addr = addr,
			.proto = sv->proto,
			.port = sv->port,
			.sha256 = sv->certs[i].sha256,
			.asset = w->id,
			.cn = sv->certs[i].cn,
			.san = sv->certs[i].san,
			.first_seen = sv->certs[i].first.ns };

		if (sv->certs[i].dirty)
			w->rc = store_put_cert(w->store, &row);
	}
}

static const char *
state_word(const struct service_fact *sv)
{
	if (service_is_open(sv))
		return "open";
	return sv->closed ? "closed" : "announced";
}

static void
write_service(struct writer *w, const struct station *st,
    const struct service_fact *sv, const char *addr)
{
	struct service_row row = { .segment = (int64_t)st->segment,
		.addr = addr,
		.proto = sv->proto,
		.port = sv->port,
		.asset = w->id,
		.state = state_word(sv),
		.evidence = sv->state,
		.name = sv->name,
		.product = sv->product,
		.version = sv->version,
		.extrainfo = sv->extrainfo,
		.tunnel = sv->tunnel,
		.ostype = sv->ostype,
		.cpe = sv->cpe,
		.banner = sv->nbanners > 0 ? sv->banners[0] : "",
		.source = sv->source,
		.confidence = sv->confidence,
		.first_seen = sv->first.ns,
		.last_seen = sv->last.ns };

	/* What nobody was told of (data channels) is not part of the state. */
	if (sv->told == PORT_UNKNOWN && sv->state != SVC_ANNOUNCED)
		return;
	w->rc = store_put_service(w->store, &row);
}

static void
write_station(struct writer *w, const struct station *st)
{
	const struct mac *mac = identity_mac(w->inv, st);
	struct station_detail *d = st->detail;
	char addr[ADDR_TEXT], text[MAC_TEXT] = "";
	struct address_row row = { .asset = w->id,
		.segment = (int64_t)st->segment,
		.addr = addr_fmt(&st->addr, addr),
		.mac = mac == NULL ? "" : mac_fmt(mac, text),
		.strength = st->strength,
		.flags = st->flags & STATION_HEARD,
		.current = 1,
		.first_seen = st->first.ns,
		.last_seen = st->last.ns };
	unsigned i;

	if ((st->flags & STATION_DIRTY) != 0)
		w->rc = store_address_retire(
		    w->store, row.segment, addr, w->id);
	if (w->rc == 0)
		w->rc = store_put_address(w->store, &row);
	if (d == NULL)
		return;
	write_names(w, d->names, d->nnames, addr);
	for (i = 0; i < d->nservices && w->rc == 0; i++) {
		if (d->services[i].dirty)
			write_service(w, st, &d->services[i], addr);
		write_certs(w, st, &d->services[i], addr);
	}
}

static void
write_evidence(struct writer *w, const struct asset *a)
{
	uint64_t sources = 0;
	unsigned i;
	uint32_t s;

	for (s = a->stations; s != NONE; s = station_at(w->inv, s)->next)
		sources |= station_at(w->inv, s)->sources;
	sources &= ~a->detail->stored_sources;
	for (i = 1; i < SRC_MAX && w->rc == 0; i++) {
		struct evidence_row row = { .asset = w->id,
			.source = i,
			.strength = asset_strength(w->inv, a),
			.first_seen = a->last.ns,
			.last_seen = a->last.ns };

		if ((sources >> i & 1) != 0)
			w->rc = store_put_evidence(w->store, &row);
	}
}

static void
write_prints(struct writer *w, const struct asset_detail *d)
{
	unsigned i;

	for (i = 0; i < d->nprints && w->rc == 0; i++) {
		struct print_row row = { .asset = w->id,
			.kind = d->prints[i].kind,
			.value = d->prints[i].value,
			.first_seen = d->prints[i].first.ns };

		if (d->prints[i].dirty)
			w->rc = store_put_print(w->store, &row);
	}
}

static void
write_asset(struct writer *w, uint32_t handle)
{
	struct inventory *inv = w->inv;
	struct asset *a = asset_at(inv, handle);
	char mac[MAC_TEXT] = "", roles[256] = "";
	uint32_t s;
	unsigned i;

	w->id = commit_asset_id(inv, handle);
	for (i = 0; i < a->detail->nroles; i++) {
		size_t at = strlen(roles);

		snprintf(roles + at, sizeof(roles) - at, "%s%s",
		    i == 0 ? "" : ",", a->detail->roles[i]);
	}
	struct asset_row row = { .id = w->id,
		.segment = a->stations == NONE
		    ? 0
		    : (int64_t)station_at(inv, a->stations)->segment,
		.mac = a->card == NONE
		    ? ""
		    : mac_fmt(&card_at(inv, a->card)->mac, mac),
		.state = "known",
		.strength = asset_strength(inv, a),
		.name = asset_name(inv, a),
		.roles = roles,
		.first_seen = a->first.ns,
		.last_seen = a->last.ns };

	w->rc = store_put_asset(w->store, &row);
	if (w->rc == 0)
		write_names(w, a->detail->names, a->detail->nnames, "");
	if (w->rc == 0)
		write_prints(w, a->detail);
	if (w->rc == 0)
		write_evidence(w, a);
	for (s = a->stations; s != NONE && w->rc == 0;
	     s = station_at(inv, s)->next)
		write_station(w, station_at(inv, s));
}

/* In memory only until somebody was told of it. */
static bool
is_stored(const struct inventory *inv, uint32_t handle)
{
	const struct asset *a = asset_at(inv, handle);

	return (a->flags & (ASSET_USED | ASSET_QUEUED)) ==
	    (ASSET_USED | ASSET_QUEUED) &&
	    (a->flags & ASSET_TOLD) != 0 && a->detail != NULL;
}

/* The marks go only when the transaction is through. */
static void
clean_station(struct station *st)
{
	struct station_detail *d = st->detail;
	unsigned i, k;

	st->flags &= (uint8_t)~STATION_DIRTY;
	for (i = 0; d != NULL && i < d->nnames; i++)
		d->names[i].dirty = false;
	for (i = 0; d != NULL && i < d->nservices; i++) {
		d->services[i].dirty = false;
		for (k = 0; k < d->services[i].ncerts; k++)
			d->services[i].certs[k].dirty = false;
	}
}

static void
clean_asset(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);
	struct asset_detail *d = a->detail;
	unsigned i;
	uint32_t s;

	a->flags &= (uint8_t)~(ASSET_QUEUED | ASSET_DIRTY | ASSET_SEEN);
	if (d == NULL)
		return;
	for (i = 0; i < d->nnames; i++)
		d->names[i].dirty = false;
	for (i = 0; i < d->nprints; i++)
		d->prints[i].dirty = false;
	for (s = a->stations; s != NONE; s = station_at(inv, s)->next) {
		clean_station(station_at(inv, s));
		d->stored_sources |= station_at(inv, s)->sources;
	}
}

/* ---- events ---- */

/* Complete the JSON with what only now is known. */
static int
append_event(struct writer *w, struct pending_event *p, struct buf *out)
{
	struct inventory *inv = w->inv;
	struct wall created = inv->opt.replay ? inv->now : wall_now();
	char text[WALL_TEXT];
	int rc;

	buf_reset(out);
	buf_put(out, p->json, p->cut);
	buf_printf(out, ",\"sequence\":%llu,\"created\":\"%s\"",
	    (unsigned long long)store_outbox_next(w->store),
	    wall_fmt(created, text));
	buf_str(out, p->json + p->cut);
	p->event.json = buf_cstr(out);
	p->event.json_len = (uint32_t)out->len;
	rc = store_outbox_append(w->store, &p->event);
	return rc == ES_E(FULL) && strstr(store_error(w->store), "no room") == NULL
	    ? 0
	    : rc;
}

static void
write_departures(struct writer *w)
{
	size_t i;

	for (i = 0; i < w->inv->ndepartures && w->rc == 0; i++) {
		const struct departure *d = &w->inv->departures[i];

		w->rc = d->keep ? store_asset_gone(w->store, d->id)
				: store_asset_erase(w->store, d->id);
	}
}

static int
write_all(struct inventory *inv, struct buf *json)
{
	struct writer w = { .inv = inv, .store = inv->opt.store };
	size_t i;

	w.rc = store_begin(w.store);
	if (w.rc < 0)
		return w.rc;
	write_departures(&w);
	for (i = 0; i < inv->nqueue && w.rc == 0; i++) {
		if (is_stored(inv, inv->queue[i]))
			write_asset(&w, inv->queue[i]);
	}
	for (i = 0; i < inv->nfindings && w.rc == 0; i++)
		w.rc = store_put_finding(w.store, &inv->findings[i].row);
	for (i = 0; i < inv->nevents && w.rc == 0; i++)
		w.rc = append_event(&w, &inv->events[i], json);
	if (w.rc == 0)
		return store_commit(w.store);
	store_rollback(w.store);
	return w.rc;
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
		clean_asset(inv, inv->queue[i]);
	for (i = 0; i < inv->nfindings; i++)
		free(inv->findings[i].texts);
	for (i = 0; i < inv->nevents; i++)
		free(inv->events[i].json);
	inv->stats.events += inv->nevents;
	inv->nqueue = inv->ndepartures = inv->nfindings = inv->nevents = 0;
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
	if (inv->retry_at.ns > mono_now().ns)
		return ES_E(AGAIN);
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

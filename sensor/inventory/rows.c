/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An asset as rows of the database: only what changed since the last commit is written, and it counts as written only
 * when the transaction is through (rows_written).
 */
#include <stdio.h>
#include <string.h>

#include "sensor/inventory/tell.h"

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
		w->rc =
		    store_address_retire(w->store, row.segment, addr, w->id);
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

void
rows_written(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);
	struct asset_detail *d = a->detail;
	unsigned i;
	uint32_t s;

	/* It may have been forgotten since it was queued. */
	if ((a->flags & ASSET_USED) == 0)
		return;
	a->flags &= (uint8_t) ~(ASSET_QUEUED | ASSET_DIRTY | ASSET_SEEN);
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

int
rows_write(struct inventory *inv, uint32_t handle)
{
	struct writer w = { .inv = inv, .store = inv->opt.store };

	if (is_stored(inv, handle))
		write_asset(&w, handle);
	return w.rc;
}

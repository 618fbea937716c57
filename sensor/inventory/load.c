/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows back into memory at start-up: assets, then what refers to them by id or by place. Rows that make no sense are
 * left alone and counted; the database is ours, but a file can be edited.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/hash.h"
#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

struct loader {
	struct inventory *inv;
	struct index by_id;
	unsigned odd; /* rows that were left alone */
};

static bool
same_id(const void *arg, const void *key, uint32_t handle)
{
	const struct inventory *inv = arg;

	return strcmp(asset_at(inv, handle)->detail->id, key) == 0;
}

static uint32_t
find_asset(const struct loader *l, const char *id)
{
	return index_find(
	    &l->by_id, hash_bytes(id, strlen(id)), same_id, l->inv, id);
}

static const char *
intern(struct loader *l, const char *text)
{
	return strtab_take(&l->inv->texts, text, strlen(text));
}

static void
load_roles(struct loader *l, struct asset_detail *d, const char *roles)
{
	while (roles[0] != '\0') {
		size_t n = strcspn(roles, ",");

		fact_role(l->inv, d,
		    (struct text){ (const uint8_t *)roles, (uint16_t)n });
		roles += n + (roles[n] == ',');
	}
}

static bool
load_asset(void *arg, const void *data)
{
	const struct asset_row *row = data;
	struct loader *l = arg;
	struct asset *a;
	uint32_t handle;
	struct mac mac;

	if (strcmp(row->state, "known") != 0)
		return true;
	if (strlen(row->id) != UUID_TEXT - 1 ||
	    l->inv->assets.used >= l->inv->assets.max) {
		l->odd++;
		return true;
	}
	handle = asset_new(l->inv, (unsigned)row->strength);
	if (handle == NONE)
		return false;
	a = asset_at(l->inv, handle);
	if (asset_detail(a) == NULL)
		return false;
	a->flags |= ASSET_TOLD;
	a->first.ns = row->first_seen;
	a->last.ns = row->last_seen;
	memcpy(a->detail->id, row->id, UUID_TEXT);
	load_roles(l, a->detail, row->roles);
	if (mac_parse(row->mac, &mac) == 0) {
		a->card = card_get(l->inv, &mac);
		if (a->card != NONE)
			card_at(l->inv, a->card)->asset = handle;
	}
	if (row->last_seen > l->inv->now.ns)
		l->inv->now.ns = row->last_seen;
	return index_add(
		   &l->by_id, hash_bytes(row->id, UUID_TEXT - 1), handle) == 0;
}

static bool
load_address(void *arg, const void *data)
{
	const struct address_row *row = data;
	struct loader *l = arg;
	uint32_t asset = find_asset(l, row->asset), handle;
	struct station *st;
	struct addr addr;
	struct mac mac;

	if (row->current == 0)
		return true;
	if (asset == NONE || addr_parse(row->addr, &addr) < 0 ||
	    (handle = table_load_station(
		 l->inv, (uint64_t)row->segment, &addr, asset)) == NONE) {
		l->odd++;
		return true;
	}
	st = station_at(l->inv, handle);
	st->strength = (uint8_t)row->strength;
	st->flags = (uint8_t)(row->flags & STATION_HEARD);
	if (st->strength >= STRENGTH_TWO_WAY)
		st->flags |= STATION_ASKED;
	st->first.ns = row->first_seen;
	st->last.ns = row->last_seen;
	if (mac_parse(row->mac, &mac) == 0) {
		st->card = card_get(l->inv, &mac);
		st->bind_flags = BIND_PROVED;
	}
	return true;
}

static bool
load_name(void *arg, const void *data)
{
	const struct name_row *row = data;
	struct loader *l = arg;
	uint32_t asset = find_asset(l, row->asset), handle;
	struct observation obs = { .text = text_str(row->name),
		.source = (uint16_t)row->source,
		.strength = STRENGTH_ONE_WAY };
	struct station_detail *d;
	struct asset_detail *ad;
	struct addr addr;

	if (asset == NONE)
		return true;
	if (addr_parse(row->addr, &addr) < 0) {
		ad = asset_at(l->inv, asset)->detail;
		(void)!fact_name(
		    l->inv, &ad->names, &ad->nnames, &obs, row->served != 0);
		return true;
	}
	for (handle = asset_at(l->inv, asset)->stations; handle != NONE;
	     handle = station_at(l->inv, handle)->next) {
		if (!addr_eq(&station_at(l->inv, handle)->addr, &addr))
			continue;
		d = station_detail(station_at(l->inv, handle));
		if (d != NULL)
			(void)!fact_name(l->inv, &d->names, &d->nnames, &obs,
			    row->served != 0);
	}
	return true;
}

/* The service of a row, made when @p make. */
static struct service_fact *
service_at(struct loader *l, int64_t segment, const char *text, int64_t proto,
    int64_t port, bool make)
{
	struct addr addr;
	uint32_t handle;

	if (addr_parse(text, &addr) < 0)
		return NULL;
	handle = station_find(l->inv, (uint64_t)segment, &addr);
	if (handle == NONE)
		return NULL;
	return fact_service(l->inv, station_at(l->inv, handle), (uint8_t)proto,
	    (uint16_t)port, make);
}

static bool
load_service(void *arg, const void *data)
{
	const struct service_row *row = data;
	struct loader *l = arg;
	struct service_fact *sv;

	if (strcmp(row->state, "gone") == 0)
		return true;
	sv =
	    service_at(l, row->segment, row->addr, row->proto, row->port, true);
	if (sv == NULL) {
		l->odd++;
		return true;
	}
	sv->state = (uint8_t)row->evidence;
	sv->closed = strcmp(row->state, "closed") == 0;
	sv->offered = !sv->closed;
	sv->told = strcmp(row->state, "open") == 0 ? PORT_OPEN
		   : sv->closed			   ? PORT_CLOSED
						   : PORT_UNKNOWN;
	sv->source = (uint16_t)row->source;
	sv->confidence = (uint8_t)row->confidence;
	sv->name = intern(l, row->name);
	sv->product = intern(l, row->product);
	sv->version = intern(l, row->version);
	sv->extrainfo = intern(l, row->extrainfo);
	sv->tunnel = intern(l, row->tunnel);
	sv->ostype = intern(l, row->ostype);
	sv->cpe = intern(l, row->cpe);
	(void)!fact_banner(l->inv, sv, text_str(row->banner));
	sv->first.ns = row->first_seen;
	sv->last.ns = row->last_seen;
	return true;
}

static bool
load_cert(void *arg, const void *data)
{
	const struct cert_row *row = data;
	struct loader *l = arg;
	struct service_fact *sv = service_at(
	    l, row->segment, row->addr, row->proto, row->port, false);
	struct observation obs = { .text = text_str(row->cn),
		.text2 = text_str(row->sha256),
		.data = text_str(row->san) };
	struct cert *cert = sv == NULL ? NULL : fact_cert(l->inv, sv, &obs);

	if (cert != NULL) {
		cert->dirty = false;
		cert->told = true;
		cert->first.ns = row->first_seen;
	}
	return true;
}

static bool
load_print(void *arg, const void *data)
{
	const struct print_row *row = data;
	struct loader *l = arg;
	uint32_t asset = find_asset(l, row->asset);
	struct observation obs = { .text = text_str(row->value),
		.text2 = text_str(row->kind) };

	if (asset != NONE)
		fact_print(l->inv, asset_at(l->inv, asset)->detail, &obs);
	return true;
}

static bool
load_evidence(void *arg, const void *data)
{
	const struct evidence_row *row = data;
	struct loader *l = arg;
	uint32_t asset = find_asset(l, row->asset), s;
	uint64_t bit = UINT64_C(1) << (row->source & 63);

	if (asset == NONE)
		return true;
	asset_at(l->inv, asset)->detail->stored_sources |= bit;
	for (s = asset_at(l->inv, asset)->stations; s != NONE;
	     s = station_at(l->inv, s)->next)
		station_at(l->inv, s)->sources |= bit;
	return true;
}

int
load_all(struct inventory *inv, struct errbuf *eb)
{
	static const struct {
		enum record_kind kind;
		bool (*visit)(void *arg, const void *row);
	} stages[] = {
		{ RECORD_ASSET, load_asset },
		{ RECORD_ADDRESS, load_address },
		{ RECORD_NAME, load_name },
		{ RECORD_SERVICE, load_service },
		{ RECORD_CERT, load_cert },
		{ RECORD_PRINT, load_print },
		{ RECORD_EVIDENCE, load_evidence },
	};
	struct loader l = { .inv = inv };
	int rc = 0;
	size_t i;

	index_init(&l.by_id);
	for (i = 0; i < ES_ARRAY_LEN(stages) && rc == 0; i++)
		rc = record_each(
		    inv->opt.store, stages[i].kind, stages[i].visit, &l);
	index_fini(&l.by_id);
	if (rc < 0)
		return err_set(eb, rc, "cannot load the inventory: %s",
		    store_error(inv->opt.store));
	inv->stats.rows_odd = l.odd;
	return 0;
}

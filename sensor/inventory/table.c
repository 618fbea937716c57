/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of assets, stations and cards, and who goes when they are full.
 *
 * Assets stand in one of two lists, claimed and confirmed, each in the order in which they were last heard. A new
 * asset that finds the table full takes the place of the oldest claimed one; when all are confirmed, only a confirmed
 * one gets a place (the oldest confirmed goes), and a claimed one is refused and counted. So a flood of invented
 * hosts pushes out invented hosts.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/hash.h"
#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

struct station_key {
	const struct addr *addr;
	uint64_t segment;
};

/* ---- order of eviction ---- */

static struct lru *
lru_of(struct inventory *inv, const struct asset *a)
{
	return (a->flags & ASSET_CONFIRMED) != 0 ? &inv->confirmed
						 : &inv->claimed;
}

static void
lru_unlink(struct inventory *inv, struct asset *a)
{
	struct lru *lru = lru_of(inv, a);

	if (a->lru_prev != NONE)
		asset_at(inv, a->lru_prev)->lru_next = a->lru_next;
	else
		lru->newest = a->lru_next;
	if (a->lru_next != NONE)
		asset_at(inv, a->lru_next)->lru_prev = a->lru_prev;
	else
		lru->oldest = a->lru_prev;
}

static void
lru_push(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);
	struct lru *lru = lru_of(inv, a);

	a->lru_prev = NONE;
	a->lru_next = lru->newest;
	if (lru->newest != NONE)
		asset_at(inv, lru->newest)->lru_prev = handle;
	else
		lru->oldest = handle;
	lru->newest = handle;
}

void
asset_touch(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);

	a->last = inv->now;
	a->flags |= ASSET_SEEN;
	if (lru_of(inv, a)->newest == handle)
		return;
	lru_unlink(inv, a);
	lru_push(inv, handle);
}

void
asset_confirm(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);

	if ((a->flags & ASSET_CONFIRMED) != 0)
		return;
	lru_unlink(inv, a);
	a->flags |= ASSET_CONFIRMED;
	lru_push(inv, handle);
	inv->stats.assets_confirmed++;
}

/* ---- assets ---- */

static void
evict(struct inventory *inv, uint32_t asset)
{
	transition_gone(inv, asset, "forgotten for want of room");
	asset_forget(inv, asset, false);
}

static bool
make_room(struct inventory *inv, bool confirmed)
{
	if (inv->claimed.oldest != NONE) {
		inv->stats.evicted_claimed++;
		evict(inv, inv->claimed.oldest);
		return true;
	}
	if (confirmed && inv->confirmed.oldest != NONE) {
		inv->stats.evicted_confirmed++;
		evict(inv, inv->confirmed.oldest);
		return true;
	}
	inv->stats.refused_hosts++;
	return false;
}

uint32_t
asset_new(struct inventory *inv, unsigned strength)
{
	bool confirmed = strength >= STRENGTH_TWO_WAY;
	uint32_t handle;
	struct asset *a;

	if (inv->assets.used >= inv->assets.max && !make_room(inv, confirmed))
		return NONE;
	handle = pool_take(&inv->assets);
	if (handle == NONE)
		return NONE;
	a = asset_at(inv, handle);
	a->flags = ASSET_USED | (confirmed ? ASSET_CONFIRMED : 0);
	a->first = a->last = inv->now;
	a->stations = a->card = NONE;
	lru_push(inv, handle);
	inv->stats.assets++;
	inv->stats.assets_confirmed += confirmed;
	return handle;
}

struct asset_detail *
asset_detail(struct asset *a)
{
	if (a->detail == NULL)
		a->detail = calloc(1, sizeof(*a->detail));
	return a->detail;
}

unsigned
asset_strength(const struct inventory *inv, const struct asset *a)
{
	unsigned best = 0;
	uint32_t i;

	for (i = a->stations; i != NONE; i = station_at(inv, i)->next) {
		if (station_at(inv, i)->strength > best)
			best = station_at(inv, i)->strength;
	}
	return best;
}

/* ---- stations ---- */

static uint64_t
station_hash(uint64_t segment, const struct addr *addr)
{
	uint64_t w[2];

	memcpy(w, addr->b, sizeof(w));
	return hash_mix(
	    hash_mix(w[0] ^ hash_seed(), w[1]), segment << 8 | addr->family);
}

static bool
same_station(const void *arg, const void *key, uint32_t handle)
{
	const struct station *st = station_at(arg, handle);
	const struct station_key *k = key;

	return memcmp(&st->addr, k->addr, sizeof(st->addr)) == 0 &&
	       st->segment == k->segment;
}

uint32_t
station_find(
    const struct inventory *inv, uint64_t segment, const struct addr *addr)
{
	struct station_key key = { .addr = addr, .segment = segment };

	return index_find(&inv->station_index, station_hash(segment, addr),
	    same_station, inv, &key);
}

static void
link_station(struct inventory *inv, uint32_t handle, uint32_t asset)
{
	struct station *st = station_at(inv, handle);
	struct asset *a = asset_at(inv, asset);

	st->asset = asset;
	st->next = a->stations;
	a->stations = handle;
	a->nstations++;
}

static void
unlink_station(struct inventory *inv, uint32_t handle)
{
	struct station *st = station_at(inv, handle);
	struct asset *a = asset_at(inv, st->asset);
	uint32_t *at = &a->stations;

	while (*at != handle)
		at = &station_at(inv, *at)->next;
	*at = st->next;
	a->nstations--;
}

void
station_move(struct inventory *inv, uint32_t station, uint32_t asset)
{
	unlink_station(inv, station);
	link_station(inv, station, asset);
	transition_moved(inv, station, asset);
	commit_dirty_station(station_at(inv, station));
}

static void
station_free(struct inventory *inv, uint32_t handle)
{
	struct station *st = station_at(inv, handle);

	index_remove(
	    &inv->station_index, station_hash(st->segment, &st->addr), handle);
	if (st->detail != NULL)
		fact_free_station(inv, st->detail);
	pool_release(&inv->stations, handle);
	inv->stats.stations--;
}

/* A new station of @p asset; NONE without room. */
static uint32_t
station_new(struct inventory *inv, uint64_t segment, const struct addr *addr,
    uint32_t asset)
{
	uint32_t handle = pool_take(&inv->stations);
	struct station *st;

	if (handle == NONE)
		return NONE;
	if (index_add(
		&inv->station_index, station_hash(segment, addr), handle) < 0) {
		pool_release(&inv->stations, handle);
		return NONE;
	}
	st = station_at(inv, handle);
	st->addr = *addr;
	st->segment = segment;
	st->first = st->last = inv->now;
	st->card = NONE;
	link_station(inv, handle, asset);
	inv->stats.stations++;
	return handle;
}

uint32_t
station_get(struct inventory *inv, uint64_t segment, const struct addr *addr,
    unsigned strength)
{
	uint32_t handle = station_find(inv, segment, addr), asset;

	if (handle != NONE)
		return handle;
	asset = asset_new(inv, strength);
	if (asset == NONE)
		return NONE;
	handle = station_new(inv, segment, addr, asset);
	if (handle == NONE)
		asset_forget(inv, asset, false);
	return handle;
}

uint32_t
table_load_station(struct inventory *inv, uint64_t segment,
    const struct addr *addr, uint32_t asset)
{
	if (station_find(inv, segment, addr) != NONE)
		return NONE;
	return station_new(inv, segment, addr, asset);
}

struct station_detail *
station_detail(struct station *st)
{
	if (st->detail == NULL)
		st->detail = calloc(1, sizeof(*st->detail));
	return st->detail;
}

void
asset_forget(struct inventory *inv, uint32_t handle, bool keep)
{
	struct asset *a = asset_at(inv, handle);

	transition_forget(inv, handle);
	if ((a->flags & ASSET_TOLD) != 0 && a->detail != NULL)
		commit_depart(inv, a->detail->id, keep, "");
	while (a->stations != NONE) {
		uint32_t station = a->stations;

		a->stations = station_at(inv, station)->next;
		station_free(inv, station);
	}
	if (a->card != NONE)
		card_at(inv, a->card)->asset = NONE;
	lru_unlink(inv, a);
	inv->stats.assets--;
	inv->stats.assets_confirmed -= (a->flags & ASSET_CONFIRMED) != 0;
	if (a->detail != NULL)
		fact_free_asset(inv, a->detail);
	pool_release(&inv->assets, handle);
}

/* ---- cards ---- */

static uint64_t
card_hash(const struct mac *mac)
{
	uint64_t w = 0;

	memcpy(&w, mac->b, sizeof(mac->b));
	return hash_mix(w ^ hash_seed(), 0x6d6163);
}

static bool
same_card(const void *arg, const void *key, uint32_t handle)
{
	return mac_eq(&card_at(arg, handle)->mac, key);
}

uint32_t
card_find(const struct inventory *inv, const struct mac *mac)
{
	return index_find(
	    &inv->card_index, card_hash(mac), same_card, inv, mac);
}

uint32_t
card_get(struct inventory *inv, const struct mac *mac)
{
	uint32_t handle = card_find(inv, mac);
	struct card *card;

	if (handle != NONE)
		return handle;
	handle = pool_take(&inv->cards);
	if (handle == NONE) {
		inv->stats.refused_facts++;
		return NONE;
	}
	if (index_add(&inv->card_index, card_hash(mac), handle) < 0) {
		pool_release(&inv->cards, handle);
		return NONE;
	}
	card = card_at(inv, handle);
	card->mac = *mac;
	card->asset = NONE;
	return handle;
}

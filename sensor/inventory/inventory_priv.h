/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory_priv: what the files of the inventory share.
 *
 *	observe.c	what each kind of observation changes
 *	table.c		assets, stations and cards: finding, making, evicting
 *	identity.c	which MAC an address has, and which device it is
 *	fact.c		names, services, certificates, prints of a device (fact.h)
 *	product.c	product and version out of a banner
 *	transition.c	which changes are told (tell.h)
 *	render.c	... and as which event
 *	ecs.c		an event as an ECS object
 *	commit.c	one transaction: rows and events
 *	rows.c		an asset as rows of the database
 *	load.c		rows back into memory at start-up
 */
#pragma once

#include "sensor/inventory/asset.h"
#include "sensor/inventory/inventory.h"
#include "sensor/inventory/pool.h"
#include "sensor/inventory/strtab.h"
#include "sensor/model/json.h"
#include "sensor/store/records.h"

/* A change that waits for its commit, where it is told with all that is known by then. Texts are interned. */
struct change {
	enum event_code code;
	uint32_t asset;
	uint32_t station; /* NONE: of the device as a whole */
	uint16_t port;
	uint8_t proto;
	struct wall ts;
	const char *field; /* literal; NULL when nothing specific changed */
	const char *old;
	const char *new;
};

/* An event that waits for its commit. Its JSON lacks the sequence, which only the commit knows. */
struct pending_event {
	struct event event;
	char *json;
	uint32_t cut; /* where "sequence" and "created" go */
};

/* What the next commit does to the rows before it writes new ones, in the order in which it happened. */
enum departure_kind {
	DEPART_ERASE, /* the device is in memory no more */
	DEPART_KEEP,  /* as before, but its rows stay as history, marked gone */
	DEPART_MOVE   /* an address and its services are another device's now */
};

struct departure {
	enum departure_kind kind;
	char id[UUID_TEXT];
	char heir
	    [UUID_TEXT];  /* gets its findings, or the address; "" = nobody */
	struct addr addr; /* DEPART_MOVE */
	uint64_t segment;
};

/* A script result on its way into the store. The texts are one allocation. */
struct pending_finding {
	struct finding_row row;
	char *texts;
};

struct candidate {
	struct addr addr;
	uint64_t segment;
	uint32_t asset;
	const char *reason;
};

struct lru {
	uint32_t newest;
	uint32_t oldest;
};

struct inventory {
	struct inventory_options opt;
	struct inventory_callbacks callbacks;
	struct inventory_stats stats;
	struct pool assets;
	struct pool stations;
	struct pool cards;
	struct index station_index;
	struct index card_index;
	struct strtab texts;
	struct lru claimed;
	struct lru confirmed;
	struct wall now; /* never goes back */

	uint32_t *queue; /* assets whose rows the next commit writes */
	size_t nqueue, cap_queue;
	struct departure *departures; /* ids whose rows it retires */
	size_t ndepartures, cap_departures;
	struct change *changes;
	size_t nchanges, cap_changes;
	struct pending_event *events;
	size_t nevents, cap_events;
	struct pending_finding *findings;
	size_t nfindings, cap_findings;
	struct audit *audits;
	size_t naudits, cap_audits;
	bool clear_losses; /* the next commit tells them */
	struct candidate *candidates;
	size_t ncandidates, cap_candidates;
	struct buf scratch;
	unsigned batch; /* depth of inventory_begin */

	struct wall
	    unverified_since; /* the minute that `unverified_told` counts */
	uint32_t unverified_told;
	struct wall last_sweep;
	struct wall last_trim;
	struct wall last_seen_write;
	struct mono retry_at; /* not before, after the store failed */
};

/* ---- table.c ---- */

static inline struct asset *
asset_at(const struct inventory *inv, uint32_t handle)
{
	return pool_at(&inv->assets, handle);
}

static inline struct station *
station_at(const struct inventory *inv, uint32_t handle)
{
	return pool_at(&inv->stations, handle);
}

static inline struct card *
card_at(const struct inventory *inv, uint32_t handle)
{
	return pool_at(&inv->cards, handle);
}

/** NONE when it is not known. */
uint32_t station_find(
    const struct inventory *inv, uint64_t segment, const struct addr *addr);

/** Find or make, with an asset of its own; NONE when there is no room for a host that is only @p strength sure. */
uint32_t station_get(struct inventory *inv, uint64_t segment,
    const struct addr *addr, unsigned strength);

/** As it was before the restart; NONE when it is there already or there is no room. */
uint32_t table_load_station(struct inventory *inv, uint64_t segment,
    const struct addr *addr, uint32_t asset);

/** Make a device without an address (LLDP, a MAC heard alone). */
uint32_t asset_new(struct inventory *inv, unsigned strength);

uint32_t card_find(const struct inventory *inv, const struct mac *mac);
uint32_t card_get(struct inventory *inv, const struct mac *mac);

/** It was heard now: last seen, and its place in the order of eviction. */
void asset_touch(struct inventory *inv, uint32_t asset);
void asset_confirm(struct inventory *inv, uint32_t asset);

/** Move @p station from its asset to @p asset. The asset it leaves stays, maybe without a station. */
void station_move(struct inventory *inv, uint32_t station, uint32_t asset);

/** Forget a device and its stations; its rows go with the next commit, or with @p keep stay as history. */
void asset_forget(struct inventory *inv, uint32_t asset, bool keep);

struct asset_detail *asset_detail(struct asset *a);
struct station_detail *station_detail(struct station *st);

/** Strongest evidence of any of its addresses. */
unsigned asset_strength(const struct inventory *inv, const struct asset *a);

/* ---- identity.c ---- */

void identity_prove(struct inventory *inv, uint32_t station,
    const struct mac *mac, const struct observation *obs);
/** @p aux: the TTL and FRAME_MAC_LOCAL, as in the observation. */
void identity_frame(struct inventory *inv, uint32_t station,
    const struct mac *mac, unsigned aux);
/** The MAC to show for an address, by proof or by frames that nothing routed; NULL when none is sure. */
const struct mac *identity_mac(
    const struct inventory *inv, const struct station *st);
/** May this binding be shown? */
bool identity_shows(const struct inventory *inv, const struct station *st,
    const struct binding *b);
/** The @p i-th binding of @p st; false when there are no more. */
bool identity_binding(
    const struct station *st, unsigned i, struct binding *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory_priv: what the files of the inventory share.
 *
 *	observe.c	what each kind of observation changes
 *	table.c		assets, stations and cards: finding, making, evicting
 *	identity.c	which MAC an address has, and which device it is
 *	fact.c		names, services, certificates, prints of a device
 *	product.c	product and version out of a banner
 *	transition.c	which changes are told, and as which event
 *	ecs.c		an event as an ECS object
 *	commit.c	one transaction: rows and events
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

/* A device that is in memory no more. */
struct departure {
	char id[UUID_TEXT];
	bool keep; /* as history, marked gone */
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
	struct candidate *candidates;
	size_t ncandidates, cap_candidates;
	struct buf scratch;
	unsigned batch; /* depth of inventory_begin */

	struct wall unverified_since; /* the minute that `unverified_told` counts */
	uint32_t unverified_told;
	struct wall last_sweep;
	struct wall last_trim;
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
void identity_frame(struct inventory *inv, uint32_t station,
    const struct mac *mac, unsigned ttl);
/** The MAC to show for an address, by proof or by frames that nothing routed; NULL when none is sure. */
const struct mac *identity_mac(
    const struct inventory *inv, const struct station *st);
/** May this binding be shown? */
bool identity_shows(const struct inventory *inv, const struct station *st,
    const struct binding *b);
/** The @p i-th binding of @p st; false when there are no more. */
bool identity_binding(const struct station *st, unsigned i, struct binding *out);

/* ---- fact.c ---- */

/** Returns true when the best name changed. */
bool fact_name(struct inventory *inv, struct name **names, uint8_t *count,
    const struct observation *obs, bool served);
const struct name *fact_best_name(const struct name *names, unsigned count);
/** Find or make; NULL past the bound. */
struct service_fact *fact_service(struct inventory *inv, struct station *st,
    uint8_t proto, uint16_t port, bool make);
bool fact_banner(
    struct inventory *inv, struct service_fact *sv, struct text banner);
/** Returns the certificate when it is new, else NULL. */
struct cert *fact_cert(struct inventory *inv, struct service_fact *sv,
    const struct observation *obs);
void fact_print(struct inventory *inv, struct asset_detail *d,
    const struct observation *obs);
bool fact_role(
    struct inventory *inv, struct asset_detail *d, struct text role);
void fact_free_station(struct inventory *inv, struct station_detail *d);
void fact_free_asset(struct inventory *inv, struct asset_detail *d);
/** Give the prints and roles of @p from to @p to. */
void fact_merge(struct inventory *inv, struct asset *from, struct asset *to);
/** Replace an interned text; true when it changed. An empty @p text changes nothing. */
bool fact_set(
    struct inventory *inv, const char **slot, const void *text, size_t len);

/* ---- transition.c ---- */

/** Is it time to tell of this host? @p station may be NONE. Returns true when it is told or about to be. */
bool transition_host(struct inventory *inv, uint32_t asset, uint32_t station);
/** An asset known by its address got its MAC: a told one gets a new id. */
void transition_identified(struct inventory *inv, uint32_t asset);
/** @p from is about to be forgotten: it was @p to all the time. */
void transition_merged(struct inventory *inv, uint32_t from, uint32_t to);
void transition_host_changed(struct inventory *inv, uint32_t asset,
    const char *field, const char *old, const char *new);
/** @p field (may be NULL) changed from @p old; or it opened, or it was refused. */
void transition_service(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *field, const char *old);
void transition_cert(struct inventory *inv, uint32_t station,
    struct service_fact *sv, struct cert *cert);
void transition_candidate(
    struct inventory *inv, uint32_t station, const char *reason);
/** Nobody may tell of @p asset any more. */
void transition_forget(struct inventory *inv, uint32_t asset);
/** Tell that @p asset is gone; its memory is the caller's to forget. */
void transition_gone(
    struct inventory *inv, uint32_t asset, const char *reason);
/** A service was not heard for too long, or refused a script. */
void transition_service_gone(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *reason);
/** Turn all changes into events. */
void transition_render(struct inventory *inv);
bool service_is_open(const struct service_fact *sv);

/* ---- ecs.c ---- */

struct ecs_event {
	enum event_code code;
	struct wall ts;
	struct wall start;
	struct wall end;
	const char *provider; /* "passive", "probe", "script", "engine" */
	const char *reason;
	const char *outcome;
	unsigned severity;
	uint32_t asset;	  /* NONE: of no device */
	uint32_t station; /* NONE: of no address */
	const struct service_fact *service;
	const char *subject; /* what of the asset: "tcp/22", a script's id */
	const char *state;   /* the new state, for the id */
};

/** Write all up to the host; the caller adds its own members to @p j and ends with ecs_end. */
void ecs_begin(struct inventory *inv, const struct ecs_event *e,
    const char *message, struct json *j, struct pending_event *out);
/** Open "earshot" with what every event has there; the caller adds to it. */
void ecs_earshot(
    struct inventory *inv, const struct ecs_event *e, struct json *j);
/** Close "earshot" and the event, and queue it. */
void ecs_end(struct inventory *inv, struct json *j, struct pending_event *out);
void ecs_host(struct inventory *inv, const struct ecs_event *e, struct json *j);
/** "server" and "destination". */
void ecs_endpoint(struct inventory *inv, struct json *j, const char *key,
    const struct station *st, uint16_t port);
void ecs_related(
    struct inventory *inv, const struct ecs_event *e, struct json *j);
unsigned ecs_confidence(unsigned strength);
const char *asset_name(const struct inventory *inv, const struct asset *a);

/* ---- commit.c ---- */

void commit_queue(struct inventory *inv, uint32_t asset);
/** The rows of @p id go, or with @p keep stay as history. */
void commit_depart(struct inventory *inv, const char *id, bool keep);
/** Make the id of an asset when it has none; "" without memory. */
const char *commit_asset_id(struct inventory *inv, uint32_t asset);
void commit_dirty_all(struct inventory *inv, uint32_t asset);
/** Append to the list of events; takes the JSON. The least important goes when the list is full. */
void commit_event(struct inventory *inv, struct pending_event *e);
/** Commit now unless inside inventory_begin. */
int commit_maybe(struct inventory *inv) ES_MUST_CHECK;

/* ---- load.c ---- */

int load_all(struct inventory *inv, struct errbuf *eb) ES_MUST_CHECK;

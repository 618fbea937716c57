/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tell: the way of a change to the outbox: noted (transition.c), put into words (render.c, ecs.c), committed with the
 * rows (commit.c, rows.c); and the way back at start-up (load.c).
 */
#pragma once

#include "sensor/inventory/inventory_priv.h"

/* ---- transition.c ---- */

/** Is it time to tell of this host? @p station may be NONE. Returns true when it is told or about to be. */
bool transition_host(struct inventory *inv, uint32_t asset, uint32_t station);
/** An asset known by its address got its MAC: a told one gets a new id. */
void transition_identified(struct inventory *inv, uint32_t asset);
/** What is noted of @p station is of @p asset from now on. */
void transition_moved(struct inventory *inv, uint32_t station, uint32_t asset);
/** @p from is about to be forgotten: it was @p to all the time. */
void transition_merged(struct inventory *inv, uint32_t from, uint32_t to);
void transition_host_changed(struct inventory *inv, uint32_t asset,
    const char *field, const char *old, const char *new);
/** @p field (may be NULL) changed from @p old; or it opened, or it was refused. */
void transition_service(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *field, const char *old);
void transition_cert(struct inventory *inv, uint32_t station,
    struct service_fact *sv, struct cert *cert);
/** Nothing comes of it unless the host answered somebody. */
bool transition_candidate(
    struct inventory *inv, uint32_t station, const char *reason);
/** Nobody may tell of @p asset any more. */
void transition_forget(struct inventory *inv, uint32_t asset);
/** Tell that @p asset is gone; its memory is the caller's to forget. */
void transition_gone(struct inventory *inv, uint32_t asset, const char *reason);
/** A service was not heard for too long, or refused a script. */
void transition_service_gone(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *reason);
/** Release the texts of a change. */
void change_fini(struct inventory *inv, const struct change *c);
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
/** The rows of @p id go, or with @p keep stay as history; its findings are @p heir's ("" = nobody's). */
void commit_depart(
    struct inventory *inv, const char *id, bool keep, const char *heir);
/** The stored services of @p station are those of @p asset. */
void commit_move(struct inventory *inv, uint32_t station, uint32_t asset);
/** Make the id of an asset when it has none; "" without memory. */
const char *commit_asset_id(struct inventory *inv, uint32_t asset);
/** All that is known of it must be written (anew), under the asset it has now. */
void commit_dirty_station(struct station *st);
void commit_dirty_all(struct inventory *inv, uint32_t asset);
/** Append to the list of events; takes the JSON. The least important goes when the list is full. */
void commit_event(struct inventory *inv, struct pending_event *e);
/** Commit now unless inside inventory_begin. */
int commit_maybe(struct inventory *inv) ES_MUST_CHECK;

/* ---- rows.c ---- */

/** Write what changed of @p asset, inside the transaction. */
int rows_write(struct inventory *inv, uint32_t asset) ES_MUST_CHECK;
/** The transaction is through: nothing of @p asset is new any more. */
void rows_written(struct inventory *inv, uint32_t asset);

/* ---- sensor.c ---- */

int audit_write(struct inventory *inv, const struct audit *a) ES_MUST_CHECK;

/* ---- load.c ---- */

int load_all(struct inventory *inv, struct errbuf *eb) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inventory: what we believe about the devices around us, each fact with its evidence.
 *
 * Observations and findings go in; assets change; every transition becomes an event in the same transaction
 * (store.h). Identity: a globally administered MAC is the device; without one, (segment, address). A MAC that sources
 * two or more off-subnet addresses is a router's and binds nobody (passive §3.2). Bounded: confirmed assets are never
 * evicted for claimed ones.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/audit.h"
#include "sensor/model/finding.h"
#include "sensor/model/observation.h"
#include "sensor/model/target.h"
#include "sensor/store/store.h"

struct inventory;
struct asset; /* asset.h */

struct inventory_options {
	struct store
	    *store; /* NULL: nothing is stored, no events (replay --facts) */
	const char *sensor_name;
	const char *site;
	const char *const *ifnames; /* index = observation.ifindex */
	size_t nifnames;
	uint32_t max_assets;  /* 0 = 98304 */
	uint32_t host_gone_s; /* 0 = 7 days */
	uint32_t service_gone_s;
	bool
	    replay; /* time comes from the packets; the sensor id from the file */
};

/* Told after the transition is stored; for the policy and for `run` on a terminal. */
struct inventory_callbacks {
	void *arg;
	/* A service or host became worth asking: two-way evidence is there. */
	void (*candidate)(void *arg, const struct asset *asset,
	    uint64_t segment, const struct addr *addr, const char *reason);
	void (*event)(void *arg, const struct event *e);
};

struct inventory_stats {
#define COUNTER(name, unit, help) uint64_t name;
#include "sensor/inventory/counters.def"
#undef COUNTER
};

int inventory_new(const struct inventory_options *options,
    const struct inventory_callbacks *callbacks, struct inventory **out,
    struct errbuf *eb) ES_MUST_CHECK;
void inventory_free(struct inventory *inv);

/** Group several calls into one transaction; commits at the latest after 512 events. */
int inventory_begin(struct inventory *inv) ES_MUST_CHECK;
int inventory_commit(struct inventory *inv) ES_MUST_CHECK;

int inventory_observe(
    struct inventory *inv, const struct observation *obs) ES_MUST_CHECK;
/** @p t: the target it answers, or NULL when it is no longer known. */
int inventory_finding(struct inventory *inv, const struct finding *f,
    const struct target *t) ES_MUST_CHECK;
int inventory_audit(struct inventory *inv, const struct audit *a) ES_MUST_CHECK;
/**
 * Tell of the sensor itself (sensor.*, probe.halted ...). @p key and @p detail, when not NULL, put a JSON object into
 * "earshot": inventory_tell(inv, EV_SENSOR_ROLE, "engine restarted", "role", "{\"name\":\"engine\"}").
 */
int inventory_tell(struct inventory *inv, enum event_code code,
    const char *message, const char *key, const char *detail) ES_MUST_CHECK;
/** Time passes: expiry, heartbeats. */
int inventory_tick(struct inventory *inv, struct wall now) ES_MUST_CHECK;

void inventory_stats_get(
    const struct inventory *inv, struct inventory_stats *out);

/**
 * Fill a target's host part and heard facts from what is known of (@p segment, @p addr). ES_E(NOTFOUND) if nothing,
 * ES_E(DENIED) when the host never answered anybody: only two-way evidence is ever asked.
 */
int inventory_fill_target(struct inventory *inv, uint64_t segment,
    const struct addr *addr, struct target *t) ES_MUST_CHECK;

/** Print the neutral form of facts (docs/facts.md), sorted, one JSON object a line. */
struct buf;
void inventory_facts(struct inventory *inv, struct buf *out,
    void (*line)(void *arg, const char *text, size_t len), void *arg);

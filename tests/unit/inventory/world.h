/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An inventory with what it told: its events and candidates.
 */
#pragma once

#include <netinet/in.h>

#include "sensor/base/hash.h"
#include "sensor/inventory/inventory.h"
#include "sensor/store/records.h"
#include "tests/unit/test.h"

#define T0 (INT64_C(1700000000) * NS_PER_S)

struct world {
	struct inventory *inv;
	struct store *store;
	int64_t now_ns;
	struct buf facts;
	char *events[256]; /* JSON in order */
	size_t nevents;
	char candidates[64][80]; /* "addr reason" */
	size_t ncandidates;
};

static inline void
world_event(void *arg, const struct event *e)
{
	struct world *w = arg;

	assert_true(w->nevents < 256);
	w->events[w->nevents++] = strdup(e->json);
}

static inline void
world_candidate(void *arg, const struct asset *asset, uint64_t segment,
    const struct addr *addr, const char *reason)
{
	struct world *w = arg;
	char text[ADDR_TEXT];

	(void)segment;
	assert_non_null(asset);
	if (w->ncandidates < 64)
		snprintf(w->candidates[w->ncandidates++],
		    sizeof(w->candidates[0]), "%s %s", addr_fmt(addr, text),
		    reason);
}

static inline struct inventory *
world_inventory(struct world *w, uint32_t max_assets)
{
	struct inventory_options options = { .store = w->store,
		.sensor_name = "sensor-1",
		.site = "hq",
		.max_assets = max_assets,
		.replay = true };
	struct inventory_callbacks callbacks = { .arg = w,
		.candidate = world_candidate,
		.event = w->store == NULL ? NULL : world_event };
	struct errbuf eb = { "" };
	struct inventory *inv;

	if (inventory_new(&options, &callbacks, &inv, &eb) < 0)
		fail_msg("%s", eb.text);
	return inv;
}

static inline struct world *
world_new(bool stored, uint32_t max_assets)
{
	struct world *w = calloc(1, sizeof(*w));
	struct store_options options = { .dir = NULL };

	assert_non_null(w);
	hash_seed_fixed();
	w->now_ns = T0;
	if (stored)
		assert_int_equal(store_open(&options, &w->store, NULL), 0);
	w->inv = world_inventory(w, max_assets);
	buf_init(&w->facts, (size_t)16 << 20);
	return w;
}

/* From here on only what comes counts. */
static inline void
world_forget(struct world *w)
{
	while (w->nevents > 0)
		free(w->events[--w->nevents]);
	w->ncandidates = 0;
}

static inline void
world_free(struct world *w)
{
	inventory_free(w->inv);
	store_close(w->store);
	buf_fini(&w->facts);
	world_forget(w);
	free(w);
}

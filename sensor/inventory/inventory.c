/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventory's life: made, filled from the store, freed; see inventory.h.
 */
#include <stdlib.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

#define DEFAULT_ASSETS 98304
/* The tables must have room for the few items that one change touches. */
#define LEAST_ASSETS 8
#define DEFAULT_GONE_S (7 * 86400)
/* Texts: this much, and more for each asset. */
#define TEXT_OCTETS ((size_t)16 << 20)
#define TEXT_OCTETS_ASSET 256

int
inventory_new(const struct inventory_options *options,
    const struct inventory_callbacks *callbacks, struct inventory **out,
    struct errbuf *eb)
{
	struct inventory *inv = calloc(1, sizeof(*inv));
	uint32_t max = options->max_assets;
	int rc;

	*out = NULL;
	if (inv == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	if (max == 0)
		max = DEFAULT_ASSETS;
	if (max < LEAST_ASSETS)
		max = LEAST_ASSETS;
	if (max > UINT32_MAX / 2)
		max = UINT32_MAX / 2;
	inv->opt = *options;
	inv->opt.max_assets = max;
	if (inv->opt.host_gone_s == 0)
		inv->opt.host_gone_s = DEFAULT_GONE_S;
	if (inv->opt.service_gone_s == 0)
		inv->opt.service_gone_s = DEFAULT_GONE_S;
	if (callbacks != NULL)
		inv->callbacks = *callbacks;
	pool_init(&inv->assets, sizeof(struct asset), max);
	pool_init(&inv->stations, sizeof(struct station), max + max / 2);
	pool_init(&inv->cards, sizeof(struct card), max + max / 2);
	index_init(&inv->station_index);
	index_init(&inv->card_index);
	strtab_init(&inv->texts, TEXT_OCTETS + (size_t)max * TEXT_OCTETS_ASSET);
	inv->claimed = (struct lru){ NONE, NONE };
	inv->confirmed = (struct lru){ NONE, NONE };
	buf_init(&inv->scratch, 256 * 1024);
	rc = options->store == NULL ? 0 : load_all(inv, eb);
	if (rc == 0 && options->store != NULL &&
	    store_recovered(options->store))
		(void)!inventory_tell(inv, EV_SENSOR_LOSS,
		    "the state database was damaged: it was moved aside and a "
		    "new one begun",
		    "loss", "{\"stage\":\"store\"}");
	if (rc < 0) {
		inventory_free(inv);
		return rc;
	}
	*out = inv;
	return 0;
}

static void
free_waiting(struct inventory *inv)
{
	size_t i;

	for (i = 0; i < inv->nevents; i++)
		free(inv->events[i].json);
	for (i = 0; i < inv->nfindings; i++)
		free(inv->findings[i].texts);
	free(inv->queue);
	free(inv->departures);
	free(inv->changes);
	free(inv->events);
	free(inv->findings);
	free(inv->audits);
	free(inv->candidates);
	buf_fini(&inv->scratch);
}

void
inventory_free(struct inventory *inv)
{
	uint32_t h;

	if (inv == NULL)
		return;
	inv->opt.store = NULL;
	for (h = 0; h < inv->assets.top; h++) {
		if ((asset_at(inv, h)->flags & ASSET_USED) != 0)
			asset_forget(inv, h, false);
	}
	free_waiting(inv);
	strtab_fini(&inv->texts);
	index_fini(&inv->station_index);
	index_fini(&inv->card_index);
	pool_fini(&inv->assets);
	pool_fini(&inv->stations);
	pool_fini(&inv->cards);
	free(inv);
}

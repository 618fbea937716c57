/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fact: what is known of a device beside its addresses; see fact.c.
 */
#pragma once

#include "sensor/inventory/inventory_priv.h"

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
bool fact_role(struct inventory *inv, struct asset_detail *d, struct text role);
void fact_free_station(struct inventory *inv, struct station_detail *d);
void fact_free_asset(struct inventory *inv, struct asset_detail *d);
/** Give the prints and roles of @p from to @p to. */
void fact_merge(struct inventory *inv, struct asset *from, struct asset *to);
/** Replace an interned text; true when it changed. An empty @p text changes nothing. */
bool fact_set(
    struct inventory *inv, const char **slot, const void *text, size_t len);

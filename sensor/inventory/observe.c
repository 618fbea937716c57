/* SPDX-License-Identifier: Apache-2.0 */
/*
 * observe: what each kind of observation changes, and the public face of the inventory.
 *
 * Most observations say again what is known: those cost one look-up and a time stamp. Nothing here touches the
 * database; commit.c does, for many changes at once.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/inventory/fact.h"
#include "sensor/inventory/product.h"
#include "sensor/inventory/spoken.h"
#include "sensor/inventory/tell.h"

#define SOURCE_BIT(source) (UINT64_C(1) << ((source)&63))

/* The station an observation speaks of, made when needed, touched; NONE when it has no usable address. */
static uint32_t
station_of(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle;
	struct station *st;

	if (!addr_is_unicast(&obs->addr))
		return NONE;
	handle = station_get(inv, obs->segment, &obs->addr, obs->strength);
	if (handle == NONE)
		return NONE;
	st = station_at(inv, handle);
	st->last = inv->now;
	if (st->sources == 0)
		st->ifindex = (uint16_t)obs->ifindex;
	st->sources |= SOURCE_BIT(obs->source);
	asset_touch(inv, st->asset);
	return handle;
}

/* How sure we are that it is there only grows. */
static void
strengthen(struct inventory *inv, uint32_t handle, unsigned strength)
{
	struct station *st = station_at(inv, handle);

	if (strength <= st->strength)
		return;
	st->strength = (uint8_t)strength;
	st->flags |= STATION_DIRTY;
	if (strength < STRENGTH_TWO_WAY)
		return;
	asset_confirm(inv, st->asset);
	if ((st->flags & STATION_ASKED) == 0) {
		st->flags |= STATION_ASKED;
		(void)!transition_candidate(inv, handle, "host.new");
	}
}

/* The asset an observation about a MAC or an address speaks of. */
static uint32_t
asset_of(struct inventory *inv, const struct observation *obs)
{
	uint32_t station = NONE, card, asset;

	if (addr_is_set(&obs->addr))
		station = station_of(inv, obs);
	if (station != NONE)
		return station_at(inv, station)->asset;
	if (!obs->has_mac || mac_is_zero(&obs->mac) ||
	    mac_is_multicast(&obs->mac))
		return NONE;
	card = card_get(inv, &obs->mac);
	if (card == NONE)
		return NONE;
	asset = card_at(inv, card)->asset;
	if (asset != NONE) {
		asset_touch(inv, asset);
		return asset;
	}
	asset = asset_new(inv, obs->strength);
	if (asset != NONE) {
		asset_at(inv, asset)->card = card;
		card_at(inv, card)->asset = asset;
	}
	return asset;
}

/* ---- one function a kind ---- */

static void
on_host(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle = station_of(inv, obs);

	if (handle == NONE)
		return;
	station_at(inv, handle)->flags |= STATION_HEARD;
	strengthen(inv, handle, obs->strength);
	transition_host(inv, station_at(inv, handle)->asset, handle);
}

static void
on_mac(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle;

	if (!obs->has_mac)
		return;
	handle = station_of(inv, obs);
	if (handle == NONE)
		return;
	strengthen(inv, handle, obs->strength);
	if (obs->strength >= STRENGTH_ONE_WAY)
		station_at(inv, handle)->flags |= STATION_HEARD;
	identity_prove(inv, handle, &obs->mac, obs);
	transition_host(inv, station_at(inv, handle)->asset, handle);
}

static void
on_frame_mac(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle;

	if (!obs->has_mac)
		return;
	handle = station_of(inv, obs);
	if (handle != NONE)
		identity_frame(inv, handle, &obs->mac, obs->aux);
}

static void
name_station(
    struct inventory *inv, uint32_t handle, const struct observation *obs)
{
	struct station_detail *d = station_detail(station_at(inv, handle));
	uint32_t asset = station_at(inv, handle)->asset;
	char old[256];
	const char *new;

	if (d == NULL)
		return;
	str_copy(old, sizeof(old), asset_name(inv, asset_at(inv, asset)));
	if (fact_name(
		inv, &d->names, &d->nnames, obs, obs->kind == OBS_SERVERNAME)) {
		new = asset_name(inv, asset_at(inv, asset));
		if (strcmp(old, new) != 0)
			transition_host_changed(
			    inv, asset, "host.name", old, new);
	}
	commit_queue(inv, asset);
}

static void
name_device(struct inventory *inv, const struct observation *obs)
{
	uint32_t asset = asset_of(inv, obs);
	struct asset_detail *d;

	if (asset == NONE)
		return;
	d = asset_detail(asset_at(inv, asset));
	if (d == NULL)
		return;
	(void)!fact_name(inv, &d->names, &d->nnames, obs, false);
	commit_queue(inv, asset);
}

/*
 * What others claim of an address (a DNS answer) is noted when it is known, and makes nobody exist. The name that a
 * client asks for is kept even so: it often stands in the first packet, before the server has said a word.
 */
static void
on_name(struct inventory *inv, const struct observation *obs)
{
	uint32_t station;

	if (obs->text.len == 0)
		return;
	if (!addr_is_set(&obs->addr)) {
		name_device(inv, obs);
		return;
	}
	station =
	    obs->strength <= STRENGTH_CLAIMED && obs->kind != OBS_SERVERNAME
		? station_find(inv, obs->segment, &obs->addr)
		: station_of(inv, obs);
	if (station != NONE)
		name_station(inv, station, obs);
}

/* The stronger the evidence, the higher; a refusal changes only whether it is open now. */
static unsigned
state_rank(unsigned state)
{
	switch (state) {
	case SVC_OPEN_SYNACK:
		return 4;
	case SVC_OPEN_REPLY:
	case SVC_OPEN_MIDSTREAM:
		return 3;
	case SVC_ANNOUNCED:
		return 2;
	case SVC_DATA_CHANNEL:
		return 1;
	default:
		return 0;
	}
}

/* A script has told the same in its own words, or what is inside the tunnel. */
static bool
is_known_better(const struct service_fact *sv, const struct observation *obs)
{
	char heard[64];

	if (sv->source != SRC_SCRIPT || obs->source == SRC_SCRIPT ||
	    sv->name[0] == '\0' || obs->text.len == 0)
		return false;
	str_vis_to(heard, sizeof(heard), obs->text.p, obs->text.len);
	return spoken_agrees(heard, obs->port, sv->name, sv->tunnel);
}

static void
on_service(struct inventory *inv, const struct observation *obs)
{
	bool refusal = obs->aux == SVC_CLOSED;
	uint32_t handle = refusal ? station_find(inv, obs->segment, &obs->addr)
				  : station_of(inv, obs);
	struct service_fact *sv;
	const char *field = NULL;
	char old[64] = "";

	if (handle == NONE)
		return;
	sv = fact_service(
	    inv, station_at(inv, handle), obs->proto, obs->port, !refusal);
	if (sv == NULL)
		return;
	sv->closed = refusal;
	sv->last = inv->now;
	if (state_rank(obs->aux) > state_rank(sv->state)) {
		sv->state = (uint8_t)obs->aux;
		sv->source = obs->source;
		sv->dirty = true;
	}
	if (!refusal && obs->aux != SVC_ANNOUNCED)
		strengthen(inv, handle, obs->strength);
	str_copy(old, sizeof(old), sv->name);
	if (!is_known_better(sv, obs) &&
	    fact_set(inv, &sv->name, obs->text.p, obs->text.len)) {
		field = "service.type";
		sv->dirty = true;
	}
	if (sv->confidence < 8)
		sv->confidence = sv->name[0] == '\0' ? 3 : 8;
	transition_service(inv, handle, sv, field, old);
}

static void
on_banner(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle;
	struct service_fact *sv;
	struct product product;
	char what[32], cpe[128], old[128] = "";
	const char *field = NULL;

	if (obs->aux != 0)
		return;
	handle = station_of(inv, obs);
	if (handle == NONE)
		return;
	sv = fact_service(
	    inv, station_at(inv, handle), obs->proto, obs->port, true);
	if (sv == NULL || !fact_banner(inv, sv, obs->text))
		return;
	sv->dirty = true;
	str_vis_to(what, sizeof(what), obs->text2.p, obs->text2.len);
	if (product_parse(what, obs->text, &product)) {
		str_copy(old, sizeof(old), sv->version);
		if (fact_set(inv, &sv->version, product.version.p,
			product.version.len))
			field = "service.version";
		if (fact_set(
			inv, &sv->product, product.name.p, product.name.len) &&
		    field == NULL)
			field = "service.name";
		(void)!fact_set(
		    inv, &sv->extrainfo, product.extra.p, product.extra.len);
		if (product_cpe(&product, cpe, sizeof(cpe)))
			(void)!fact_set(inv, &sv->cpe, cpe, strlen(cpe));
	}
	transition_service(inv, handle, sv, field, old);
}

static void
on_cert(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle = station_of(inv, obs);
	struct service_fact *sv;
	struct cert *cert;

	if (handle == NONE)
		return;
	sv = fact_service(
	    inv, station_at(inv, handle), obs->proto, obs->port, true);
	cert = sv == NULL ? NULL : fact_cert(inv, sv, obs);
	if (cert != NULL)
		transition_cert(inv, handle, sv, cert);
}

static void
on_print(struct inventory *inv, const struct observation *obs)
{
	struct observation about = *obs;
	struct asset_detail *d;
	uint32_t asset;

	/* What has a MAC is the device's, whatever address it has today. */
	if (obs->has_mac)
		about.addr = (struct addr){ .family = 0 };
	asset = asset_of(inv, &about);
	if (asset == NONE)
		return;
	d = asset_detail(asset_at(inv, asset));
	if (d == NULL)
		return;
	fact_print(inv, d, &about);
	commit_queue(inv, asset);
}

static void
on_device(struct inventory *inv, const struct observation *obs)
{
	struct observation about_mac = *obs;
	struct asset_detail *d;
	uint32_t asset;

	about_mac.addr = (struct addr){ .family = 0 };
	asset = asset_of(inv, &about_mac);
	if (asset == NONE)
		return;
	d = asset_detail(asset_at(inv, asset));
	if (d == NULL)
		return;
	(void)!fact_name(inv, &d->names, &d->nnames, obs, false);
	(void)!fact_set(inv, &d->description, obs->text2.p, obs->text2.len);
	transition_host(inv, asset, NONE);
	commit_queue(inv, asset);
}

static void
on_role(struct inventory *inv, const struct observation *obs)
{
	uint32_t asset = asset_of(inv, obs);
	struct asset_detail *d;

	if (asset == NONE)
		return;
	d = asset_detail(asset_at(inv, asset));
	if (d != NULL && fact_role(inv, d, obs->text))
		transition_host_changed(inv, asset, "earshot.asset.role", "",
		    d->roles[d->nroles - 1]);
}

static void
on_heard(struct inventory *inv, const struct observation *obs)
{
	uint32_t handle = station_find(inv, obs->segment, &obs->addr);
	size_t len = obs->data.len < HEARD_MAX ? obs->data.len : HEARD_MAX;
	struct service_fact *sv;

	if (handle == NONE || len == 0)
		return;
	sv = fact_service(
	    inv, station_at(inv, handle), obs->proto, obs->port, false);
	if (sv == NULL || sv->heard != NULL)
		return;
	sv->heard = malloc(len);
	if (sv->heard == NULL)
		return;
	memcpy(sv->heard, obs->data.p, len);
	sv->heard_len = (uint16_t)len;
}

/* ---- the public face ---- */

int
inventory_observe(struct inventory *inv, const struct observation *obs)
{
	static void (*const handlers[OBS_KIND_MAX])(
	    struct inventory * inv, const struct observation *obs) = {
		[OBS_HOST] = on_host,
		[OBS_MAC] = on_mac,
		[OBS_FRAME_MAC] = on_frame_mac,
		[OBS_NAME] = on_name,
		[OBS_SERVICE] = on_service,
		[OBS_BANNER] = on_banner,
		[OBS_CERT] = on_cert,
		[OBS_SERVERNAME] = on_name,
		[OBS_PRINT] = on_print,
		[OBS_DEVICE] = on_device,
		[OBS_ROLE] = on_role,
		[OBS_HEARD] = on_heard,
	};

	inv->stats.observations++;
	if (obs->ts.ns > inv->now.ns)
		inv->now = obs->ts;
	if ((unsigned)obs->kind < OBS_KIND_MAX && handlers[obs->kind] != NULL)
		handlers[obs->kind](inv, obs);
	return commit_maybe(inv);
}

void
inventory_stats_get(const struct inventory *inv, struct inventory_stats *out)
{
	*out = inv->stats;
}

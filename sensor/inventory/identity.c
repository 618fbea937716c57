/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which MAC has which address, and which addresses are one device.
 *
 * Proof. ARP, NDP, DHCP and link-scope sources state a binding: it is believed, and a global MAC is then the device's
 * identity. A locally administered one may be drawn anew tomorrow, a virtual one (VRRP ...) is a role: they are shown
 * but make no identity.
 *
 * Frames. The source of a unicast frame is the gateway's as soon as anything routed the packet. Such a binding is
 * shown only while the MAC's frames came from one IPv4 address (three IPv6) and nothing routed them: capture saw both
 * ends in one network (IPv4), or an initial hop limit (IPv6). It never makes an identity, so that nothing has to be
 * taken back when the second address shows up.
 *
 * A MAC that proves more than CARD_ADDRESSES_MAX addresses answers for others (proxy ARP): it keeps what it has and
 * gathers no more.
 */
#include <string.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

#define FRAME_V4_MAX 1
#define FRAME_V6_MAX 3

static bool
is_initial_ttl(unsigned ttl)
{
	return ttl == 64 || ttl == 128 || ttl == 255;
}

static void
saturate(uint8_t *counter)
{
	if (*counter < UINT8_MAX)
		(*counter)++;
}

/* ---- bindings of a station ---- */

bool
identity_binding(const struct station *st, unsigned i, struct binding *out)
{
	if (i == 0 && st->card != NONE) {
		*out = (struct binding){ st->card, st->bind_flags };
		return true;
	}
	if (i == 0 || st->detail == NULL || i > st->detail->nmore)
		return false;
	*out = st->detail->more[i - 1];
	return true;
}

/* Add @p flags to the binding with @p card. Returns the flags that are new. */
static unsigned
bind(struct inventory *inv, struct station *st, uint32_t card, unsigned flags)
{
	struct station_detail *d;
	unsigned i, old;

	if (st->card == NONE || st->card == card) {
		old = st->card == NONE ? 0 : st->bind_flags;
		st->card = card;
		st->bind_flags = (uint8_t)(old | flags);
		return flags & ~old;
	}
	d = station_detail(st);
	if (d == NULL)
		return 0;
	for (i = 0; i < d->nmore; i++) {
		if (d->more[i].card == card) {
			old = d->more[i].flags;
			d->more[i].flags = (uint8_t)(old | flags);
			return flags & ~old;
		}
	}
	if (d->nmore == ES_ARRAY_LEN(d->more)) {
		inv->stats.refused_facts++;
		return 0;
	}
	d->more[d->nmore++] =
	    (struct binding){ .card = card, .flags = (uint8_t)flags };
	return flags;
}

bool
identity_shows(const struct inventory *inv, const struct station *st,
    const struct binding *b)
{
	const struct card *card = card_at(inv, b->card);

	if ((b->flags & BIND_PROVED) != 0)
		return true;
	if ((b->flags & BIND_TTL) == 0 || mac_is_virtual(&card->mac))
		return false;
	return st->addr.family == 4 ? card->v4 <= FRAME_V4_MAX
				    : card->v6 <= FRAME_V6_MAX && card->v4 <= 1;
}

/* Makes the newest proof the first binding, which is the one that identifies. */
static void
put_first(struct station *st, uint32_t card)
{
	struct station_detail *d = st->detail;
	struct binding first = { st->card, st->bind_flags };
	unsigned i;

	if (st->card == card || d == NULL)
		return;
	for (i = 0; i < d->nmore; i++) {
		if (d->more[i].card == card) {
			st->card = card;
			st->bind_flags = d->more[i].flags;
			d->more[i] = first;
			return;
		}
	}
}

const struct mac *
identity_mac(const struct inventory *inv, const struct station *st)
{
	struct binding b;
	unsigned i;

	for (i = 0; identity_binding(st, i, &b); i++) {
		if (identity_shows(inv, st, &b))
			return &card_at(inv, b.card)->mac;
	}
	return NULL;
}

/* ---- one device or two ---- */

static bool
identifies(const struct card *card)
{
	return !mac_is_local(&card->mac) && !mac_is_virtual(&card->mac) &&
	       (card->flags & CARD_PROXY) == 0;
}

static void
tell_address_moved(
    struct inventory *inv, uint32_t asset, uint32_t station, bool came)
{
	char text[ADDR_TEXT];

	addr_fmt(&station_at(inv, station)->addr, text);
	transition_host_changed(
	    inv, asset, "host.ip", came ? "" : text, came ? text : "");
}

/* A device known only by its address turns out to be one with @p to. */
static void
join(struct inventory *inv, uint32_t from, uint32_t to)
{
	struct asset *a = asset_at(inv, from);
	struct asset *b = asset_at(inv, to);

	if (b->first.ns > a->first.ns)
		b->first = a->first;
	if ((a->flags & ASSET_CONFIRMED) != 0)
		asset_confirm(inv, to);
	inv->stats.merged++;
	fact_merge(inv, a, b);
	transition_merged(inv, from, to);
	while (a->stations != NONE) {
		uint32_t station = a->stations;

		station_move(inv, station, to);
		tell_address_moved(inv, to, station, true);
	}
	asset_forget(inv, from, false);
}

/* The address @p station belongs to the device with @p card from now on. */
static void
settle(struct inventory *inv, uint32_t station, uint32_t card_handle)
{
	struct card *card = card_at(inv, card_handle);
	uint32_t mine = station_at(inv, station)->asset;
	struct asset *a = asset_at(inv, mine);

	if (card->asset == mine)
		return;
	if (card->asset == NONE && a->card == NONE) {
		a->card = card_handle;
		card->asset = mine;
		transition_identified(inv, mine);
		return;
	}
	if (card->asset == NONE) {
		uint32_t other;

		/* The room for the new device must not be made of this one. */
		if (inv->claimed.oldest == mine)
			return;
		other = asset_new(inv, STRENGTH_LINK_PROVED);
		if (other == NONE)
			return;
		asset_at(inv, other)->card = card_handle;
		card->asset = other;
	}
	if (asset_at(inv, card->asset)->nstations >= STATIONS_MAX) {
		inv->stats.refused_facts++;
		return;
	}
	if (a->card == NONE) {
		join(inv, mine, card->asset);
		return;
	}
	asset_touch(inv, card->asset);
	asset_confirm(inv, card->asset);
	if ((asset_at(inv, mine)->flags & (ASSET_TOLD | ASSET_TELLING)) != 0)
		(void)!transition_host(inv, card->asset, NONE);
	station_move(inv, station, card->asset);
	commit_move(inv, station, card->asset);
	tell_address_moved(inv, mine, station, false);
	tell_address_moved(inv, card->asset, station, true);
	commit_queue(inv, mine);
	commit_queue(inv, card->asset);
}

/*
 * The MAC at a device that is known by its address is not the one that was shown @p before. Asked once a binding, so
 * that two who quarrel over an address fill no outbox.
 */
static void
tell_mac(struct inventory *inv, uint32_t station, const struct mac *before)
{
	const struct mac *now = identity_mac(inv, station_at(inv, station));
	char old[MAC_TEXT] = "", new[MAC_TEXT];

	if (now == NULL || memcmp(now, before, sizeof(*now)) == 0)
		return;
	if (!mac_is_zero(before))
		mac_fmt(before, old);
	transition_host_changed(inv, station_at(inv, station)->asset,
	    "host.mac", old, mac_fmt(now, new));
}

void
identity_prove(struct inventory *inv, uint32_t station, const struct mac *mac,
    const struct observation *obs)
{
	struct station *st = station_at(inv, station);
	const struct mac *shown;
	struct mac before = { { 0 } };
	uint32_t handle;
	struct card *card;
	unsigned new;

	if (mac_is_zero(mac) || mac_is_multicast(mac))
		return;
	handle = card_get(inv, mac);
	if (handle == NONE)
		return;
	shown = identity_mac(inv, st);
	if (shown != NULL)
		before = *shown;
	new = bind(inv, st, handle, BIND_PROVED);
	put_first(st, handle);
	card = card_at(inv, handle);
	if ((new &BIND_PROVED) != 0) {
		st->flags |= STATION_DIRTY;
		commit_queue(inv, st->asset);
		if (st->addr.family == 4)
			saturate(&card->proved);
		if (card->proved > CARD_ADDRESSES_MAX)
			card->flags |= CARD_PROXY;
	}
	if (identifies(card) && st->card == handle &&
	    obs->strength >= STRENGTH_ONE_WAY)
		settle(inv, station, handle);
	else if ((new &BIND_PROVED) != 0 &&
		 asset_at(inv, st->asset)->card == NONE)
		tell_mac(inv, station, &before);
}

void
identity_frame(struct inventory *inv, uint32_t station, const struct mac *mac,
    unsigned aux)
{
	struct station *st = station_at(inv, station);
	bool unrouted = (aux & FRAME_MAC_LOCAL) != 0 ||
			(st->addr.family == 6 && is_initial_ttl(aux & 0xff));
	unsigned flags = BIND_FRAME | (unrouted ? BIND_TTL : 0);
	struct card *card;
	uint32_t handle;

	if (mac_is_zero(mac) || mac_is_multicast(mac))
		return;
	handle = card_get(inv, mac);
	if (handle == NONE)
		return;
	card = card_at(inv, handle);
	/* A router's frames bind nobody: its addresses need no memory. */
	if (st->addr.family == 4 ? card->v4 > FRAME_V4_MAX
				 : card->v6 > FRAME_V6_MAX)
		return;
	if ((bind(inv, st, handle, flags) & BIND_FRAME) == 0)
		return;
	saturate(st->addr.family == 4 ? &card->v4 : &card->v6);
}

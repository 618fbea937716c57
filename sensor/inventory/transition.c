/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which changes are told.
 *
 * A change is only noted when it happens and becomes an event when the transaction is committed, with all that is
 * known by then: the host of an ARP packet is told once, with its MAC, not first without and then as changed.
 *
 * A new host is told at once when it answered somebody. One that only spoke is told too, but no more than
 * UNVERIFIED_PER_MINUTE of them, and one that somebody else merely claims only after a second piece of evidence: a
 * flood of invented hosts makes a bounded number of events.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

#define UNVERIFIED_PER_MINUTE 600
#define SECOND_EVIDENCE_S 10
#define CHANGES_MAX 512

bool
service_is_open(const struct service_fact *sv)
{
	return !sv->closed &&
	       (sv->state == SVC_OPEN_SYNACK || sv->state == SVC_OPEN_REPLY ||
		   sv->state == SVC_OPEN_MIDSTREAM);
}

/* ---- the list of changes ---- */

static bool
push(struct inventory *inv, const struct change *c)
{
	if (inv->opt.store == NULL)
		return false;
	if (inv->nchanges == inv->cap_changes) {
		size_t cap = inv->cap_changes == 0 ? 64 : inv->cap_changes * 2;
		struct change *grown =
		    realloc(inv->changes, cap * sizeof(*grown));

		if (grown == NULL) {
			inv->stats.events_lost++;
			return false;
		}
		inv->changes = grown;
		inv->cap_changes = cap;
	}
	inv->changes[inv->nchanges] = *c;
	inv->changes[inv->nchanges].ts = inv->now;
	inv->nchanges++;
	commit_queue(inv, c->asset);
	return true;
}

void
change_fini(struct inventory *inv, const struct change *c)
{
	strtab_drop(&inv->texts, c->old);
	strtab_drop(&inv->texts, c->new);
}

void
transition_forget(struct inventory *inv, uint32_t asset)
{
	size_t i, kept = 0;

	for (i = 0; i < inv->nchanges; i++) {
		if (inv->changes[i].asset == asset)
			change_fini(inv, &inv->changes[i]);
		else
			inv->changes[kept++] = inv->changes[i];
	}
	inv->nchanges = kept;
	for (i = kept = 0; i < inv->ncandidates; i++) {
		if (inv->candidates[i].asset != asset)
			inv->candidates[kept++] = inv->candidates[i];
	}
	inv->ncandidates = kept;
}

bool
transition_candidate(
    struct inventory *inv, uint32_t station, const char *reason)
{
	const struct station *st = station_at(inv, station);

	if (inv->callbacks.candidate == NULL || st->strength < STRENGTH_TWO_WAY)
		return false;
	if (inv->ncandidates == inv->cap_candidates) {
		size_t cap =
		    inv->cap_candidates == 0 ? 64 : inv->cap_candidates * 2;
		struct candidate *grown =
		    realloc(inv->candidates, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		inv->candidates = grown;
		inv->cap_candidates = cap;
	}
	inv->candidates[inv->ncandidates++] =
	    (struct candidate){ .addr = st->addr,
		    .segment = st->segment,
		    .asset = st->asset,
		    .reason = reason };
	return true;
}

/* ---- hosts ---- */

static bool
unverified_may_be_told(struct inventory *inv)
{
	if (inv->now.ns - inv->unverified_since.ns > 60 * NS_PER_S) {
		inv->unverified_since = inv->now;
		inv->unverified_told = 0;
	}
	if (inv->unverified_told >= UNVERIFIED_PER_MINUTE) {
		inv->stats.unverified++;
		return false;
	}
	inv->unverified_told++;
	return true;
}

static bool
has_second_evidence(const struct station *st)
{
	return (st->sources & (st->sources - 1)) != 0 ||
	       st->last.ns - st->first.ns >= SECOND_EVIDENCE_S * NS_PER_S;
}

bool
transition_host(struct inventory *inv, uint32_t asset, uint32_t station)
{
	struct asset *a = asset_at(inv, asset);
	const struct station *st =
	    station == NONE ? NULL : station_at(inv, station);

	if ((a->flags & (ASSET_TOLD | ASSET_TELLING)) != 0)
		return true;
	if (inv->opt.store == NULL)
		return false;
	if ((a->flags & ASSET_CONFIRMED) == 0) {
		if (st != NULL && st->strength <= STRENGTH_CLAIMED &&
		    !has_second_evidence(st))
			return false;
		if (!unverified_may_be_told(inv))
			return false;
	}
	if (!push(inv, &(struct change){ .code = EV_HOST_NEW,
			   .asset = asset,
			   .station = station,
			   .old = "",
			   .new = "" }))
		return false;
	a->flags |= ASSET_TELLING;
	return true;
}

static void
push_change(struct inventory *inv, uint32_t asset, const char *field,
    const char *old, const char *new)
{
	struct change c = { .code = EV_HOST_CHANGED,
		.asset = asset,
		.station = NONE,
		.field = field };

	c.old = strtab_take(&inv->texts, old, strlen(old));
	c.new = strtab_take(&inv->texts, new, strlen(new));
	if (!push(inv, &c))
		change_fini(inv, &c);
}

void
transition_host_changed(struct inventory *inv, uint32_t asset,
    const char *field, const char *old, const char *new)
{
	if ((asset_at(inv, asset)->flags & ASSET_TOLD) != 0)
		push_change(inv, asset, field, old, new);
}

void
transition_identified(struct inventory *inv, uint32_t asset)
{
	struct asset *a = asset_at(inv, asset);
	char old[UUID_TEXT], mac[MAC_TEXT];

	if ((a->flags & ASSET_TOLD) == 0 || a->detail == NULL)
		return;
	memcpy(old, a->detail->id, sizeof(old));
	a->detail->id[0] = '\0';
	commit_depart(inv, old, false, commit_asset_id(inv, asset));
	commit_dirty_all(inv, asset);
	mac_fmt(&card_at(inv, a->card)->mac, mac);
	transition_host_changed(inv, asset, "host.mac", "", mac);
	transition_host_changed(
	    inv, asset, "earshot.asset.merged_from", "", old);
}

void
transition_moved(struct inventory *inv, uint32_t station, uint32_t asset)
{
	size_t i;

	for (i = 0; i < inv->nchanges; i++) {
		struct change *c = &inv->changes[i];

		if (c->station != station)
			continue;
		if (c->code == EV_HOST_NEW)
			c->station = NONE;
		else
			c->asset = asset;
	}
	for (i = 0; i < inv->ncandidates; i++) {
		struct candidate *c = &inv->candidates[i];
		const struct station *st = station_at(inv, station);

		if (c->segment == st->segment && addr_eq(&c->addr, &st->addr))
			c->asset = asset;
	}
}

void
transition_merged(struct inventory *inv, uint32_t from, uint32_t to)
{
	struct asset *a = asset_at(inv, from), *b = asset_at(inv, to);
	bool known = (b->flags & (ASSET_TOLD | ASSET_TELLING)) != 0;
	size_t i;

	/* The news of the one is the news of the other, at its place. */
	for (i = 0; i < inv->nchanges && !known; i++) {
		struct change *c = &inv->changes[i];

		if (c->asset == from && c->code == EV_HOST_NEW) {
			c->asset = to;
			c->station = NONE;
			b->flags |= ASSET_TELLING;
			known = true;
		}
	}
	if ((a->flags & ASSET_TOLD) != 0 && a->detail != NULL) {
		if (!known)
			(void)!transition_host(inv, to, NONE);
		push_change(
		    inv, to, "earshot.asset.merged_from", "", a->detail->id);
		commit_depart(
		    inv, a->detail->id, false, commit_asset_id(inv, to));
	}
	commit_dirty_all(inv, to);
}

/* ---- services ---- */

static void
push_service(struct inventory *inv, enum event_code code, uint32_t station,
    struct service_fact *sv, const char *field, const char *old)
{
	struct change c = { .code = code,
		.asset = station_at(inv, station)->asset,
		.station = station,
		.proto = sv->proto,
		.port = sv->port,
		.field = field,
		.new = "" };

	sv->dirty = true;
	c.old = strtab_take(&inv->texts, old, strlen(old));
	if (!push(inv, &c))
		change_fini(inv, &c);
}

void
transition_service_gone(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *reason)
{
	push_service(inv, EV_SERVICE_GONE, station, sv, reason, "");
	sv->told = PORT_CLOSED;
	sv->offered = false;
	sv->closed = true;
}

void
transition_service(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *field, const char *old)
{
	uint32_t asset = station_at(inv, station)->asset;
	bool open = service_is_open(sv);

	if ((open || sv->state == SVC_ANNOUNCED) && !sv->offered) {
		sv->offered = true;
		transition_candidate(
		    inv, station, open ? "service.new" : "service.announced");
	}
	if (inv->opt.store == NULL)
		return;
	commit_queue(inv, asset);
	if (open && sv->told != PORT_OPEN) {
		if (!transition_host(inv, asset, station))
			return;
		push_service(inv, EV_SERVICE_NEW, station, sv, NULL, "");
		sv->told = PORT_OPEN;
		sv->telling = true;
	} else if (sv->told == PORT_OPEN && sv->closed) {
		transition_service_gone(inv, station, sv, "refused");
	} else if (sv->told == PORT_OPEN && field != NULL && !sv->telling) {
		push_service(inv, EV_SERVICE_CHANGED, station, sv, field, old);
		(void)!transition_candidate(inv, station, "service.changed");
	}
}

void
transition_cert(struct inventory *inv, uint32_t station,
    struct service_fact *sv, struct cert *cert)
{
	struct change c = { .code = EV_CERT_NEW,
		.asset = station_at(inv, station)->asset,
		.station = station,
		.proto = sv->proto,
		.port = sv->port,
		.old = "" };

	if (inv->opt.store == NULL || !transition_host(inv, c.asset, station))
		return;
	c.new = strtab_take(&inv->texts, cert->sha256, strlen(cert->sha256));
	if (!push(inv, &c))
		change_fini(inv, &c);
}

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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/inventory_priv.h"

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

static void
drop_texts(struct inventory *inv, const struct change *c)
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
			drop_texts(inv, &inv->changes[i]);
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

void
transition_candidate(
    struct inventory *inv, uint32_t station, const char *reason)
{
	const struct station *st = station_at(inv, station);

	if (inv->callbacks.candidate == NULL)
		return;
	if (inv->ncandidates == inv->cap_candidates) {
		size_t cap =
		    inv->cap_candidates == 0 ? 64 : inv->cap_candidates * 2;
		struct candidate *grown =
		    realloc(inv->candidates, cap * sizeof(*grown));

		if (grown == NULL)
			return;
		inv->candidates = grown;
		inv->cap_candidates = cap;
	}
	inv->candidates[inv->ncandidates++] =
	    (struct candidate){ .addr = st->addr,
		    .segment = st->segment,
		    .asset = st->asset,
		    .reason = reason };
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
	if (!push(inv,
		&(struct change){ .code = EV_HOST_NEW,
		    .asset = asset,
		    .station = station,
		    .old = "",
		    .new = "" }))
		return false;
	a->flags |= ASSET_TELLING;
	return true;
}

void
transition_host_changed(struct inventory *inv, uint32_t asset,
    const char *field, const char *old, const char *new)
{
	struct change c = { .code = EV_HOST_CHANGED,
		.asset = asset,
		.station = NONE,
		.field = field };

	if ((asset_at(inv, asset)->flags & ASSET_TOLD) == 0)
		return;
	c.old = strtab_take(&inv->texts, old, strlen(old));
	c.new = strtab_take(&inv->texts, new, strlen(new));
	if (!push(inv, &c))
		drop_texts(inv, &c);
}

void
transition_identified(struct inventory *inv, uint32_t asset)
{
	struct asset *a = asset_at(inv, asset);
	char old[UUID_TEXT], mac[MAC_TEXT];

	if ((a->flags & ASSET_TOLD) == 0 || a->detail == NULL)
		return;
	memcpy(old, a->detail->id, sizeof(old));
	commit_depart(inv, old, false);
	a->detail->id[0] = '\0';
	commit_dirty_all(inv, asset);
	mac_fmt(&card_at(inv, a->card)->mac, mac);
	transition_host_changed(inv, asset, "host.mac", "", mac);
	transition_host_changed(
	    inv, asset, "earshot.asset.merged_from", "", old);
}

void
transition_merged(struct inventory *inv, uint32_t from, uint32_t to)
{
	const struct asset *a = asset_at(inv, from);

	if ((a->flags & ASSET_TOLD) != 0 && a->detail != NULL)
		transition_host_changed(
		    inv, to, "earshot.asset.merged_from", "", a->detail->id);
	commit_dirty_all(inv, to);
}

/* ---- services ---- */

static void
push_service(struct inventory *inv, enum event_code code, uint32_t station,
    const struct service_fact *sv, const char *field, const char *old)
{
	struct change c = { .code = code,
		.asset = station_at(inv, station)->asset,
		.station = station,
		.proto = sv->proto,
		.port = sv->port,
		.field = field,
		.new = "" };

	c.old = strtab_take(&inv->texts, old, strlen(old));
	if (!push(inv, &c))
		drop_texts(inv, &c);
}

void
transition_service_gone(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *reason)
{
	push_service(inv, EV_SERVICE_GONE, station, sv, reason, "");
	sv->told = PORT_CLOSED;
	sv->offered = false;
	sv->closed = true;
	sv->dirty = true;
}

void
transition_service(struct inventory *inv, uint32_t station,
    struct service_fact *sv, const char *field, const char *old)
{
	uint32_t asset = station_at(inv, station)->asset;
	bool open = service_is_open(sv);

	if ((open || sv->state == SVC_ANNOUNCED) && !sv->offered) {
		sv->offered = true;
		transition_candidate(inv, station,
		    open ? "service.new" : "service.announced");
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
		transition_candidate(inv, station, "service.changed");
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

	if (inv->opt.store == NULL ||
	    !transition_host(inv, c.asset, station))
		return;
	c.new = strtab_take(&inv->texts, cert->sha256, strlen(cert->sha256));
	if (!push(inv, &c))
		drop_texts(inv, &c);
}

/* ---- from changes to events ---- */

static void
json_change(struct json *j, const struct change *c, const char *new)
{
	json_open(j, "change", '[');
	json_open(j, NULL, '{');
	json_text(j, "field", c->field);
	json_text(j, "old", c->old);
	json_text(j, "new", new);
	json_close(j, '}');
	json_close(j, ']');
}

static void
json_evidence(struct json *j, const struct inventory *inv,
    const struct asset *a)
{
	uint64_t sources = 0;
	unsigned i;
	uint32_t s;

	for (s = a->stations; s != NONE; s = station_at(inv, s)->next)
		sources |= station_at(inv, s)->sources;
	json_open(j, "evidence", '[');
	for (i = 1; i < SRC_MAX; i++) {
		unsigned best = 0;

		if ((sources >> i & 1) == 0)
			continue;
		for (s = a->stations; s != NONE; s = station_at(inv, s)->next) {
			const struct station *st = station_at(inv, s);

			if ((st->sources >> i & 1) != 0 && st->strength > best)
				best = st->strength;
		}
		json_open(j, NULL, '{');
		json_text(j, "source", obs_source_text(i));
		json_hundredths(j, "confidence", ecs_confidence(best));
		json_close(j, '}');
	}
	json_close(j, ']');
}

static const char *
host_label(const struct inventory *inv, const struct asset *a,
    char out[static ADDR_TEXT])
{
	const char *name = asset_name(inv, a);

	if (name[0] != '\0')
		return name;
	if (a->stations != NONE)
		return addr_fmt(&station_at(inv, a->stations)->addr, out);
	return a->card == NONE ? "?" : mac_fmt(&card_at(inv, a->card)->mac, out);
}

static void
render_host(struct inventory *inv, const struct change *c)
{
	struct asset *a = asset_at(inv, c->asset);
	bool new = c->code == EV_HOST_NEW;
	char label[ADDR_TEXT], message[400], state[600];
	struct pending_event out;
	struct json j;

	if (!new && (a->flags & ASSET_TELLING) != 0)
		return;
	snprintf(message, sizeof(message), "%s %s%s%s%s%s",
	    new ? "new host" : "host", host_label(inv, a, label),
	    new ? "" : " changed ", new ? "" : c->field,
	    c->new[0] == '\0' ? "" : " to ", c->new);
	snprintf(state, sizeof(state), "%s %s %s", new ? "" : c->field, c->old,
	    c->new);
	struct ecs_event e = { .code = c->code,
		.ts = c->ts,
		.start = a->first,
		.provider = "passive",
		.severity = 3,
		.asset = c->asset,
		.station = c->station != NONE ? c->station : a->stations,
		.subject = new ? "" : c->field,
		.state = state };

	ecs_begin(inv, &e, message, &j, &out);
	ecs_host(inv, &e, &j);
	ecs_related(inv, &e, &j);
	ecs_earshot(inv, &e, &j);
	if (new)
		json_evidence(&j, inv, a);
	else
		json_change(&j, c, c->new);
	ecs_end(inv, &j, &out);
	if (new)
		a->flags |= ASSET_TOLD;
}

static const char *
field_value(const struct service_fact *sv, const char *field)
{
	if (strcmp(field, "service.type") == 0)
		return sv->name;
	if (strcmp(field, "service.name") == 0)
		return sv->product;
	if (strcmp(field, "service.version") == 0)
		return sv->version;
	return "";
}

static void
json_service(struct json *j, const struct service_fact *sv, const char *state)
{
	json_open(j, "network", '{');
	json_text(j, "transport", proto_text(sv->proto));
	json_text(j, "protocol", sv->name);
	json_close(j, '}');
	json_open(j, "service", '{');
	json_text(j, "type", sv->name);
	json_text(j, "name", sv->product);
	json_text(j, "version", sv->version);
	json_text(j, "state", state);
	json_close(j, '}');
}

static void
json_service_detail(struct json *j, const struct service_fact *sv)
{
	json_open(j, "service", '{');
	json_text(j, "extrainfo", sv->extrainfo);
	json_text(j, "tunnel", sv->tunnel);
	json_text(j, "cpe", sv->cpe);
	if (sv->nbanners > 0)
		json_text(j, "banner", sv->banners[0]);
	json_hundredths(j, "confidence", sv->confidence * 10U);
	json_text(j, "source", obs_source_text(sv->source));
	json_close(j, '}');
}

static void
render_service(
    struct inventory *inv, const struct change *c, struct service_fact *sv)
{
	bool gone = c->code == EV_SERVICE_GONE;
	struct station *st = station_at(inv, c->station);
	char addr[ADDR_TEXT], message[400], state[400], subject[16];
	struct pending_event out;
	struct json j;

	snprintf(subject, sizeof(subject), "%s/%u", proto_text(sv->proto),
	    sv->port);
	addr_fmt(&st->addr, addr);
	if (c->code == EV_SERVICE_NEW)
		snprintf(message, sizeof(message), "%s %s%s%s%s%s on %s",
		    subject, sv->name, sv->product[0] ? " " : "", sv->product,
		    sv->version[0] ? " " : "", sv->version, addr);
	else
		snprintf(message, sizeof(message), "%s on %s %s%s", subject,
		    addr, gone ? "is gone" : "changed ",
		    gone ? "" : c->field);
	snprintf(state, sizeof(state), "%s|%s|%s|%s|%s", gone ? "gone" : "open",
	    sv->name, sv->product, sv->version, c->old);
	struct ecs_event e = { .code = c->code,
		.ts = c->ts,
		.start = sv->first,
		.end = gone ? sv->last : (struct wall){ 0 },
		.provider = sv->source == SRC_SCRIPT ? "probe" : "passive",
		.reason = gone ? c->field : NULL,
		.severity = c->code == EV_SERVICE_CHANGED ? 21 : 3,
		.asset = c->asset,
		.station = c->station,
		.service = sv,
		.subject = subject,
		.state = state };

	ecs_begin(inv, &e, message, &j, &out);
	ecs_host(inv, &e, &j);
	ecs_endpoint(inv, &j, "server", st, sv->port);
	ecs_endpoint(inv, &j, "destination", st, sv->port);
	json_service(&j, sv, gone ? "closed" : "open");
	ecs_related(inv, &e, &j);
	ecs_earshot(inv, &e, &j);
	if (!gone)
		json_service_detail(&j, sv);
	if (c->code == EV_SERVICE_CHANGED)
		json_change(&j, c, field_value(sv, c->field));
	ecs_end(inv, &j, &out);
	sv->telling = false;
}

static void
json_cert(struct json *j, const struct cert *cert)
{
	const char *at = cert->san;

	json_open(j, "tls", '{');
	json_open(j, "server", '{');
	if (cert->cn[0] != '\0') {
		char subject[300];

		snprintf(subject, sizeof(subject), "CN=%s", cert->cn);
		json_text(j, "subject", subject);
	}
	json_open(j, "hash", '{');
	json_text(j, "sha256", cert->sha256);
	json_close(j, '}');
	json_open(j, "x509", '{');
	if (at[0] != '\0') {
		json_open(j, "alternative_names", '[');
		while (at[0] != '\0') {
			size_t n = strcspn(at, ",");

			json_str(j, NULL, at, n);
			at += n + (at[n] == ',');
		}
		json_close(j, ']');
	}
	json_close(j, '}');
	json_close(j, '}');
	json_close(j, '}');
}

static void
render_cert(
    struct inventory *inv, const struct change *c, struct service_fact *sv)
{
	struct station *st = station_at(inv, c->station);
	char addr[ADDR_TEXT], message[400], subject[16];
	struct pending_event out;
	struct json j;
	unsigned i;

	for (i = 0; i < sv->ncerts && sv->certs[i].sha256 != c->new; i++)
		;
	if (i == sv->ncerts)
		return;
	snprintf(subject, sizeof(subject), "%s/%u", proto_text(sv->proto),
	    sv->port);
	snprintf(message, sizeof(message), "new certificate on %s %s: %s",
	    addr_fmt(&st->addr, addr), subject, sv->certs[i].cn);
	struct ecs_event e = { .code = EV_CERT_NEW,
		.ts = c->ts,
		.provider = "passive",
		.severity = 3,
		.asset = c->asset,
		.station = c->station,
		.service = sv,
		.subject = subject,
		.state = c->new };

	ecs_begin(inv, &e, message, &j, &out);
	ecs_host(inv, &e, &j);
	ecs_endpoint(inv, &j, "server", st, sv->port);
	ecs_endpoint(inv, &j, "destination", st, sv->port);
	json_open(&j, "network", '{');
	json_text(&j, "transport", proto_text(sv->proto));
	json_text(&j, "protocol", sv->name);
	json_close(&j, '}');
	json_cert(&j, &sv->certs[i]);
	ecs_related(inv, &e, &j);
	ecs_earshot(inv, &e, &j);
	ecs_end(inv, &j, &out);
	sv->certs[i].told = true;
}

void
transition_gone(struct inventory *inv, uint32_t asset, const char *reason)
{
	struct asset *a = asset_at(inv, asset);
	char label[ADDR_TEXT], message[400];
	struct pending_event out;
	struct json j;

	if (inv->opt.store == NULL ||
	    (a->flags & (ASSET_TOLD | ASSET_TELLING)) == 0)
		return;
	transition_render(inv);
	snprintf(message, sizeof(message), "host %s is gone: %s",
	    host_label(inv, a, label), reason);
	struct ecs_event e = { .code = EV_HOST_GONE,
		.ts = inv->now,
		.start = a->first,
		.end = a->last,
		.provider = "engine",
		.reason = reason,
		.severity = 3,
		.asset = asset,
		.station = a->stations,
		.state = "gone" };

	ecs_begin(inv, &e, message, &j, &out);
	ecs_host(inv, &e, &j);
	ecs_related(inv, &e, &j);
	ecs_earshot(inv, &e, &j);
	json_open(&j, "gone", '{');
	json_int(&j, "silent_seconds", (inv->now.ns - a->last.ns) / NS_PER_S);
	json_close(&j, '}');
	ecs_end(inv, &j, &out);
}

void
transition_render(struct inventory *inv)
{
	size_t i;

	for (i = 0; i < inv->nchanges; i++) {
		const struct change *c = &inv->changes[i];
		struct service_fact *sv;

		if (c->code == EV_HOST_NEW || c->code == EV_HOST_CHANGED) {
			render_host(inv, c);
			continue;
		}
		sv = fact_service(inv, station_at(inv, c->station), c->proto,
		    c->port, false);
		if (sv == NULL)
			continue;
		if (c->code == EV_CERT_NEW)
			render_cert(inv, c, sv);
		else
			render_service(inv, c, sv);
	}
	for (i = 0; i < inv->nchanges; i++) {
		asset_at(inv, inv->changes[i].asset)->flags &=
		    (uint8_t)~ASSET_TELLING;
		drop_texts(inv, &inv->changes[i]);
	}
	inv->nchanges = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes put into words: each noted change of a host, service or certificate becomes an ECS event with what is known
 * of its device now.
 */
#include <stdio.h>
#include <string.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

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
json_evidence(
    struct json *j, const struct inventory *inv, const struct asset *a)
{
	uint64_t sources = 0;
	unsigned i;
	uint32_t s;

	for (s = a->stations; s != NONE; s = station_at(inv, s)->next)
		sources |= station_at(inv, s)->sources;
	if (sources == 0)
		return;
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
	return a->card == NONE ? "?"
			       : mac_fmt(&card_at(inv, a->card)->mac, out);
}

static void
render_host(struct inventory *inv, const struct change *c)
{
	struct asset *a = asset_at(inv, c->asset);
	bool new = c->code == EV_HOST_NEW;
	char label[ADDR_TEXT], message[400], state[600];
	struct pending_event out;
	struct json j;

	/* What changed in the transaction that tells of the host is not told beside; who it was before is. */
	if (!new && (a->flags & ASSET_TELLING) != 0 &&
	    strcmp(c->field, "earshot.asset.merged_from") != 0)
		return;
	if (!new && (a->flags & (ASSET_TOLD | ASSET_TELLING)) == 0)
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
	es_require(field != NULL);
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

	snprintf(
	    subject, sizeof(subject), "%s/%u", proto_text(sv->proto), sv->port);
	addr_fmt(&st->addr, addr);
	if (c->code == EV_SERVICE_NEW)
		snprintf(message, sizeof(message), "%s %s%s%s%s%s on %s",
		    subject, sv->name, sv->product[0] ? " " : "", sv->product,
		    sv->version[0] ? " " : "", sv->version, addr);
	else
		snprintf(message, sizeof(message), "%s on %s %s%s", subject,
		    addr, gone ? "is gone" : "changed ", gone ? "" : c->field);
	/* Two fields may change in one packet: the field tells them apart. */
	snprintf(state, sizeof(state), "%s|%s|%s|%s|%s|%s",
	    gone ? "gone" : "open", sv->name, sv->product, sv->version, c->old,
	    c->field != NULL ? c->field : "");
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
	if (at[0] != '\0') {
		json_open(j, "x509", '{');
		json_open(j, "alternative_names", '[');
		while (at[0] != '\0') {
			size_t n = strcspn(at, ",");

			json_str(j, NULL, at, n);
			at += n + (at[n] == ',');
		}
		json_close(j, ']');
		json_close(j, '}');
	}
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
	snprintf(
	    subject, sizeof(subject), "%s/%u", proto_text(sv->proto), sv->port);
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
		sv = fact_service(
		    inv, station_at(inv, c->station), c->proto, c->port, false);
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
		change_fini(inv, &inv->changes[i]);
	}
	inv->nchanges = 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sensor tells of itself: its own start and losses, each contact of the engine; and what time does to the
 * inventory: devices and services that are not heard any more are gone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"

/* How often the whole table is looked through. */
#define SWEEP_S 60
/* Rows of hosts that were only heard again are written this often. */
#define SEEN_S 300
#define TRIM_S 30
/* A host that nobody was told of is forgotten after this. */
#define CLAIMED_S 3600
/* History: hosts that are gone, and the audit trail. */
#define HISTORY_S (90 * INT64_C(86400))
#define AUDIT_ROWS 1000000

/* ---- the sensor itself ---- */

static unsigned
severity_of(enum event_code code)
{
	return event_info(code)->class == CLASS_ALERT ? 47 : 3;
}

static void
tell(struct inventory *inv, enum event_code code, const char *message,
    const char *key, const char *detail)
{
	struct pending_event out;
	struct json j;
	struct ecs_event e = { .code = code,
		.ts = inv->opt.replay ? inv->now : wall_now(),
		.provider = "engine",
		.severity = severity_of(code),
		.asset = NONE,
		.station = NONE,
		.subject = key,
		.state = detail };

	ecs_begin(inv, &e, message, &j, &out);
	ecs_earshot(inv, &e, &j);
	if (key != NULL && detail != NULL)
		json_raw(&j, key, detail);
	ecs_end(inv, &j, &out);
}

int
inventory_tell(struct inventory *inv, enum event_code code, const char *message,
    const char *key, const char *detail)
{
	if (inv->opt.store == NULL)
		return 0;
	transition_render(inv);
	tell(inv, code, message, key, detail);
	return commit_maybe(inv);
}

/* ---- losses ---- */

struct loss_report {
	struct json by_code;
	struct buf codes;
	uint64_t count;
	uint64_t first_sequence;
	uint64_t last_sequence;
};

static void
add_loss(void *arg, const struct outbox_loss *loss)
{
	struct loss_report *r = arg;

	json_uint(&r->by_code, loss->code, loss->count);
	r->count += loss->count;
	if (r->first_sequence == 0 || loss->first_sequence < r->first_sequence)
		r->first_sequence = loss->first_sequence;
	if (loss->last_sequence > r->last_sequence)
		r->last_sequence = loss->last_sequence;
}

/* One sensor.loss for all that the outbox dropped since the last one, in the transaction that clears the count. */
static int
tell_losses(struct inventory *inv)
{
	struct store *store = inv->opt.store;
	struct loss_report r = { .count = 0 };
	char message[96];
	struct buf detail;
	int rc;

	buf_init(&r.codes, 4096);
	buf_init(&detail, 8192);
	r.by_code = json_new(&r.codes);
	json_open(&r.by_code, NULL, '{');
	rc = store_losses(store, add_loss, &r);
	json_close(&r.by_code, '}');
	if (rc == 0 && r.count > 0) {
		buf_printf(&detail,
		    "{\"stage\":\"outbox\",\"count\":%llu,\"first_sequence\":%"
		    "llu,\"last_sequence\":%llu,\"by_code\":%s}",
		    (unsigned long long)r.count,
		    (unsigned long long)r.first_sequence,
		    (unsigned long long)r.last_sequence, buf_cstr(&r.codes));
		snprintf(message, sizeof(message),
		    "outbox full: %llu events dropped",
		    (unsigned long long)r.count);
		tell(inv, EV_SENSOR_LOSS, message, "loss", buf_cstr(&detail));
		inv->clear_losses = true;
	}
	buf_fini(&r.codes);
	buf_fini(&detail);
	return rc;
}

/* ---- the engine's contacts ---- */

static void
json_end(struct json *j, const char *key, const struct addr *addr,
    uint16_t port, uint64_t octets)
{
	char text[ADDR_TEXT];

	if (!addr_is_set(addr))
		return;
	json_open(j, key, '{');
	json_text(j, "address", addr_fmt(addr, text));
	json_text(j, "ip", text);
	if (port != 0)
		json_uint(j, "port", port);
	if (octets != 0)
		json_uint(j, "bytes", octets);
	json_close(j, '}');
}

static void
json_probe(struct json *j, const struct audit *a)
{
	json_open(j, "probe", '{');
	json_uint(j, "target", a->target_id);
	json_uint(j, "scope_version", a->scope_version);
	json_text(j, "verdict", scope_verdict_text(a->verdict));
	if (a->verdict == SCOPE_ALLOWED && a->outcome != 0)
		json_text(j, "error", err_text(a->outcome));
	if (a->repeats > 0)
		json_uint(j, "repeats", a->repeats);
	json_close(j, '}');
}

static void
tell_audit(struct inventory *inv, const struct audit *a)
{
	bool refused = a->verdict != SCOPE_ALLOWED;
	char dst[ADDR_TEXT] = "-", message[200], subject[160], state[80];
	uint32_t station = station_find(inv, 0, &a->dst);
	struct pending_event out;
	struct json j;

	addr_fmt(&a->dst, dst);
	snprintf(subject, sizeof(subject), "%s %s %s/%u", a->script, dst,
	    proto_text(a->proto), a->dport);
	snprintf(message, sizeof(message), "%s %s %s/%u%s%s",
	    refused ? "refused" : "contacted", dst, proto_text(a->proto),
	    a->dport, a->script[0] == '\0' ? "" : " for ", a->script);
	snprintf(state, sizeof(state), "%u %u %u %llu", a->verdict, a->outcome,
	    a->sport, (unsigned long long)a->target_id);
	struct ecs_event e = { .code =
				   refused ? EV_PROBE_REFUSED : EV_PROBE_AUDIT,
		.ts = a->ended,
		.start = a->started,
		.end = a->ended,
		.provider = "probe",
		.outcome = refused || a->outcome != 0 ? "failure" : "success",
		.reason = refused ? scope_verdict_text(a->verdict) : NULL,
		.severity = 3,
		.asset =
		    station == NONE ? NONE : station_at(inv, station)->asset,
		.station = station,
		.subject = subject,
		.state = state };

	ecs_begin(inv, &e, message, &j, &out);
	json_end(&j, "source", &a->src, a->sport, a->bytes_out);
	json_end(&j, "destination", &a->dst, a->dport, a->bytes_in);
	json_open(&j, "network", '{');
	json_text(&j, "transport", proto_text(a->proto));
	json_close(&j, '}');
	if (a->script[0] != '\0') {
		snprintf(state, sizeof(state), "nse:%s", a->script);
		json_open(&j, "rule", '{');
		json_text(&j, "id", state);
		json_text(&j, "name", a->script);
		json_text(&j, "ruleset", "nse");
		json_close(&j, '}');
	}
	ecs_earshot(inv, &e, &j);
	json_probe(&j, a);
	ecs_end(inv, &j, &out);
}

int
inventory_audit(struct inventory *inv, const struct audit *a)
{
	struct audit *grown;

	inv->stats.audits++;
	if (inv->opt.store == NULL)
		return 0;
	transition_render(inv);
	tell_audit(inv, a);
	if (inv->naudits == inv->cap_audits) {
		size_t cap = inv->cap_audits == 0 ? 64 : inv->cap_audits * 2;

		grown = realloc(inv->audits, cap * sizeof(*grown));
		if (grown == NULL)
			return ES_E(NOMEM);
		inv->audits = grown;
		inv->cap_audits = cap;
	}
	inv->audits[inv->naudits++] = *a;
	return commit_maybe(inv);
}

int
audit_write(struct inventory *inv, const struct audit *a)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];
	struct audit_row row = { .target = (int64_t)a->target_id,
		.scope_version = (int64_t)a->scope_version,
		.started = a->started.ns,
		.ended = a->ended.ns,
		.src = addr_is_set(&a->src) ? addr_fmt(&a->src, src) : "",
		.sport = a->sport,
		.dst = addr_is_set(&a->dst) ? addr_fmt(&a->dst, dst) : "",
		.dport = a->dport,
		.proto = a->proto,
		.verdict = scope_verdict_text(a->verdict),
		.outcome = a->outcome,
		.bytes_out = (int64_t)a->bytes_out,
		.bytes_in = (int64_t)a->bytes_in,
		.repeats = a->repeats,
		.script = a->script };

	return store_audit_append(inv->opt.store, &row);
}

/* ---- time ---- */

static bool
passed(struct wall now, struct wall since, int64_t seconds)
{
	return now.ns - since.ns >= seconds * NS_PER_S;
}

static void
expire_services(struct inventory *inv, uint32_t station)
{
	struct station_detail *d = station_at(inv, station)->detail;
	unsigned i;

	for (i = 0; d != NULL && i < d->nservices; i++) {
		struct service_fact *sv = &d->services[i];

		if (sv->told == PORT_OPEN &&
		    passed(inv->now, sv->last, inv->opt.service_gone_s))
			transition_service_gone(
			    inv, station, sv, "not heard any more");
	}
}

/* Returns true when the asset is gone. */
static bool
expire_asset(struct inventory *inv, uint32_t handle)
{
	struct asset *a = asset_at(inv, handle);
	bool told = (a->flags & (ASSET_TOLD | ASSET_TELLING)) != 0;
	uint32_t s;

	if (passed(inv->now, a->last,
		told ? (int64_t)inv->opt.host_gone_s : CLAIMED_S)) {
		transition_gone(inv, handle, "not heard any more");
		asset_forget(inv, handle, true);
		return true;
	}
	for (s = a->stations; s != NONE; s = station_at(inv, s)->next)
		expire_services(inv, s);
	return false;
}

/* Write when it and its services were heard last, if that moved since @p since. */
static void
write_seen(struct inventory *inv, uint32_t handle, struct wall since)
{
	uint32_t s;
	unsigned i;

	for (s = asset_at(inv, handle)->stations; s != NONE;
	     s = station_at(inv, s)->next) {
		struct station_detail *d = station_at(inv, s)->detail;

		for (i = 0; d != NULL && i < d->nservices; i++) {
			if (d->services[i].last.ns >= since.ns)
				d->services[i].dirty = true;
		}
	}
	commit_queue(inv, handle);
}

static void
sweep(struct inventory *inv)
{
	bool due = passed(inv->now, inv->last_seen_write, SEEN_S);
	struct wall since = inv->last_seen_write;
	uint32_t h;

	if (due)
		inv->last_seen_write = inv->now;
	for (h = 0; h < inv->assets.top; h++) {
		struct asset *a = asset_at(inv, h);

		if ((a->flags & ASSET_USED) == 0 || expire_asset(inv, h))
			continue;
		if (due && (a->flags & ASSET_SEEN) != 0 &&
		    (a->flags & ASSET_TOLD) != 0)
			write_seen(inv, h, since);
	}
}

static int
trim(struct inventory *inv)
{
	struct store *store = inv->opt.store;
	int64_t oldest = inv->now.ns - HISTORY_S * NS_PER_S;
	int rc = store_outbox_trim(store);

	if (rc == 0)
		rc = store_audit_trim(store, AUDIT_ROWS, oldest);
	if (rc == 0)
		rc = store_asset_prune(store, oldest);
	if (rc == 0 && !inv->clear_losses)
		rc = tell_losses(inv);
	return rc;
}

int
inventory_tick(struct inventory *inv, struct wall now)
{
	int rc = 0, committed;

	if (now.ns > inv->now.ns)
		inv->now = now;
	if (inv->opt.store == NULL)
		return 0;
	if (inv->last_sweep.ns == 0)
		inv->last_sweep = inv->last_trim = inv->last_seen_write =
		    inv->now;
	if (passed(inv->now, inv->last_sweep, SWEEP_S)) {
		inv->last_sweep = inv->now;
		sweep(inv);
	}
	if (passed(inv->now, inv->last_trim, TRIM_S)) {
		inv->last_trim = inv->now;
		rc = trim(inv);
	}
	committed = commit_maybe(inv);
	return rc < 0 ? rc : committed;
}

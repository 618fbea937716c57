/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as an ECS object (ECS 8.11; docs/events.md). The order of the keys is fixed, what is unknown is absent,
 * and nothing depends on the order of a table: the same facts give the same octets.
 *
 * event.id covers schema, sensor, code, asset, subject, new state and time; dedup_key the same without state and
 * time: it groups the repeats of one condition.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/fact.h"
#include "sensor/inventory/tell.h"
#include "sensor/model/segment.h"

#define SCHEMA 1
#define ADDRS_SHOWN 32

unsigned
ecs_confidence(unsigned strength)
{
	static const uint8_t hundredths[] = { 10, 20, 40, 50, 80, 90, 95 };

	return hundredths[strength < sizeof(hundredths) ? strength : 0];
}

const char *
asset_name(const struct inventory *inv, const struct asset *a)
{
	const struct name *best = NULL;
	uint32_t s;

	if (a->detail != NULL)
		best = fact_best_name(a->detail->names, a->detail->nnames);
	for (s = a->stations; s != NONE; s = station_at(inv, s)->next) {
		const struct station_detail *d = station_at(inv, s)->detail;
		const struct name *n =
		    d == NULL ? NULL : fact_best_name(d->names, d->nnames);

		if (n != NULL && (best == NULL || n->strength > best->strength))
			best = n;
	}
	return best == NULL ? "" : best->text;
}

/* ECS wants MACs as RFC 7042 writes them. */
static void
json_mac(struct json *j, const char *key, const struct mac *mac)
{
	char text[MAC_TEXT];

	snprintf(text, sizeof(text), "%02X-%02X-%02X-%02X-%02X-%02X", mac->b[0],
	    mac->b[1], mac->b[2], mac->b[3], mac->b[4], mac->b[5]);
	json_text(j, key, text);
}

static void
json_addr(struct json *j, const char *key, const struct addr *addr)
{
	char text[ADDR_TEXT];

	if (addr_is_set(addr))
		json_text(j, key, addr_fmt(addr, text));
}

/* "a,b" as ["a","b"]; absent when empty. */
static void
json_list(struct json *j, const char *key, const char *list)
{
	if (list[0] == '\0')
		return;
	json_open(j, key, '[');
	while (list[0] != '\0') {
		size_t n = strcspn(list, ",");

		json_str(j, NULL, list, n);
		list += n + (list[n] == ',');
	}
	json_close(j, ']');
}

static const char *
sensor_name(const struct inventory *inv)
{
	return inv->opt.sensor_name == NULL ? "" : inv->opt.sensor_name;
}

/* The fields of the id; without state and time they are those of the dedup key. */
static void
make_id(struct inventory *inv, const struct ecs_event *e, bool dedup,
    char out[static DIGEST_TEXT])
{
	struct buf list;

	buf_init(&list, 65536);
	digest_field_u64(&list, SCHEMA);
	digest_field_text(&list, sensor_name(inv));
	digest_field_text(&list, event_info(e->code)->code);
	digest_field_text(
	    &list, e->asset == NONE ? "" : commit_asset_id(inv, e->asset));
	digest_field_text(&list, e->subject == NULL ? "" : e->subject);
	if (!dedup) {
		digest_field_text(&list, e->state == NULL ? "" : e->state);
		digest_field_u64(&list, (uint64_t)(e->ts.ns / NS_PER_US));
	}
	digest_128(&list, out);
	buf_fini(&list);
}

static void
json_event(struct inventory *inv, const struct ecs_event *e, struct json *j,
    struct pending_event *out)
{
	const struct event_info *info = event_info(e->code);
	char action[48];
	size_t i;

	snprintf(action, sizeof(action), "%s", info->code);
	for (i = 0; action[i] != '\0'; i++) {
		if (action[i] == '.' || action[i] == '_')
			action[i] = '-';
	}
	make_id(inv, e, false, out->event.id);
	json_open(j, "event", '{');
	json_text(j, "id", out->event.id);
	json_text(j, "kind", info->kind);
	json_list(j, "category", info->category);
	json_list(j, "type", info->type);
	json_text(j, "action", action);
	json_text(j, "code", info->code);
	json_text(j, "module", "earshot");
	json_text(j, "dataset", info->dataset);
	json_text(j, "provider", e->provider);
	json_uint(j, "severity", e->severity);
	out->cut = (uint32_t)j->out->len;
	json_time(j, "start", e->start);
	json_time(j, "end", e->end);
	if (e->end.ns > e->start.ns && e->start.ns != 0 && e->outcome != NULL)
		json_int(j, "duration", e->end.ns - e->start.ns);
	json_text(j, "reason", e->reason);
	json_text(j, "outcome", e->outcome);
	json_close(j, '}');
}

static void
json_observer(struct inventory *inv, const struct ecs_event *e, struct json *j)
{
	const struct station *st =
	    e->station == NONE ? NULL : station_at(inv, e->station);
	const char *ifname = "";
	unsigned vlan = st == NULL ? 0 : segment_vlan(st->segment);
	char text[8];

	if (st != NULL && st->ifindex < inv->opt.nifnames)
		ifname = inv->opt.ifnames[st->ifindex];
	json_open(j, "observer", '{');
	json_text(j, "vendor", "earshot");
	json_text(j, "product", "earshot");
	json_text(j, "type", "sensor");
	json_text(j, "name", sensor_name(inv));
	json_text(j, "version", ES_VERSION);
	if (ifname[0] != '\0' || vlan != 0) {
		json_open(j, "ingress", '{');
		json_text(j, "zone", inv->opt.site);
		if (ifname[0] != '\0') {
			json_open(j, "interface", '{');
			json_text(j, "name", ifname);
			json_close(j, '}');
		}
		if (vlan != 0) {
			snprintf(text, sizeof(text), "%u", vlan);
			json_open(j, "vlan", '{');
			json_text(j, "id", text);
			json_close(j, '}');
		}
		json_close(j, '}');
	}
	json_close(j, '}');
}

void
ecs_begin(struct inventory *inv, const struct ecs_event *e, const char *message,
    struct json *j, struct pending_event *out)
{
	const struct event_info *info = event_info(e->code);

	*out = (struct pending_event){ .event.code = e->code };
	buf_reset(&inv->scratch);
	*j = json_new(&inv->scratch);
	json_open(j, NULL, '{');
	json_time(j, "@timestamp", e->ts);
	json_raw(j, "ecs", "{\"version\":\"8.11.0\"}");
	json_text(j, "message", message);
	json_raw(j, "tags", "[\"earshot\"]");
	if (inv->opt.site != NULL && inv->opt.site[0] != '\0') {
		json_open(j, "labels", '{');
		json_text(j, "site", inv->opt.site);
		json_close(j, '}');
	}
	json_event(inv, e, j, out);
	json_open(j, "data_stream", '{');
	json_text(
	    j, "type", strcmp(info->kind, "metric") == 0 ? "metrics" : "logs");
	json_text(j, "dataset", info->dataset);
	json_text(j, "namespace", "default");
	json_close(j, '}');
	json_observer(inv, e, j);
}

/* ---- the device ---- */

static int
compare_addrs(const void *a, const void *b)
{
	return addr_cmp(a, b);
}

/* The addresses of an asset in their own order, not in that of a table. */
static unsigned
sorted_addrs(const struct inventory *inv, const struct asset *a,
    struct addr out[static ADDRS_SHOWN])
{
	unsigned n = 0;
	uint32_t s;

	for (s = a->stations; s != NONE && n < ADDRS_SHOWN;
	     s = station_at(inv, s)->next)
		out[n++] = station_at(inv, s)->addr;
	qsort(out, n, sizeof(out[0]), compare_addrs);
	return n;
}

static void
json_addrs(struct json *j, const struct inventory *inv, const struct asset *a)
{
	struct addr addrs[ADDRS_SHOWN];
	unsigned n = sorted_addrs(inv, a, addrs), i;

	if (n == 0)
		return;
	json_open(j, "ip", '[');
	for (i = 0; i < n; i++)
		json_addr(j, NULL, &addrs[i]);
	json_close(j, ']');
}

static void
json_macs(struct json *j, const struct inventory *inv, const struct asset *a)
{
	const struct mac *mac = NULL;
	uint32_t s = a->stations;

	if (a->card != NONE)
		mac = &card_at(inv, a->card)->mac;
	for (; mac == NULL && s != NONE; s = station_at(inv, s)->next)
		mac = identity_mac(inv, station_at(inv, s));
	if (mac == NULL)
		return;
	json_open(j, "mac", '[');
	json_mac(j, NULL, mac);
	json_close(j, ']');
}

void
ecs_host(struct inventory *inv, const struct ecs_event *e, struct json *j)
{
	const struct asset *a;
	const char *name, *dot;

	if (e->asset == NONE)
		return;
	a = asset_at(inv, e->asset);
	name = asset_name(inv, a);
	dot = strchr(name, '.');
	json_open(j, "host", '{');
	json_text(j, "id", commit_asset_id(inv, e->asset));
	json_text(j, "name", name);
	if (name[0] != '\0' && dot != name)
		json_str(j, "hostname", name,
		    dot == NULL ? strlen(name) : (size_t)(dot - name));
	json_addrs(j, inv, a);
	json_macs(j, inv, a);
	json_close(j, '}');
}

void
ecs_endpoint(struct inventory *inv, struct json *j, const char *key,
    const struct station *st, uint16_t port)
{
	const struct mac *mac = identity_mac(inv, st);

	json_open(j, key, '{');
	json_addr(j, "address", &st->addr);
	json_addr(j, "ip", &st->addr);
	if (port != 0)
		json_uint(j, "port", port);
	if (mac != NULL)
		json_mac(j, "mac", mac);
	json_close(j, '}');
}

void
ecs_related(struct inventory *inv, const struct ecs_event *e, struct json *j)
{
	const struct asset *a;
	const char *name;

	if (e->asset == NONE)
		return;
	a = asset_at(inv, e->asset);
	name = asset_name(inv, a);
	if (name[0] == '\0' && a->stations == NONE)
		return;
	json_open(j, "related", '{');
	json_addrs(j, inv, a);
	if (name[0] != '\0') {
		json_open(j, "hosts", '[');
		json_text(j, NULL, name);
		json_close(j, ']');
	}
	json_close(j, '}');
}

void
ecs_earshot(struct inventory *inv, const struct ecs_event *e, struct json *j)
{
	char key[DIGEST_TEXT];
	unsigned i;

	make_id(inv, e, true, key);
	key[16] = '\0';
	json_open(j, "earshot", '{');
	json_uint(j, "schema", SCHEMA);
	json_text(j, "dedup_key", key);
	if (e->asset != NONE) {
		const struct asset *a = asset_at(inv, e->asset);

		json_open(j, "asset", '{');
		json_hundredths(
		    j, "confidence", ecs_confidence(asset_strength(inv, a)));
		if (a->detail != NULL && a->detail->nroles > 0) {
			json_open(j, "roles", '[');
			for (i = 0; i < a->detail->nroles; i++)
				json_text(j, NULL, a->detail->roles[i]);
			json_close(j, ']');
		}
		json_close(j, '}');
	}
}

void
ecs_end(struct inventory *inv, struct json *j, struct pending_event *out)
{
	json_close(j, '}');
	json_close(j, '}');
	if (j->out->bad || (out->json = malloc(j->out->len + 1)) == NULL) {
		inv->stats.events_lost++;
		return;
	}
	memcpy(out->json, j->out->data, j->out->len);
	out->json[j->out->len] = '\0';
	out->event.json_len = (uint32_t)j->out->len;
	commit_event(inv, out);
}

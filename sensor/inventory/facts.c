/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The neutral form of what was heard (docs/facts.md): host, service and fingerprint lines, in the order of the
 * addresses, then devices without one. The same input gives the same octets.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/inventory_priv.h"

struct printer {
	struct inventory *inv;
	struct buf *out;
	void (*line)(void *arg, const char *text, size_t len);
	void *arg;
};

/* Begin and end one line. Without a receiver all of them stay in the buffer. */
static struct json
begin_line(struct printer *p, const char *type)
{
	struct json j;

	if (p->line != NULL)
		buf_reset(p->out);
	j = json_new(p->out);
	json_open(&j, NULL, '{');
	json_text(&j, "type", type);
	return j;
}

static void
end_line(struct printer *p, struct json *j)
{
	json_close(j, '}');
	buf_u8(p->out, '\n');
	if (p->line != NULL && !p->out->bad)
		p->line(p->arg, (const char *)p->out->data, p->out->len);
}

static void
json_addr(struct json *j, const char *key, const struct addr *addr)
{
	char text[ADDR_TEXT];

	json_text(j, key, addr_fmt(addr, text));
}

/* ---- hosts ---- */

static void
print_macs(struct printer *p, struct json *j, const struct station *st)
{
	char text[MAC_TEXT];
	struct binding b;
	unsigned i;

	json_open(j, "macs", '[');
	for (i = 0; identity_binding(st, i, &b); i++) {
		if (identity_shows(p->inv, st, &b))
			json_text(j, NULL,
			    mac_fmt(&card_at(p->inv, b.card)->mac, text));
	}
	json_close(j, ']');
}

static void
print_names(struct json *j, const struct name *names, unsigned count)
{
	unsigned i;

	json_open(j, "hostnames", '[');
	for (i = 0; i < count; i++)
		json_text(j, NULL, names[i].text);
	json_close(j, ']');
}

static void
print_host(struct printer *p, const struct station *st)
{
	const struct station_detail *d = st->detail;
	struct json j = begin_line(p, "host");

	json_addr(&j, "ip", &st->addr);
	if (identity_mac(p->inv, st) != NULL)
		print_macs(p, &j, st);
	if (d != NULL && d->nnames > 0)
		print_names(&j, d->names, d->nnames);
	end_line(p, &j);
}

/* ---- services ---- */

/* A data channel answered, so it was heard to be open, though it is no service of its own. */
static bool
was_open(const struct service_fact *sv)
{
	return sv->state == SVC_OPEN_SYNACK || sv->state == SVC_OPEN_REPLY ||
	       sv->state == SVC_OPEN_MIDSTREAM || sv->state == SVC_DATA_CHANNEL;
}

/* The first line of a service says all; further banners and certificates have lines of their own. */
static void
print_service(
    struct printer *p, const struct station *st, const struct service_fact *sv)
{
	unsigned lines = sv->nbanners > sv->ncerts ? sv->nbanners : sv->ncerts;
	unsigned i = 0;

	do {
		struct json j = begin_line(p, "service");

		json_addr(&j, "ip", &st->addr);
		json_uint(&j, "port", sv->port);
		json_text(&j, "proto", proto_text(sv->proto));
		if (i == 0) {
			json_text(&j, "name", sv->name);
			json_text(&j, "product", sv->product);
			json_text(&j, "version", sv->version);
		}
		if (i < sv->nbanners)
			json_text(&j, "banner", sv->banners[i]);
		if (i < sv->ncerts)
			json_text(&j, "cert_cn", sv->certs[i].cn);
		end_line(p, &j);
	} while (++i < lines);
}

/* ---- fingerprints ---- */

static void
print_print(struct printer *p, const struct print *print, const char *key,
    const char *who)
{
	struct json j = begin_line(p, "fingerprint");

	json_text(&j, key, who);
	json_text(&j, "kind", print->kind);
	json_text(&j, "value", print->value);
	end_line(p, &j);
}

static void
print_prints(
    struct printer *p, const struct asset *a, const struct station *only)
{
	const struct asset_detail *d = a->detail;
	unsigned i;

	for (i = 0; d != NULL && i < d->nprints; i++) {
		const struct print *print = &d->prints[i];
		char text[ADDR_TEXT];

		if (only != NULL && addr_eq(&print->addr, &only->addr))
			print_print(
			    p, print, "ip", addr_fmt(&print->addr, text));
		else if (only == NULL && !addr_is_set(&print->addr) &&
			 a->card != NONE)
			print_print(p, print, "mac",
			    mac_fmt(&card_at(p->inv, a->card)->mac, text));
	}
}

static void
print_station(struct printer *p, const struct station *st)
{
	unsigned i;

	if ((st->flags & STATION_HEARD) != 0)
		print_host(p, st);
	for (i = 0; st->detail != NULL && i < st->detail->nservices; i++) {
		const struct service_fact *sv = &st->detail->services[i];

		if (was_open(sv) &&
		    (sv->proto == IPPROTO_TCP || sv->proto == IPPROTO_UDP))
			print_service(p, st, sv);
	}
	print_prints(p, asset_at(p->inv, st->asset), st);
}

/* What is bound to a MAC and to no address. */
static void
print_device(struct printer *p, const struct asset *a)
{
	char text[MAC_TEXT];

	if (a->detail->nnames > 0) {
		struct json j = begin_line(p, "host");

		json_text(
		    &j, "mac", mac_fmt(&card_at(p->inv, a->card)->mac, text));
		print_names(&j, a->detail->names, a->detail->nnames);
		end_line(p, &j);
	}
	print_prints(p, a, NULL);
}

/* ---- order ---- */

static int
compare_stations(const void *a, const void *b)
{
	const struct station *x = *(const struct station *const *)a;
	const struct station *y = *(const struct station *const *)b;
	int order = addr_cmp(&x->addr, &y->addr);

	return order != 0
		   ? order
		   : (x->segment > y->segment) - (x->segment < y->segment);
}

struct device {
	struct mac mac;
	const struct asset *asset;
};

static int
compare_devices(const void *a, const void *b)
{
	const struct device *x = a, *y = b;

	return memcmp(&x->mac, &y->mac, sizeof(x->mac));
}

static void
print_stations(struct printer *p)
{
	struct inventory *inv = p->inv;
	const struct station **all;
	size_t n = 0, i;
	uint32_t h;

	all = calloc(inv->stations.used + 1, sizeof(*all));
	if (all == NULL)
		return;
	for (h = 0; h < inv->assets.top; h++) {
		uint32_t s;

		if ((asset_at(inv, h)->flags & ASSET_USED) == 0)
			continue;
		for (s = asset_at(inv, h)->stations; s != NONE;
		     s = station_at(inv, s)->next)
			all[n++] = station_at(inv, s);
	}
	qsort(all, n, sizeof(*all), compare_stations);
	for (i = 0; i < n; i++)
		print_station(p, all[i]);
	free(all);
}

static void
print_devices(struct printer *p)
{
	struct inventory *inv = p->inv;
	struct device *all;
	size_t n = 0, i;
	uint32_t h;

	all = calloc(inv->assets.used + 1, sizeof(*all));
	if (all == NULL)
		return;
	for (h = 0; h < inv->assets.top; h++) {
		const struct asset *a = asset_at(inv, h);

		if ((a->flags & ASSET_USED) != 0 && a->card != NONE &&
		    a->detail != NULL) {
			all[n].mac = card_at(inv, a->card)->mac;
			all[n++].asset = a;
		}
	}
	qsort(all, n, sizeof(*all), compare_devices);
	for (i = 0; i < n; i++)
		print_device(p, all[i].asset);
	free(all);
}

void
inventory_facts(struct inventory *inv, struct buf *out,
    void (*line)(void *arg, const char *text, size_t len), void *arg)
{
	struct printer p = { .inv = inv, .out = out, .line = line, .arg = arg };

	print_stations(&p);
	print_devices(&p);
}

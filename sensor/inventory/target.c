/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A target's host part, and what was heard of it: a script finds it in host.heard and port.heard and need not ask
 * again (DESIGN §6). Ports that were only announced are marked for a check first.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/inventory/fact.h"
#include "sensor/inventory/spoken.h"
#include "sensor/inventory/tell.h"

#define HEARD_JSON_MAX 16384

static void
heard_names(
    struct json *j, const struct name *names, unsigned count, bool served)
{
	unsigned i;
	bool open = false;

	for (i = 0; i < count; i++) {
		if (names[i].served != served)
			continue;
		if (!open)
			json_open(j, served ? "servernames" : "names", '[');
		open = true;
		json_text(j, NULL, names[i].text);
	}
	if (open)
		json_close(j, ']');
}

static void
heard_sources(struct json *j, uint64_t sources)
{
	unsigned i;

	json_open(j, "sources", '[');
	for (i = 1; i < SRC_MAX; i++) {
		if ((sources >> i & 1) != 0)
			json_text(j, NULL, obs_source_text(i));
	}
	json_close(j, ']');
}

/* The buffer's content as a string of its own; NULL without memory. */
static char *
take_text(struct buf *b)
{
	return b->bad ? NULL : strdup(buf_cstr(b));
}

static char *
heard_host(const struct inventory *inv, const struct station *st)
{
	const struct station_detail *d = st->detail;
	const struct asset_detail *ad = asset_at(inv, st->asset)->detail;
	struct buf b;
	struct json j;
	unsigned i;
	char *text;

	buf_init(&b, HEARD_JSON_MAX);
	j = json_new(&b);
	json_open(&j, NULL, '{');
	if (d != NULL) {
		heard_names(&j, d->names, d->nnames, false);
		heard_names(&j, d->names, d->nnames, true);
	}
	if (ad != NULL && ad->nroles > 0) {
		json_open(&j, "roles", '[');
		for (i = 0; i < ad->nroles; i++)
			json_text(&j, NULL, ad->roles[i]);
		json_close(&j, ']');
	}
	heard_sources(&j, st->sources);
	json_time(&j, "first_seen", st->first);
	json_time(&j, "last_seen", st->last);
	json_close(&j, '}');
	text = take_text(&b);
	buf_fini(&b);
	return text;
}

static char *
heard_port(const struct service_fact *sv)
{
	struct buf b;
	struct json j;
	unsigned i;
	char *text;

	buf_init(&b, HEARD_JSON_MAX);
	j = json_new(&b);
	json_open(&j, NULL, '{');
	json_text(&j, "service", sv->name);
	if (sv->nbanners > 0) {
		json_text(&j, "banner", sv->banners[0]);
		json_open(&j, "banners", '[');
		for (i = 0; i < sv->nbanners; i++)
			json_text(&j, NULL, sv->banners[i]);
		json_close(&j, ']');
	}
	if (sv->ncerts > 0) {
		json_open(&j, "certs", '[');
		for (i = 0; i < sv->ncerts; i++) {
			json_open(&j, NULL, '{');
			json_text(&j, "cn", sv->certs[i].cn);
			json_text(&j, "sha256", sv->certs[i].sha256);
			json_text(&j, "san", sv->certs[i].san);
			json_close(&j, '}');
		}
		json_close(&j, ']');
	}
	if (sv->heard != NULL)
		json_base64(&j, "first_octets_b64", sv->heard, sv->heard_len);
	json_text(&j, "source", obs_source_text(sv->source));
	json_time(&j, "first_seen", sv->first);
	json_time(&j, "last_seen", sv->last);
	json_close(&j, '}');
	text = take_text(&b);
	buf_fini(&b);
	return text;
}

/* NSE's measure: 10 when the content told it, 3 when it is a guess or was only announced. */
static uint8_t
heard_confidence(const struct service_fact *sv)
{
	if (sv->source == SRC_SCRIPT)
		return sv->confidence;
	return sv->name[0] != '\0' && service_is_open(sv) ? 10 : 3;
}

static void
fill_port(const struct service_fact *sv, struct target_port *port)
{
	struct spoken as = spoken_as(sv->name, sv->port);
	struct service *svc = &port->svc;

	svc->port = sv->port;
	svc->proto = sv->proto;
	svc->state = PORT_OPEN;
	svc->confidence = heard_confidence(sv);
	str_copy(svc->name, sizeof(svc->name), as.name);
	str_copy(svc->product, sizeof(svc->product), sv->product);
	str_copy(svc->version, sizeof(svc->version), sv->version);
	str_copy(svc->extrainfo, sizeof(svc->extrainfo), sv->extrainfo);
	str_copy(svc->ostype, sizeof(svc->ostype), sv->ostype);
	str_copy(svc->tunnel, sizeof(svc->tunnel),
	    sv->tunnel[0] != '\0' ? sv->tunnel : as.tunnel);
	str_copy(svc->cpe[0], sizeof(svc->cpe[0]), sv->cpe);
	port->heard = heard_port(sv);
}

static int
fill_ports(const struct station_detail *d, struct target *t)
{
	unsigned i;

	if (d == NULL || d->nservices == 0)
		return 0;
	t->ports = calloc(TARGET_PORTS_MAX, sizeof(*t->ports));
	if (t->ports == NULL)
		return ES_E(NOMEM);
	for (i = 0; i < d->nservices && t->nports < TARGET_PORTS_MAX; i++) {
		const struct service_fact *sv = &d->services[i];

		if (!service_is_open(sv) &&
		    (sv->closed || sv->state != SVC_ANNOUNCED))
			continue;
		t->confirm |= sv->state == SVC_ANNOUNCED;
		fill_port(sv, &t->ports[t->nports++]);
	}
	return 0;
}

int
inventory_fill_target(struct inventory *inv, uint64_t segment,
    const struct addr *addr, struct target *t)
{
	uint32_t handle = station_find(inv, segment, addr);
	const struct station *st;
	const struct mac *mac;
	const char *name;
	int rc;

	memset(t, 0, sizeof(*t));
	if (handle == NONE)
		return ES_E(NOTFOUND);
	st = station_at(inv, handle);
	if (st->strength < STRENGTH_TWO_WAY)
		return ES_E(DENIED);
	t->segment = segment;
	t->addr = *addr;
	mac = identity_mac(inv, st);
	if (mac != NULL) {
		t->mac = *mac;
		t->has_mac = true;
	}
	str_copy(
	    t->asset_id, sizeof(t->asset_id), commit_asset_id(inv, st->asset));
	name =
	    st->detail == NULL ? "" : asset_name(inv, asset_at(inv, st->asset));
	str_copy(t->name, sizeof(t->name), name);
	if (st->ifindex < inv->opt.nifnames)
		str_copy(t->ifname, sizeof(t->ifname),
		    inv->opt.ifnames[st->ifindex]);
	t->heard = heard_host(inv, st);
	rc = fill_ports(st->detail, t);
	if (rc < 0)
		target_fini(t);
	return rc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a device beside its addresses: names, services, banners, certificates, prints, roles. Each list
 * has a bound; what comes after it is full is counted and left out, for the first facts are the ones that were
 * there before somebody began to invent some. All texts are interned.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/inventory/fact.h"

#define BANNER_OCTETS 512
#define SAN_OCTETS 1024

bool
fact_set(struct inventory *inv, const char **slot, const void *text, size_t len)
{
	const char *new;

	if (len == 0)
		return false;
	new = strtab_take(&inv->texts, text, len);
	if (new[0] == '\0' || new == *slot) {
		strtab_drop(&inv->texts, new);
		return false;
	}
	strtab_drop(&inv->texts, *slot);
	*slot = new;
	return true;
}

/* One more item of @p size behind @p count of them; NULL (counted) at the bound or without memory. */
static void *
append(struct inventory *inv, void **items, uint8_t *count, unsigned max,
    size_t size)
{
	char *grown;

	if (*count >= max) {
		inv->stats.refused_facts++;
		return NULL;
	}
	if ((*count & (*count - 1)) == 0) {
		size_t cap = *count == 0 ? 1 : (size_t)*count * 2;

		grown = realloc(*items, cap * size);
		if (grown == NULL) {
			inv->stats.refused_facts++;
			return NULL;
		}
		*items = grown;
	}
	grown = (char *)*items + (size_t)*count * size;
	memset(grown, 0, size);
	(*count)++;
	return grown;
}

/* ---- names ---- */

/* What a device says of itself in an exchange that somebody keeps account of goes before what others say. */
static unsigned
name_rank(const struct name *n)
{
	unsigned rank;

	switch (n->source) {
	case SRC_CONFIG:
		rank = 9;
		break;
	case SRC_DHCP:
		rank = 8;
		break;
	case SRC_MDNS:
	case SRC_LLDP:
	case SRC_CDP:
		rank = 7;
		break;
	case SRC_NBNS:
	case SRC_SMB:
		rank = 6;
		break;
	case SRC_LLMNR:
	case SRC_NBDGM:
		rank = 5;
		break;
	case SRC_SCRIPT:
		rank = 4;
		break;
	default:
		rank = 3;
		break;
	}
	return n->served ? 0 : rank + (n->strength > STRENGTH_CLAIMED ? 10 : 0);
}

const struct name *
fact_best_name(const struct name *names, unsigned count)
{
	const struct name *best = NULL;
	unsigned i;

	for (i = 0; i < count; i++) {
		if (!names[i].served &&
		    (best == NULL || name_rank(&names[i]) > name_rank(best)))
			best = &names[i];
	}
	return best;
}

/* Names are compared without case; the trailing dot of an absolute one goes. */
static size_t
normal_name(const struct text *t, char out[256])
{
	size_t n = t->len < 255 ? t->len : 255, i;

	for (i = 0; i < n; i++) {
		uint8_t c = t->p[i];

		out[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
	}
	while (n > 0 && (out[n - 1] == '.' || out[n - 1] == '\0'))
		n--;
	out[n] = '\0';
	return n;
}

bool
fact_name(struct inventory *inv, struct name **names, uint8_t *count,
    const struct observation *obs, bool served)
{
	const struct name *before = fact_best_name(*names, *count);
	const char *was = before == NULL ? "" : before->text, *text;
	char normal[256];
	size_t len = normal_name(&obs->text, normal);
	void *items = *names;
	unsigned i, same = 0;
	struct name *n;

	for (i = 0; i < *count; i++) {
		n = &(*names)[i];
		same += n->served == served;
		if (n->served == served && n->source == obs->source &&
		    strcmp(n->text, normal) == 0) {
			n->last = inv->now;
			if (obs->strength > n->strength)
				n->strength = obs->strength;
			return false;
		}
	}
	if (same >= (served ? SERVER_NAMES_MAX : NAMES_MAX)) {
		inv->stats.refused_facts++;
		return false;
	}
	text = strtab_take(&inv->texts, normal, len);
	if (text[0] == '\0')
		return false;
	n = append(
	    inv, &items, count, NAMES_MAX + SERVER_NAMES_MAX, sizeof(*n));
	*names = items;
	if (n == NULL) {
		strtab_drop(&inv->texts, text);
		return false;
	}
	*n = (struct name){ .text = text,
		.first = inv->now,
		.last = inv->now,
		.source = obs->source,
		.strength = obs->strength,
		.served = served,
		.dirty = true };
	return strcmp(fact_best_name(*names, *count) == NULL
			  ? ""
			  : fact_best_name(*names, *count)->text,
		   was) != 0;
}

/* ---- services ---- */

static unsigned
service_key(uint8_t proto, uint16_t port)
{
	return (unsigned)proto << 16 | port;
}

static bool
grow_services(struct station_detail *d)
{
	size_t cap = d->cap_services == 0 ? 2 : (size_t)d->cap_services * 2;
	struct service_fact *grown;

	if (d->nservices < d->cap_services)
		return true;
	grown = realloc(d->services, cap * sizeof(*grown));
	if (grown == NULL)
		return false;
	d->services = grown;
	d->cap_services = (uint16_t)cap;
	return true;
}

static struct service_fact *
insert_service(struct inventory *inv, struct station_detail *d, size_t at)
{
	struct service_fact *sv;

	if (d->nservices >= SERVICES_MAX || !grow_services(d)) {
		inv->stats.refused_facts++;
		return NULL;
	}
	sv = &d->services[at];
	memmove(sv + 1, sv, (d->nservices - at) * sizeof(*sv));
	d->nservices++;
	inv->stats.services++;
	*sv = (struct service_fact){ .name = "",
		.product = "",
		.version = "",
		.extrainfo = "",
		.ostype = "",
		.cpe = "",
		.tunnel = "",
		.first = inv->now,
		.last = inv->now };
	return sv;
}

struct service_fact *
fact_service(struct inventory *inv, struct station *st, uint8_t proto,
    uint16_t port, bool make)
{
	struct station_detail *d = make ? station_detail(st) : st->detail;
	unsigned key = service_key(proto, port);
	size_t low = 0, high;
	struct service_fact *sv;

	if (d == NULL)
		return NULL;
	high = d->nservices;
	while (low < high) {
		size_t mid = (low + high) / 2;

		sv = &d->services[mid];
		if (service_key(sv->proto, sv->port) < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < d->nservices && d->services[low].port == port &&
	    d->services[low].proto == proto)
		return &d->services[low];
	if (!make)
		return NULL;
	sv = insert_service(inv, d, low);
	if (sv != NULL) {
		sv->proto = proto;
		sv->port = port;
	}
	return sv;
}

bool
fact_banner(struct inventory *inv, struct service_fact *sv, struct text banner)
{
	size_t len = banner.len < BANNER_OCTETS ? banner.len : BANNER_OCTETS;
	const char *text;
	unsigned i;

	if (len == 0)
		return false;
	text = strtab_take(&inv->texts, banner.p, len);
	for (i = 0; i < sv->nbanners && sv->banners[i] != text; i++)
		;
	if (text[0] == '\0' || i < sv->nbanners || i == BANNERS_MAX) {
		if (i == BANNERS_MAX)
			inv->stats.refused_facts++;
		strtab_drop(&inv->texts, text);
		return false;
	}
	sv->banners[sv->nbanners++] = text;
	return true;
}

/* Alternative names come separated by NUL octets and are kept separated by commas. */
static const char *
take_names(struct inventory *inv, struct text data)
{
	char list[SAN_OCTETS];
	size_t n = data.len < sizeof(list) ? data.len : sizeof(list), i;

	for (i = 0; i < n; i++)
		list[i] = data.p[i] == 0 ? ',' : (char)data.p[i];
	while (n > 0 && list[n - 1] == ',')
		n--;
	return strtab_take(&inv->texts, list, n);
}

struct cert *
fact_cert(struct inventory *inv, struct service_fact *sv,
    const struct observation *obs)
{
	const char *sha256 =
	    strtab_take(&inv->texts, obs->text2.p, obs->text2.len);
	const char *cn = strtab_take(&inv->texts, obs->text.p, obs->text.len);
	void *items = sv->certs;
	struct cert *cert;
	unsigned i;

	for (i = 0; i < sv->ncerts; i++) {
		if (sv->certs[i].sha256 == sha256 && sv->certs[i].cn == cn)
			break;
	}
	cert = i < sv->ncerts
		   ? NULL
		   : append(inv, &items, &sv->ncerts, CERTS_MAX, sizeof(*cert));
	sv->certs = items;
	if (cert == NULL) {
		strtab_drop(&inv->texts, sha256);
		strtab_drop(&inv->texts, cn);
		return NULL;
	}
	*cert = (struct cert){ .sha256 = sha256,
		.cn = cn,
		.san = take_names(inv, obs->data),
		.first = inv->now,
		.dirty = true };
	return cert;
}

/* ---- prints and roles ---- */

void
fact_print(struct inventory *inv, struct asset_detail *d,
    const struct observation *obs)
{
	const char *kind =
	    strtab_take(&inv->texts, obs->text2.p, obs->text2.len);
	const char *value =
	    strtab_take(&inv->texts, obs->text.p, obs->text.len);
	void *items = d->prints;
	struct print *p;
	unsigned i;

	for (i = 0; i < d->nprints; i++) {
		p = &d->prints[i];
		if (p->kind == kind && p->value == value &&
		    addr_eq(&p->addr, &obs->addr))
			break;
	}
	p = i < d->nprints || value[0] == '\0'
		? NULL
		: append(inv, &items, &d->nprints, PRINTS_MAX, sizeof(*p));
	d->prints = items;
	if (p == NULL) {
		strtab_drop(&inv->texts, kind);
		strtab_drop(&inv->texts, value);
		return;
	}
	*p = (struct print){ .kind = kind,
		.value = value,
		.addr = obs->addr,
		.first = inv->now,
		.dirty = true };
}

bool
fact_role(struct inventory *inv, struct asset_detail *d, struct text role)
{
	const char *text = strtab_take(&inv->texts, role.p, role.len);
	unsigned i;

	for (i = 0; i < d->nroles && d->roles[i] != text; i++)
		;
	if (text[0] != '\0' && i == d->nroles && i < ROLES_MAX) {
		d->roles[d->nroles++] = text;
		return true;
	}
	if (i == ROLES_MAX)
		inv->stats.refused_facts++;
	strtab_drop(&inv->texts, text);
	return false;
}

void
fact_merge(struct inventory *inv, struct asset *from, struct asset *to)
{
	struct asset_detail *d = from->detail, *t;
	unsigned i;

	if (d == NULL || (t = asset_detail(to)) == NULL)
		return;
	for (i = 0; i < d->nprints; i++) {
		struct observation obs = { .kind = OBS_PRINT,
			.addr = d->prints[i].addr,
			.text = text_str(d->prints[i].value),
			.text2 = text_str(d->prints[i].kind) };

		fact_print(inv, t, &obs);
	}
	for (i = 0; i < d->nroles; i++)
		fact_role(inv, t, text_str(d->roles[i]));
}

/* ---- release ---- */

static void
free_names(struct inventory *inv, struct name *names, unsigned count)
{
	unsigned i;

	for (i = 0; i < count; i++)
		strtab_drop(&inv->texts, names[i].text);
	free(names);
}

static void
free_service(struct inventory *inv, struct service_fact *sv)
{
	unsigned i;

	strtab_drop(&inv->texts, sv->name);
	strtab_drop(&inv->texts, sv->product);
	strtab_drop(&inv->texts, sv->version);
	strtab_drop(&inv->texts, sv->extrainfo);
	strtab_drop(&inv->texts, sv->ostype);
	strtab_drop(&inv->texts, sv->cpe);
	strtab_drop(&inv->texts, sv->tunnel);
	for (i = 0; i < sv->nbanners; i++)
		strtab_drop(&inv->texts, sv->banners[i]);
	for (i = 0; i < sv->ncerts; i++) {
		strtab_drop(&inv->texts, sv->certs[i].sha256);
		strtab_drop(&inv->texts, sv->certs[i].cn);
		strtab_drop(&inv->texts, sv->certs[i].san);
	}
	free(sv->certs);
	free(sv->heard);
}

void
fact_free_station(struct inventory *inv, struct station_detail *d)
{
	unsigned i;

	for (i = 0; i < d->nservices; i++)
		free_service(inv, &d->services[i]);
	inv->stats.services -= d->nservices;
	free(d->services);
	free_names(inv, d->names, d->nnames);
	free(d);
}

void
fact_free_asset(struct inventory *inv, struct asset_detail *d)
{
	unsigned i;

	free_names(inv, d->names, d->nnames);
	for (i = 0; i < d->nprints; i++) {
		strtab_drop(&inv->texts, d->prints[i].kind);
		strtab_drop(&inv->texts, d->prints[i].value);
	}
	free(d->prints);
	for (i = 0; i < d->nroles; i++)
		strtab_drop(&inv->texts, d->roles[i]);
	strtab_drop(&inv->texts, d->description);
	free(d);
}

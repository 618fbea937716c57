/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot hosts: the devices that are known, with their addresses.
 *
 * Assets and addresses both come in the order of the asset's id, so the addresses are gathered first and each asset
 * takes its own from the front.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/daemon/query.h"
#include "sensor/model/digest.h"
#include "sensor/store/records.h"

#define HEAD                                                                   \
	"ADDRESS                  MAC                NAME                    " \
	" STATE     FIRST SEEN           LAST SEEN"

struct address {
	char asset[UUID_TEXT];
	char text[46];
	char mac[18];
};

struct view {
	struct query *q;
	struct address *addresses;
	size_t count;
	size_t cap;
	size_t at;
	bool full; /* no memory for more */
};

static bool
gather(void *arg, const void *row)
{
	const struct address_row *a = row;
	struct view *v = arg;

	if (!a->current)
		return true;
	if (v->count == v->cap) {
		size_t cap = v->cap == 0 ? 256 : v->cap * 2;
		struct address *grown =
		    realloc(v->addresses, cap * sizeof(*grown));

		if (grown == NULL) {
			v->full = true;
			return false;
		}
		v->addresses = grown;
		v->cap = cap;
	}
	str_copy(v->addresses[v->count].asset,
	    sizeof(v->addresses[v->count].asset), a->asset);
	str_copy(v->addresses[v->count].text,
	    sizeof(v->addresses[v->count].text), a->addr);
	str_copy(v->addresses[v->count].mac, sizeof(v->addresses[v->count].mac),
	    a->mac);
	v->count++;
	return true;
}

/* The addresses of this asset: from v->at on, as many as returned. */
static size_t
addresses_of(struct view *v, const char *asset)
{
	size_t n = 0;

	while (v->at < v->count && strcmp(v->addresses[v->at].asset, asset) < 0)
		v->at++;
	while (v->at + n < v->count &&
	       strcmp(v->addresses[v->at + n].asset, asset) == 0)
		n++;
	return n;
}

/* The MAC that is the device's identity, or the one that its address was bound to: that may be drawn anew. */
static const char *
mac_of(const struct view *v, const struct asset_row *a, size_t addresses)
{
	size_t i;

	for (i = 0; a->mac[0] == '\0' && i < addresses; i++) {
		if (v->addresses[v->at + i].mac[0] != '\0')
			return v->addresses[v->at + i].mac;
	}
	return a->mac;
}

static void
print_json(struct view *v, const struct asset_row *a, size_t addresses)
{
	struct json j = query_json(v->q);
	size_t i;

	json_text(&j, "id", a->id);
	json_open(&j, "addresses", '[');
	for (i = 0; i < addresses; i++)
		json_text(&j, NULL, v->addresses[v->at + i].text);
	json_close(&j, ']');
	json_text(&j, "mac", mac_of(v, a, addresses));
	json_text(&j, "name", a->name);
	json_text(&j, "roles", a->roles);
	json_text(&j, "state", a->state);
	json_time(&j, "first_seen", (struct wall){ a->first_seen });
	json_time(&j, "last_seen", (struct wall){ a->last_seen });
	query_print_json(v->q, &j);
}

static bool
print(void *arg, const void *row)
{
	const struct asset_row *a = row;
	struct view *v = arg;
	size_t n = addresses_of(v, a->id);
	const char *mac = mac_of(v, a, n);
	char first[QUERY_TIME], last[QUERY_TIME], more[24] = "";

	if (v->q->json) {
		print_json(v, a, n);
		return true;
	}
	if (n > 1)
		snprintf(more, sizeof(more), " +%zu", n - 1);
	query_row(v->q, HEAD, "%-20s%-4s %-18s %-24s %-9s %-20s %s",
	    n > 0 ? v->addresses[v->at].text : "-", more,
	    mac[0] != '\0' ? mac : "-", a->name[0] != '\0' ? a->name : "-",
	    a->state, query_time(a->first_seen, first),
	    query_time(a->last_seen, last));
	return true;
}

static int
visit(struct query *q)
{
	struct view v = { .q = q };
	int rc = store_each_address(q->store, gather, &v);

	if (rc == 0 && !v.full)
		rc = store_each_asset(q->store, print, &v);
	if (v.full)
		rc = ES_E(NOMEM);
	free(v.addresses);
	return rc;
}

static int
run(int argc, char **argv)
{
	return query_run("hosts", argc, argv, visit);
}

const struct command command_hosts = {
	.name = "hosts",
	.summary = "List the devices that are known",
	.run = run,
};

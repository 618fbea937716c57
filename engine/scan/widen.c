/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Additions to the scope; see widen.h. Name servers come from resolv.conf(5).
 */
#include "engine/scan/widen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/ifaces.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define IFACES_MAX 256

static int
allow(struct scope *scope, const struct addr *a, unsigned len)
{
	char text[ADDR_TEXT], prefix[ADDR_TEXT + 8];
	struct cidr cidr;

	snprintf(prefix, sizeof(prefix), "%s/%u", addr_fmt(a, text), len);
	if (cidr_parse(prefix, &cidr) != 0)
		return 0;
	return cidrset_add(&scope->allow, &cidr);
}

int
widen_name_servers(struct scope *scope)
{
	FILE *f = fopen(RESOLV_CONF, "re");
	char line[256];
	int rc = 0;

	if (f == NULL)
		return 0; /* no name servers then */
	while (rc == 0 && fgets(line, sizeof(line), f) != NULL) {
		char *save = NULL;
		const char *word = strtok_r(line, " \t\n", &save);
		struct addr a;

		if (word == NULL || strcmp(word, "nameserver") != 0)
			continue;
		word = strtok_r(NULL, " \t\n", &save);
		if (word != NULL && addr_parse(word, &a) == 0)
			rc = allow(scope, &a, (unsigned)addr_len(&a) * 8);
	}
	fclose(f);
	return rc;
}

int
widen_links(struct scope *scope, const char *interface)
{
	struct iface *all = calloc(IFACES_MAX, sizeof(*all));
	int n, rc = 0;

	if (all == NULL)
		return ES_E(NOMEM);
	n = ifaces_get(all, IFACES_MAX);
	for (int i = 0; i < n && i < IFACES_MAX && rc == 0; i++) {
		const struct iface *f = &all[i];

		if (!f->up || !addr_is_set(&f->addr) ||
		    f->link == IFACE_LOOPBACK ||
		    (interface != NULL && strcmp(interface, f->device) != 0))
			continue;
		rc = allow(scope, &f->addr, f->prefix);
	}
	free(all);
	scope->allow_broadcast = true;
	return n < 0 ? n : rc;
}

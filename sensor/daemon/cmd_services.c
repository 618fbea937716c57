/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot services: the services that are known.
 */
#include <stdio.h>

#include "sensor/daemon/query.h"
#include "sensor/model/observation.h"
#include "sensor/model/service.h"
#include "sensor/store/records.h"

#define HEAD                                                                   \
	"ADDRESS                                 PORT       NAME          "    \
	"STATE     PRODUCT                         LAST SEEN"

static bool
print(void *arg, const void *row)
{
	const struct service_row *s = row;
	struct query *q = arg;
	char port[16], product[160], last[QUERY_TIME];
	struct json j;

	if (!q->json) {
		snprintf(port, sizeof(port), "%s/%u",
		    proto_text((unsigned)s->proto), (unsigned)s->port);
		snprintf(product, sizeof(product), "%s%s%s", s->product,
		    s->version[0] != '\0' ? " " : "", s->version);
		query_row(q, HEAD, "%-39s %-10s %-13s %-9s %-31s %s", s->addr,
		    port, s->name[0] != '\0' ? s->name : "-", s->state,
		    product[0] != '\0' ? product : "-",
		    query_time(s->last_seen, last));
		return true;
	}
	j = query_json(q);
	json_text(&j, "ip", s->addr);
	json_int(&j, "port", s->port);
	json_text(&j, "proto", proto_text((unsigned)s->proto));
	json_text(&j, "state", s->state);
	json_text(&j, "name", s->name);
	json_text(&j, "product", s->product);
	json_text(&j, "version", s->version);
	json_text(&j, "extrainfo", s->extrainfo);
	json_text(&j, "tunnel", s->tunnel);
	json_text(&j, "cpe", s->cpe);
	json_text(&j, "banner", s->banner);
	json_text(&j, "source", obs_source_text((unsigned)s->source));
	json_int(&j, "confidence", s->confidence);
	json_text(&j, "asset", s->asset);
	json_time(&j, "first_seen", (struct wall){ s->first_seen });
	json_time(&j, "last_seen", (struct wall){ s->last_seen });
	query_print_json(q, &j);
	return true;
}

static int
visit(struct query *q)
{
	return store_each_service(q->store, print, q);
}

static int
run(int argc, char **argv)
{
	return query_run("services", argc, argv, visit);
}

const struct command command_services = {
	.name = "services",
	.summary = "List the services that are known",
	.run = run,
};

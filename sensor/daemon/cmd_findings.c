/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot findings: what scripts reported last about each host and service.
 */
#include <stdio.h>
#include <string.h>

#include "sensor/daemon/query.h"
#include "sensor/model/service.h"
#include "sensor/store/records.h"

#define HEAD                                                                   \
	"ADDRESS                  PORT       SCRIPT                   STATUS " \
	"  OUTPUT"

/* The first line of an output that has something in it. */
static int
first_line(const char **text)
{
	*text += strspn(*text, " \r\n");
	return (int)strcspn(*text, "\r\n");
}

static bool
print(void *arg, const void *row)
{
	const struct finding_row *f = row;
	const char *output = f->output;
	struct query *q = arg;
	char port[16] = "-";
	struct json j;
	int len;

	if (!q->json) {
		if (f->port != 0)
			snprintf(port, sizeof(port), "%s/%u",
			    proto_text((unsigned)f->proto), (unsigned)f->port);
		len = first_line(&output);
		query_row(q, HEAD, "%-24s %-10s %-24s %-8s %.*s", f->addr, port,
		    f->script, f->status, len, output);
		return true;
	}
	j = query_json(q);
	json_text(&j, "script", f->script);
	json_text(&j, "ip", f->addr);
	if (f->port != 0) {
		json_int(&j, "port", f->port);
		json_text(&j, "proto", proto_text((unsigned)f->proto));
	}
	json_text(&j, "status", f->status);
	json_text(&j, "categories", f->categories);
	json_text(&j, "output", f->output);
	json_raw(&j, "data", f->data);
	json_text(&j, "asset", f->asset);
	json_text(&j, "sha256", f->sha256);
	json_time(&j, "started", (struct wall){ f->started });
	json_time(&j, "ended", (struct wall){ f->ended });
	query_print_json(q, &j);
	return true;
}

static int
visit(struct query *q)
{
	return store_each_finding(q->store, print, q);
}

static int
run(int argc, char **argv)
{
	return query_run("findings", argc, argv, visit);
}

const struct command command_findings = {
	.name = "findings",
	.summary = "List what scripts reported",
	.run = run,
};

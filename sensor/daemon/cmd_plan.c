/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot plan: what would be asked, when, by which rule; and what not, and why not.
 */
#include <stdio.h>

#include "sensor/daemon/policy_setup.h"
#include "sensor/daemon/query.h"
#include "sensor/model/service.h"

#define HEAD                                                                   \
	"ADDRESS                                 PORT       ASK  WHEN        " \
	"         WHY"

static void
print(void *arg, const struct policy_plan_line *line)
{
	struct query *q = arg;
	char port[16] = "host", due[QUERY_TIME];

	if (q->json) {
		buf_reset(&q->line);
		policy_plan_json(line, &q->line);
		printf("%s\n", buf_cstr(&q->line));
		return;
	}
	if (line->port != 0)
		snprintf(port, sizeof(port), "%s/%u", proto_text(line->proto),
		    line->port);
	query_row(q, HEAD, "%-39s %-10s %-4s %-20s %s", line->addr, port,
	    line->decision.allowed ? "yes" : "no",
	    query_time(line->due.ns, due), line->decision.reason);
}

static int
visit(struct query *q)
{
	struct policy *policy;
	struct errbuf eb;
	int rc = policy_setup_view(&q->run, q->store, &policy, &eb);

	if (rc < 0) {
		cli_fail(CLI_CONFIG, "%s", eb.text);
		return rc;
	}
	if (!q->json)
		printf("scripts: %s%s\n\n", policy_scripts(policy),
		    policy_halted(policy) ? "   (probing is halted)" : "");
	rc = policy_plan(policy, q->store, wall_now(), print, q);
	policy_free(policy);
	return rc;
}

static int
run(int argc, char **argv)
{
	return query_run("plan", argc, argv, visit);
}

const struct command command_plan = {
	.name = "plan",
	.summary = "Show what would be asked, and why or why not",
	.run = run,
};

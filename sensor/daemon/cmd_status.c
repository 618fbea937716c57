/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot status: ask the running sensor; without one, say so and what its store tells. Exits 1 when none runs.
 */
#include <stdio.h>

#include <jansson.h>

#include "sensor/daemon/control.h"
#include "sensor/daemon/policy_setup.h"
#include "sensor/daemon/query.h"

#define ANSWER_MAX (1 << 20)

static long long
number(const json_t *root, const char *group, const char *name)
{
	return (long long)json_integer_value(
	    json_object_get(json_object_get(root, group), name));
}

static const char *
text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s != NULL ? s : "";
}

static void
print_roles(const json_t *root)
{
	const char *name;
	const json_t *role;
	json_t *roles = json_object_get(root, "roles");

	for (void *it = json_object_iter(roles); it != NULL;
	     it = json_object_iter_next(roles, it)) {
		name = json_object_iter_key(it);
		role = json_object_iter_value(it);
		printf("%-10s pid %lld, started %lld times (died %lld, hung "
		       "%lld)\n",
		    name,
		    (long long)json_integer_value(json_object_get(role, "pid")),
		    (long long)json_integer_value(
			json_object_get(role, "starts")),
		    (long long)json_integer_value(
			json_object_get(role, "died")),
		    (long long)json_integer_value(
			json_object_get(role, "killed")));
	}
}

static void
print_publishers(const json_t *root)
{
	const json_t *list = json_object_get(root, "publishers");
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const json_t *p = json_array_get(list, i);
		bool up = json_is_true(json_object_get(p, "up"));

		printf("publisher  %s %s: %s%s%s, %lld events behind\n",
		    text(p, "name"), text(p, "where"), up ? "up" : "down",
		    up ? "" : ": ", up ? "" : text(p, "why"),
		    (long long)json_integer_value(json_object_get(p, "lag")));
	}
}

static void
print_status(const json_t *root)
{
	bool probing = json_is_true(json_object_get(root, "probing"));
	bool halted = json_is_true(json_object_get(root, "halted"));

	printf("sensor     %s runs, earshot %s\n", text(root, "sensor"),
	    text(root, "version"));
	printf("probing    %s\n", halted    ? "halted"
				  : probing ? "on"
					    : "off (passive only)");
	print_roles(root);
	printf("heard      %lld packets, %lld dropped by the kernel, %lld "
	       "facts\n",
	    number(root, "capture", "received"),
	    number(root, "capture", "kernel_drops"),
	    number(root, "inventory", "observations"));
	printf("known      %lld devices (%lld confirmed), %lld addresses, %lld "
	       "services\n",
	    number(root, "inventory", "assets"),
	    number(root, "inventory", "assets_confirmed"),
	    number(root, "inventory", "stations"),
	    number(root, "inventory", "services"));
	printf("asked      %lld targets, %lld findings, %lld contacts "
	       "audited, %lld probes saved\n",
	    number(root, "pipeline", "targets"),
	    number(root, "pipeline", "findings"),
	    number(root, "pipeline", "audits"),
	    number(root, "engine", "saved"));
	printf("outbox     %lld events kept, last sequence %lld, %lld "
	       "dropped\n",
	    number(root, "outbox", "records"),
	    number(root, "outbox", "last_sequence"),
	    number(root, "outbox", "dropped"));
	print_publishers(root);
}

/* No sensor runs: what the next one would find. */
static int
print_stored(const struct cli *c)
{
	struct policy *policy;
	struct errbuf eb;
	struct query q;
	bool halted = false;
	int code = query_open(&q, c);

	if (code != CLI_OK)
		return code;
	if (policy_setup_view(&q.run, q.store, &policy, &eb) == 0) {
		halted = policy_halted(policy);
		policy_free(policy);
	}
	if (c->json)
		printf("{\"running\":false,\"halted\":%s}\n",
		    halted ? "true" : "false");
	else
		printf("sensor     no sensor runs on %s\nprobing    %s\n",
		    q.run.state_dir,
		    halted		   ? "halted"
		    : q.run.config.probing ? "on, with the next start"
					   : "off (passive only)");
	query_close(&q, 0);
	return CLI_RUNTIME;
}

static int
status_of(const struct cli *c, const char *state_dir)
{
	struct buf answer;
	struct errbuf eb;
	json_t *root;
	int rc;

	buf_init(&answer, ANSWER_MAX);
	rc = control_ask(state_dir, "status", &answer, &eb);
	if (rc == 0 && c->json) {
		printf("%s\n", buf_cstr(&answer));
	} else if (rc == 0) {
		root = json_loads(buf_cstr(&answer), 0, NULL);
		print_status(root);
		json_decref(root);
	}
	buf_fini(&answer);
	if (rc == ES_E(NOTFOUND))
		return print_stored(c);
	return rc < 0 ? cli_fail_with(rc, &eb) : CLI_OK;
}

static int
run(int argc, char **argv)
{
	char state_dir[PATH_MAX];
	struct config config;
	struct errbuf eb;
	struct cli c;
	int what, rc;

	cli_init(&c, command_find("status"), argc, argv);
	what = cli_read(&c, 0);
	if (what != CLI_END)
		return cli_stop(what);
	rc = cli_config(c.config, &config, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	run_state_dir(&config, state_dir);
	config_fini(&config);
	return status_of(&c, state_dir);
}

const struct command command_status = {
	.name = "status",
	.summary = "Show how the sensor is doing",
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot run: listen, ask, tell, until told to stop.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/buf.h"
#include "sensor/base/log.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/monitor.h"
#include "sensor/daemon/run.h"

#define ROLES (1U << ROLE_CAPTURE | 1U << ROLE_SENSOR | 1U << ROLE_ENGINE)
#define INTERFACES_MAX 64

enum {
	OPT_INTERFACE
};

static const struct cli_option options[] = {
	[OPT_INTERFACE] = { "interface", 'i', "IF",
	    "listen here instead of where the configuration says; may be "
	    "repeated" },
	{ .name = NULL },
};

/* What the monitor holds: what the roles run with, and how to read that again. */
struct session {
	struct run run;
	const char *config;
	struct strlist interfaces; /* of the command line */
};

static void
log_as(const struct run *run, enum role role)
{
	es_require(run->config.log_format != NULL);
	log_setup((enum log_level)config_log_level(&run->config),
	    strcmp(run->config.log_format, "json") == 0 ? LOG_JSON : LOG_TEXT,
	    role_text(role));
}

static int
run_role(void *arg, const struct seat *seat)
{
	const struct session *s = arg;

	log_as(&s->run, seat->role);
	switch (seat->role) {
	case ROLE_CAPTURE:
		return role_capture(&s->run, seat);
	case ROLE_SENSOR:
		return role_sensor(&s->run, seat);
	case ROLE_ENGINE:
		return role_engine(&s->run, seat);
	case ROLE_MONITOR:
	case ROLE_MAX:
		break;
	}
	return CLI_RUNTIME;
}

static int
load(const struct session *s, struct run *out, struct errbuf *eb)
{
	struct config config;
	int rc = cli_config(s->config, &config, eb);

	if (rc == 0)
		rc = run_resolve(&config, &s->interfaces, out, eb);
	if (rc == 0)
		out->terminal = isatty(STDOUT_FILENO) != 0;
	return rc;
}

/* The parts of a configuration that one role reads. */
static void
print_part(const struct run *run, enum role role, struct buf *out)
{
	static const char *const parts[ROLE_MAX] = {
		[ROLE_CAPTURE] = "capture log",
		[ROLE_ENGINE] = "probing log",
	};

	config_print_sections(&run->config, parts[role], out);
}

static bool
differs(const struct run *a, const struct run *b, enum role role)
{
	struct buf one, two;
	bool different;

	buf_init(&one, 1 << 22);
	buf_init(&two, 1 << 22);
	print_part(a, role, &one);
	print_part(b, role, &two);
	different = strcmp(buf_cstr(&one), buf_cstr(&two)) != 0;
	buf_fini(&one);
	buf_fini(&two);
	return different;
}

static void
swap_datadirs(struct run *a, struct run *b)
{
	struct strlist list = a->datadirs;

	a->datadirs = b->datadirs;
	b->datadirs = list;
}

/* SIGHUP: all of a file that is right, or nothing of one that is wrong. Only roles that read what changed start
   again; the sensor reads everything. */
static unsigned
reload(void *arg)
{
	static const enum role roles[] = { ROLE_CAPTURE, ROLE_SENSOR,
		ROLE_ENGINE };
	struct session *s = arg;
	struct errbuf eb;
	struct run next;
	unsigned set = 0;
	size_t i;

	if (load(s, &next, &eb) < 0) {
		log_as(&s->run, ROLE_MONITOR);
		log_err("monitor", "configuration kept as it was: %s", eb.text);
		return 0;
	}
	if (strcmp(next.state_dir, s->run.state_dir) != 0) {
		log_err("monitor",
		    "configuration kept as it was: state_dir changes only "
		    "by a new start");
		run_fini(&next);
		return 0;
	}
	/* Folders that were opened at the start could not be opened again. */
	swap_datadirs(&s->run, &next);
	for (i = 0; i < ES_ARRAY_LEN(roles); i++)
		if (differs(&s->run, &next, roles[i]))
			set |= 1U << roles[i];
	run_fini(&s->run);
	s->run = next;
	log_as(&s->run, ROLE_MONITOR);
	log_notice("monitor", "configuration read again%s",
	    set == 0 ? ": nothing changed" : "");
	return set;
}

static int
start(struct session *s)
{
	const struct monitor_ops ops = {
		.arg = s, .run = run_role, .reload = reload
	};
	struct errbuf eb;
	int rc = load(s, &s->run, &eb);

	if (rc < 0)
		return cli_fail_with(rc, &eb);
	rc = run_prepare_state(&s->run, &eb);
	if (rc == 0)
		rc = run_become(&s->run, &eb);
	if (rc == 0)
		rc = run_check_access(&s->run, &eb);
	if (rc < 0) {
		run_fini(&s->run);
		return cli_fail_with(rc, &eb);
	}
	if (s->run.terminal)
		fprintf(stderr,
		    "earshot %s: listening on %zu interfaces, state in %s; "
		    "Ctrl-C stops\n",
		    ES_VERSION, s->run.interfaces.count, s->run.state_dir);
	log_as(&s->run, ROLE_MONITOR);
	rc = monitor_run(&ops, ROLES, &monitor_limits_default);
	run_fini(&s->run);
	return rc;
}

static int
run(int argc, char **argv)
{
	char *interfaces[INTERFACES_MAX];
	struct session s = { .interfaces = { .items = interfaces } };
	const char *value;
	struct cli c;
	int what;

	cli_init(&c, command_find("run"), argc, argv);
	while ((what = cli_next(&c, &value)) == OPT_INTERFACE) {
		if (s.interfaces.count == INTERFACES_MAX)
			return cli_fail(CLI_USAGE, "run: more than %d times -i",
			    INTERFACES_MAX);
		interfaces[s.interfaces.count++] = (char *)(uintptr_t)value;
	}
	if (what != CLI_END)
		return cli_stop(what);
	if (c.first < argc)
		return cli_fail(CLI_USAGE,
		    "run takes no operand (did you mean -i %s?)",
		    argv[c.first]);
	s.config = c.config;
	return start(&s);
}

const struct command command_run = {
	.name = "run",
	.summary = "Listen, ask what may be asked, tell what was learned",
	.options = options,
	.run = run,
};

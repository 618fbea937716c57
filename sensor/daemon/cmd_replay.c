/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot replay FILE|-: what would have been heard.
 */
#include "sensor/daemon/cli.h"
#include "sensor/daemon/replay.h"

enum {
	OPT_FACTS,
	OPT_PROBE,
	OPT_SINGLE
};

static const struct cli_option options[] = {
	[OPT_FACTS] = { "facts", 0, NULL,
	    "print hosts, services and prints in a neutral form" },
	[OPT_PROBE] = { "probe", 0, NULL,
	    "ask the hosts that policy allows (not with --single)" },
	[OPT_SINGLE] = { "single", 0, NULL,
	    "all roles in one process, for profilers" },
	{ .name = NULL },
};

static int
replay_with(const struct cli *c, struct replay_options *o)
{
	const struct strlist none = { .count = 0 };
	struct config config;
	struct errbuf eb;
	struct run run;
	int rc = cli_config(c->config, &config, &eb);

	if (rc == 0)
		rc = run_resolve(&config, &none, &run, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	rc = replay_file(o, &run);
	run_fini(&run);
	return rc;
}

static int
run(int argc, char **argv)
{
	struct replay_options o = { .file = NULL };
	const char *value;
	struct cli c;
	int what;

	cli_init(&c, command_find("replay"), argc, argv);
	while ((what = cli_next(&c, &value)) >= 0) {
		o.facts = o.facts || what == OPT_FACTS;
		o.probe = o.probe || what == OPT_PROBE;
		o.single = o.single || what == OPT_SINGLE;
	}
	if (what != CLI_END)
		return cli_stop(what);
	if (argc - c.first != 1)
		return cli_fail(CLI_USAGE,
		    "replay needs one capture file, or - for standard input");
	if (o.probe && o.single)
		return cli_fail(CLI_USAGE,
		    "replay: --probe needs the engine's own process; leave "
		    "--single out");
	o.file = argv[c.first];
	o.json = c.json;
	return replay_with(&c, &o);
}

const struct command command_replay = {
	.name = "replay",
	.summary = "Read a capture file as if it were heard now",
	.operands = "FILE|-",
	.options = options,
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot check: read the configuration as `run` would, and say whether it would start with it.
 */
#include <stdio.h>

#include "sensor/base/buf.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/config.h"

#define TEXT_MAX (1 << 22)

enum {
	OPT_SHOW,
	OPT_DEFAULTS
};

static const struct cli_option options[] = {
	[OPT_SHOW] = { "show", 0, NULL,
	    "print the configuration with all defaults filled in" },
	[OPT_DEFAULTS] = { "defaults", 0, NULL,
	    "print the default configuration, with comments" },
	{ .name = NULL },
};

static void
show(const struct config *config, bool comments)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	config_print(config, comments, &text);
	fwrite(text.data, 1, text.len, stdout);
	buf_fini(&text);
}

static int
run(int argc, char **argv)
{
	bool print = false, defaults = false;
	struct config config;
	struct errbuf eb;
	struct cli c;
	const char *value;
	int what, rc;

	cli_init(&c, command_find("check"), argc, argv);
	while ((what = cli_next(&c, &value)) >= 0) {
		print = print || what == OPT_SHOW;
		defaults = defaults || what == OPT_DEFAULTS;
	}
	if (what != CLI_END)
		return cli_stop(what);
	if (c.first < argc)
		return cli_fail(CLI_USAGE,
		    "check takes no operand (did you mean -c %s?)",
		    argv[c.first]);
	rc = defaults ? config_load(NULL, &config, &eb)
		      : cli_config(c.config, &config, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	if (print || defaults)
		show(&config, defaults);
	else
		printf(c.json ? "{\"file\":\"%s\",\"valid\":true}\n"
			      : "%s: valid\n",
		    config.file != NULL ? config.file : "defaults");
	config_fini(&config);
	return CLI_OK;
}

const struct command command_check = {
	.name = "check",
	.summary = "Check the configuration",
	.options = options,
	.run = run,
};

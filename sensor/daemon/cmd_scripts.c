/* SPDX-License-Identifier: Apache-2.0 */
/*
 * earshot scripts [EXPR]: which scripts an expression chooses, from which folder, with which categories.
 */
#include <stdio.h>
#include <string.h>

#include <uv.h>

#include "engine/engine.h"
#include "engine/group.h"
#include "sensor/base/buf.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/run.h"
#include "sensor/model/json.h"

enum {
	OPT_DATADIR
};

static const struct cli_option options[] = {
	[OPT_DATADIR] = { "datadir", 0, "DIR",
	    "look here first, before probing.datadirs" },
	{ .name = NULL },
};

struct view {
	const struct cli *cli;
	struct buf line;
	unsigned count;
};

static void
print(void *arg, const char *id, const char *path, const char *categories)
{
	struct view *v = arg;
	struct json j;

	v->count++;
	if (!v->cli->json) {
		printf("%-36s %-40s %s\n", id, categories, path);
		return;
	}
	buf_reset(&v->line);
	j = json_new(&v->line);
	json_open(&j, NULL, '{');
	json_text(&j, "id", id);
	json_text(&j, "categories", categories);
	json_text(&j, "path", path);
	json_close(&j, '}');
	printf("%s\n", buf_cstr(&v->line));
}

/* What the engine would print of a failure is in the error text. */
static void
ignore_output(void *arg, const char *text, size_t len)
{
	(void)arg;
	(void)text;
	(void)len;
}

static int
list(const struct cli *c, const struct strlist *datadirs, uv_loop_t *loop,
    struct errbuf *eb)
{
	const char *expression = c->first < c->argc ? c->argv[c->first] : "all";
	const struct engine_options options_of_engine = { .loop = loop,
		.datadirs = (const char *const *)datadirs->items,
		.ndatadirs = datadirs->count };
	const struct engine_callbacks callbacks = { .output = ignore_output };
	struct view v = { .cli = c };
	struct selection *chosen;
	struct engine *engine;
	int rc = engine_new(&options_of_engine, &callbacks, &engine, eb);

	if (rc < 0)
		return rc;
	rc = engine_select(engine, &expression, 1, false, &chosen, eb);
	if (rc == 0) {
		buf_init(&v.line, 1 << 16);
		selection_each(chosen, print, &v);
		buf_fini(&v.line);
		selection_free(chosen);
		if (!c->json)
			printf("%u scripts\n", v.count);
	}
	engine_free(engine);
	return rc;
}

static int
list_with(const struct cli *c, const char *datadir)
{
	const struct strlist none = { .count = 0 };
	struct config config;
	struct errbuf eb;
	struct run run;
	uv_loop_t loop;
	int rc = cli_config(c->config, &config, &eb);

	if (rc == 0)
		rc = run_resolve(&config, &none, &run, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	if (datadir != NULL)
		rc = run_datadir_first(&run, datadir, &eb);
	if (rc == 0 && uv_loop_init(&loop) < 0)
		rc = err_set(&eb, ES_E(NOMEM), "out of memory");
	if (rc == 0) {
		rc = list(c, &run.datadirs, &loop, &eb);
		uv_run(&loop, UV_RUN_DEFAULT);
		uv_loop_close(&loop);
	}
	run_fini(&run);
	return rc < 0 ? cli_fail_with(rc, &eb) : CLI_OK;
}

static int
run(int argc, char **argv)
{
	const char *value, *datadir = NULL;
	struct cli c;
	int what;

	cli_init(&c, command_find("scripts"), argc, argv);
	while ((what = cli_next(&c, &value)) == OPT_DATADIR)
		datadir = value;
	if (what != CLI_END)
		return cli_stop(what);
	if (argc - c.first > 1)
		return cli_fail(CLI_USAGE,
		    "scripts takes one expression; quote it: \"%s ...\"",
		    argv[c.first]);
	return list_with(&c, datadir);
}

const struct command command_scripts = {
	.name = "scripts",
	.summary = "List the scripts that an expression chooses",
	.operands = "[EXPR]",
	.options = options,
	.run = run,
};

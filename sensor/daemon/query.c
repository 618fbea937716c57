/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the state folder for a command; see query.h.
 */
#include "sensor/daemon/query.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sensor/base/str.h"

#define LINE_MAX_OCTETS (1 << 20)

int
query_open(struct query *q, const struct cli *c)
{
	const struct strlist none = { .count = 0 };
	struct store_options options = { .read_only = true };
	struct config config;
	struct errbuf eb;
	int rc = cli_config(c->config, &config, &eb);

	*q = (struct query){ .cli = *c, .json = c->json };
	if (rc == 0)
		rc = run_resolve(&config, &none, &q->run, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	options.dir = q->run.state_dir;
	rc = store_open(&options, &q->store, &eb);
	if (rc < 0) {
		run_fini(&q->run);
		return cli_fail_with(rc, &eb);
	}
	buf_init(&q->line, LINE_MAX_OCTETS);
	return 0;
}

int
query_close(struct query *q, int rc)
{
	int code = CLI_OK;

	if (rc < 0)
		code = cli_fail(CLI_RUNTIME, "%s: %s", q->run.state_dir,
		    store_error(q->store));
	store_close(q->store);
	run_fini(&q->run);
	buf_fini(&q->line);
	return code;
}

int
query_run(
    const char *command, int argc, char **argv, int (*visit)(struct query *q))
{
	struct query q;
	struct cli c;
	int what, code;

	cli_init(&c, command_find(command), argc, argv);
	what = cli_read(&c, 0);
	if (what != CLI_END)
		return cli_stop(what);
	code = query_open(&q, &c);
	if (code != CLI_OK)
		return code;
	return query_close(&q, visit(&q));
}

struct json
query_json(struct query *q)
{
	struct json j;

	buf_reset(&q->line);
	j = json_new(&q->line);
	json_open(&j, NULL, '{');
	return j;
}

void
query_print_json(struct query *q, struct json *j)
{
	json_close(j, '}');
	printf("%s\n", buf_cstr(&q->line));
	q->rows++;
}

void
query_row(struct query *q, const char *head, const char *fmt, ...)
{
	char line[1024], safe[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (q->rows++ == 0)
		printf("%s\n", head);
	printf("%s\n", str_vis_to(safe, sizeof(safe), line, strlen(line)));
}

char *
query_time(int64_t ns, char out[static QUERY_TIME])
{
	char text[WALL_TEXT];

	if (ns == 0) {
		str_copy(out, QUERY_TIME, "-");
		return out;
	}
	wall_fmt((struct wall){ .ns = ns }, text);
	text[10] = ' ';
	text[19] = '\0';
	str_copy(out, QUERY_TIME, text);
	return out;
}

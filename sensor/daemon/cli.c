/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all commands share; see cli.h.
 */
#include "sensor/daemon/cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/daemon/config.h"

#define DEFAULT_CONFIG "/etc/earshot/earshot.yaml"

static const struct cli_option everybody[] = {
	{ "config", 'c', "FILE",
	    "configuration (default: " DEFAULT_CONFIG ", when there is one)" },
	{ "json", 0, NULL, "JSON Lines on standard output" },
	{ "help", 'h', NULL, "this text" },
	{ .name = NULL },
};

#define COMMAND(name) extern const struct command command_##name;
#include "sensor/daemon/commands.def"
#undef COMMAND

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "sensor/daemon/commands.def"
#undef COMMAND
	NULL
};

const struct command *
command_find(const char *name)
{
	size_t i;

	for (i = 0; commands[i] != NULL; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

void
cli_init(struct cli *c, const struct command *command, int argc, char **argv)
{
	*c = (struct cli){ .command = command, .argc = argc, .argv = argv };
	/* 0 makes getopt forget what it read before. */
	optind = 0;
}

/* getopt's view of a table: long options return their row from base on. */
static size_t
add_options(
    const struct cli_option *rows, int base, struct option *longs, char *shorts)
{
	size_t n;

	for (n = 0; rows != NULL && rows[n].name != NULL; n++) {
		longs[n] = (struct option){ .name = rows[n].name,
			.has_arg = rows[n].arg != NULL ? required_argument
						       : no_argument,
			.val = base + (int)n };
		if (rows[n].letter == 0)
			continue;
		shorts += strlen(shorts);
		*shorts++ = rows[n].letter;
		if (rows[n].arg != NULL)
			*shorts++ = ':';
		*shorts = '\0';
	}
	return n;
}

/* Rows are numbered behind the letters, so that both fit one int. */
#define OWN 256
#define SHARED 512

static int
row_of_letter(const struct cli_option *rows, int letter)
{
	int i;

	for (i = 0; rows != NULL && rows[i].name != NULL; i++)
		if (rows[i].letter == letter)
			return i;
	return -1;
}

static int
raw_next(struct cli *c)
{
	const size_t shared = ES_ARRAY_LEN(everybody) - 1;
	struct option longs[CLI_OPTIONS_MAX + ES_ARRAY_LEN(everybody)];
	char shorts[2 * (CLI_OPTIONS_MAX + ES_ARRAY_LEN(everybody))] = "";
	size_t n;
	int what, row;

	n = add_options(c->command->options, OWN, longs, shorts);
	es_require(n <= CLI_OPTIONS_MAX);
	add_options(everybody, SHARED, longs + n, shorts);
	longs[n + shared] = (struct option){ .name = NULL };
	what = getopt_long(c->argc, c->argv, shorts, longs, NULL);
	if (what < 0 || what == '?' || what >= OWN)
		return what;
	row = row_of_letter(c->command->options, what);
	return row >= 0 ? OWN + row : SHARED + row_of_letter(everybody, what);
}

int
cli_next(struct cli *c, const char **value)
{
	int what;

	for (;;) {
		what = raw_next(c);
		*value = optarg;
		if (what == SHARED)
			c->config = optarg;
		else if (what == SHARED + 1)
			c->json = true;
		else
			break;
	}
	if (what < 0) {
		c->first = optind;
		return CLI_END;
	}
	if (what == SHARED + 2) {
		cli_help(c->command);
		return CLI_HELP;
	}
	if (what == '?') {
		/* getopt has said what is wrong. */
		fprintf(stderr, "earshot: see 'earshot %s --help'\n",
		    c->command->name);
		return CLI_WRONG;
	}
	return what - OWN;
}

int
cli_read(struct cli *c, int max)
{
	const char *value;
	int what = cli_next(c, &value);

	if (what == CLI_END && c->argc - c->first > max) {
		cli_fail(CLI_USAGE, "%s: '%s' is one argument too many",
		    c->command->name, c->argv[c->first + max]);
		return CLI_WRONG;
	}
	return what;
}

int
cli_stop(int what)
{
	return what == CLI_HELP ? CLI_OK : CLI_USAGE;
}

static void
help_options(const struct cli_option *rows)
{
	char left[64];

	for (; rows != NULL && rows->name != NULL; rows++) {
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s",
		    rows->letter != 0 ? '-' : ' ',
		    rows->letter != 0 ? rows->letter : ' ',
		    rows->letter != 0 ? ", " : "  ", rows->name,
		    rows->arg != NULL ? " " : "",
		    rows->arg != NULL ? rows->arg : "");
		printf("  %-26s %s\n", left, rows->help);
	}
}

void
cli_help(const struct command *command)
{
	printf("usage: earshot %s [options]%s%s\n\n%s.\n\n", command->name,
	    command->operands != NULL ? " " : "",
	    command->operands != NULL ? command->operands : "",
	    command->summary);
	help_options(command->options);
	help_options(everybody);
}

int
cli_fail(enum cli_exit code, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "earshot: %s\n", text);
	return (int)code;
}

int
cli_fail_with(int rc, const struct errbuf *eb)
{
	return cli_fail(
	    rc == ES_E(CONFIG) ? CLI_CONFIG : CLI_RUNTIME, "%s", eb->text);
}

int
cli_config(const char *file, struct config *out, struct errbuf *eb)
{
	int rc;

	if (file == NULL && access(DEFAULT_CONFIG, F_OK) == 0)
		file = DEFAULT_CONFIG;
	rc = config_load(file, out, eb);
	if (rc == 0)
		log_setup((enum log_level)config_log_level(out),
		    strcmp(out->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT,
		    "");
	return rc;
}

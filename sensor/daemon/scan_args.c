/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads Nmap's kind of command line: letters that may stick to their value (-p22, -T4, -vv), two-letter options with
 * one dash (-sT, -oX FILE), long ones with two (--script X, --script=X). What is Nmap's but not ours is refused by
 * name, so that nobody gets less than asked for without knowing.
 */
#include "sensor/daemon/scan_args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"

enum option_id {
#define FLAG(id, name, help) OPT_##id,
#define VALUE(id, name, value, help) OPT_##id,
#include "sensor/daemon/scan_options.def"
#undef FLAG
#undef VALUE
	OPT_COUNT
};

static const struct {
	const char *name;
	const char *value; /* NULL: takes none */
	const char *help;
} options[OPT_COUNT] = {
#define FLAG(id, name, help) [OPT_##id] = { name, NULL, help },
#define VALUE(id, name, value, help) [OPT_##id] = { name, value, help },
#include "sensor/daemon/scan_options.def"
#undef FLAG
#undef VALUE
};

/* Nmap's words that mean something we do not do. */
static const struct {
	const char *word;
	const char *instead;
} refused[] = {
	{ "-sV", "version detection is not built in: scripts see the services "
		 "by port number" },
	{ "-A", "OS and version detection are not built in: use -sC" },
	{ "-O", "OS detection is not built in" },
	{ "-sS", "use -sT" },
	{ "-oG", "use -oX" },
	{ "-oA", "use -oN and -oX" },
	{ "-iR", "name the targets" },
	{ "--traceroute", "routes are not traced" },
};

#define COUNT_MAX 1000000UL

static int
push(struct string_list *list, const char *s)
{
	const char **items =
	    realloc(list->items, (list->count + 1) * sizeof(*items));

	if (items == NULL)
		return ES_E(NOMEM);
	list->items = items;
	list->items[list->count++] = s;
	return 0;
}

/* "30s", "2m", "500ms", "1h", "1.5"; seconds by default. */
static int
take_time(const char *name, const char *s, double *out, struct errbuf *eb)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = { { "", 1 }, { "ms", 0.001 }, { "s", 1 }, { "m", 60 },
		{ "h", 3600 } };
	char *end;
	double v = strtod(s, &end);

	for (size_t i = 0; i < ES_ARRAY_LEN(units); i++) {
		if (end == s || !(v >= 0) || strcmp(end, units[i].unit) != 0)
			continue;
		*out = v * units[i].seconds;
		return 0;
	}
	return err_set(eb, ES_E(FORMAT),
	    "--%s: \"%.32s\" is no time such as 30s, 2m or 500ms", name, s);
}

static int
take_count(const char *name, const char *s, unsigned long min,
    unsigned long max, struct errbuf *eb)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (s[0] < '0' || s[0] > '9' || *end != '\0' || v < min || v > max)
		return err_set(eb, ES_E(FORMAT),
		    "%s%s: \"%.32s\" is no number from %lu to %lu",
		    name[1] == '\0' ? "-" : "--", name, s, min, max);
	return (int)v;
}

static int
set_count(unsigned *out, const char *name, const char *s, unsigned long min,
    struct errbuf *eb)
{
	int v = take_count(name, s, min, COUNT_MAX, eb);

	if (v < 0)
		return v;
	*out = (unsigned)v;
	return 0;
}

/* ---- one option ---------------------------------------------------------- */

static int
apply_flag(struct scan_args *a, enum option_id id)
{
	struct scan_options *o = &a->options;

	switch ((int)id) {
	case OPT_NO_PORTS:
		o->ports.tcp = o->ports.udp = false;
		o->no_ports = true;
		break;
	case OPT_NO_PING:
		o->ping = false;
		break;
	case OPT_NO_NAMES:
		o->resolve = false;
		break;
	case OPT_NAMES:
		o->resolve = true;
		break;
	case OPT_TCP:
		o->ports.tcp = true;
		break;
	case OPT_UDP:
		o->ports.udp = true;
		break;
	case OPT_FAST:
		o->ports.top = 100;
		break;
	case OPT_OPEN:
		o->report.open_only = true;
		break;
	case OPT_DEFAULT_SCRIPTS:
		return push(&a->scripts, "default");
	case OPT_SCRIPT_TRACE:
		o->engine.script_trace = true;
		break;
	case OPT_SCRIPT_UPDATEDB:
		a->update_db = true;
		break;
	case OPT_IPV6:
		o->engine.ipv6 = true;
		break;
	case OPT_PRIVILEGED:
	case OPT_UNPRIVILEGED:
		a->privileged = id == OPT_PRIVILEGED;
		break;
	case OPT_REASON:
		o->report.reason = true;
		break;
	case OPT_HELP:
	case OPT_HELP_LONG:
		a->help = true;
		break;
	default: /* accepted, and so already */
		break;
	}
	return 0;
}

static int
apply_number(struct scan_args *a, enum option_id id, const char *value,
    struct errbuf *eb)
{
	struct scan_options *o = &a->options;
	const char *name = options[id].name;
	unsigned n = 0;
	int v;

	switch ((int)id) {
	case OPT_TOP:
		return set_count(&o->ports.top, name, value, 1, eb);
	case OPT_TIMING:
		v = take_count(name, value, 0, 5, eb);
		o->engine.timing = v;
		return v < 0 ? v : 0;
	case OPT_VERSION_INTENSITY:
		v = take_count(name, value, 0, 9, eb);
		o->engine.version_intensity = v;
		return v < 0 ? v : 0;
	case OPT_MAX_PARALLELISM:
		v = take_count(name, value, 1, COUNT_MAX, eb);
		o->engine.max_parallelism = v;
		o->parallel = v < 0 ? 0 : (unsigned)v;
		return v < 0 ? v : 0;
	case OPT_MIN_PARALLELISM:
		v = take_count(name, value, 1, COUNT_MAX, eb);
		o->engine.min_parallelism = v;
		return v < 0 ? v : 0;
	case OPT_MAX_RATE:
		return set_count(&o->max_rate, name, value, 1, eb);
	case OPT_MAX_RETRIES:
		v = take_count(name, value, 0, 10, eb);
		o->tries = v < 0 ? 0 : (unsigned)v + 1;
		return v < 0 ? v : 0;
	default:
		v = set_count(&n, name, value, 1, eb);
		if (id == OPT_MAX_HOSTGROUP)
			o->group_max = n;
		else
			o->group_min = n;
		return v;
	}
}

static int
apply_value(struct scan_args *a, enum option_id id, const char *value,
    struct errbuf *eb)
{
	struct scan_options *o = &a->options;

	switch ((int)id) {
	case OPT_INPUT_LIST:
		o->target_file = value;
		return 0;
	case OPT_EXCLUDE:
		o->exclude = value;
		return 0;
	case OPT_PORTS:
		o->ports.spec = value;
		return 0;
	case OPT_SCRIPT:
		return push(&a->scripts, value);
	case OPT_SCRIPT_HELP:
		a->script_help = true;
		return push(&a->scripts, value);
	case OPT_SCRIPT_ARGS:
		o->engine.script_args = value;
		return 0;
	case OPT_SCRIPT_ARGS_FILE:
		o->engine.script_args_file = value;
		return 0;
	case OPT_SCRIPT_TIMEOUT:
		return take_time(
		    options[id].name, value, &o->engine.script_timeout_s, eb);
	case OPT_HOST_TIMEOUT:
		return take_time(
		    options[id].name, value, &o->engine.host_timeout_s, eb);
	case OPT_INTERFACE:
		o->engine.interface = value;
		return 0;
	case OPT_NORMAL:
		o->report.normal_file = value;
		return 0;
	case OPT_XML:
		o->report.xml_file = value;
		return 0;
	case OPT_DATADIR:
		return push(&a->datadirs, value);
	case OPT_CONFIG:
		a->config = value;
		return 0;
	default:
		return apply_number(a, id, value, eb);
	}
}

/* ---- the command line ---------------------------------------------------- */

static int
find_name(const char *name, size_t len)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (strlen(options[i].name) == len &&
		    strncmp(options[i].name, name, len) == 0)
			return i;
	return -1;
}

static int
refuse(const char *word, struct errbuf *eb)
{
	for (size_t i = 0; i < ES_ARRAY_LEN(refused); i++)
		if (strcmp(word, refused[i].word) == 0)
			return err_set(eb, ES_E(FORMAT), "%s: %s", word,
			    refused[i].instead);
	return err_set(eb, ES_E(FORMAT),
	    "unknown option %.64s; see 'earshot scan --help'", word);
}

/* -v, -vv, -v2 and the same for d: each -d is a -v too. */
static bool
take_level(struct scan_args *a, const char *word)
{
	struct engine_options *e = &a->options.engine;
	char letter = word[1];
	size_t n = strspn(word + 1, letter == 'v' ? "v" : "d");
	int level = (int)n;

	if (letter != 'v' && letter != 'd')
		return false;
	const char *digits = word + 1 + n;
	if (n == 1 && strspn(digits, "0123456789") == strlen(digits) &&
	    *digits != '\0' && strlen(digits) < 3) {
		level = (int)strtol(digits, NULL, 10);
		e->verbosity = 0;
	} else if (*digits != '\0') {
		return false;
	}
	e->verbosity += level;
	if (letter == 'd')
		e->debugging += level;
	return true;
}

struct words {
	int argc;
	char **argv;
	int at;
};

static int
apply(struct scan_args *a, int id, const char *attached, struct words *w,
    struct errbuf *eb)
{
	const char *dashes = strlen(options[id].name) > 2 ? "--" : "-";

	if (options[id].value == NULL) {
		if (attached != NULL)
			return err_set(eb, ES_E(FORMAT), "%s%s takes no value",
			    dashes, options[id].name);
		return apply_flag(a, (enum option_id)id);
	}
	if (attached == NULL) {
		if (w->at == w->argc)
			return err_set(eb, ES_E(FORMAT), "%s%s needs a value",
			    dashes, options[id].name);
		attached = w->argv[w->at++];
	}
	return apply_value(a, (enum option_id)id, attached, eb);
}

static int
take_long(
    struct scan_args *a, const char *word, struct words *w, struct errbuf *eb)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t len = equals == NULL ? strlen(name) : (size_t)(equals - name);
	int id = find_name(name, len);

	if (id < 0 || len < 3)
		return refuse(word, eb);
	return apply(a, id, equals == NULL ? NULL : equals + 1, w, eb);
}

static int
take_short(
    struct scan_args *a, const char *word, struct words *w, struct errbuf *eb)
{
	int id = find_name(word + 1, strlen(word + 1));

	if (take_level(a, word))
		return 0;
	if (id >= 0 && strlen(word) <= 3)
		return apply(a, id, NULL, w, eb);
	/* Both scans in one word. */
	if (strcmp(word, "-sTU") == 0 || strcmp(word, "-sUT") == 0) {
		a->options.ports.tcp = a->options.ports.udp = true;
		return 0;
	}
	id = find_name(word + 1, 1);
	if (id >= 0 && options[id].value != NULL)
		return apply(a, id, word + 2, w, eb);
	return refuse(word, eb);
}

/* The command line as one text. */
static int
join(struct scan_args *a, int argc, char **argv)
{
	struct buf b;

	buf_init(&b, 1U << 20);
	buf_str(&b, "earshot");
	for (int i = 0; i < argc; i++) {
		bool quote =
		    argv[i][0] == '\0' || strpbrk(argv[i], " \t\"'") != NULL;

		buf_printf(&b, quote ? " \"%s\"" : " %s", argv[i]);
	}
	a->command_line = strdup(buf_cstr(&b));
	buf_fini(&b);
	return a->command_line == NULL ? ES_E(NOMEM) : 0;
}

static void
defaults(struct scan_args *a)
{
	*a = (struct scan_args){ .privileged = -1 };
	a->options.ping = true;
	a->options.resolve = true;
	a->options.engine.timing = 3;
	a->options.engine.version_intensity = 7;
}

static void
settle(struct scan_args *a)
{
	struct scan_options *o = &a->options;

	if (!o->no_ports && !o->ports.udp)
		o->ports.tcp = true;
	if (o->no_ports)
		o->ports.tcp = o->ports.udp = false;
	/* As Nmap: insanity does not wait long. */
	if (o->engine.timing == 5 && o->engine.script_timeout_s <= 0)
		o->engine.script_timeout_s = 600;
	if (o->engine.timing == 5 && o->engine.host_timeout_s <= 0)
		o->engine.host_timeout_s = 900;
	o->report.verbosity = o->engine.verbosity;
	o->report.debugging = o->engine.debugging;
	o->report.args = a->command_line;
	o->scripts = a->scripts.items;
	o->nscripts = a->scripts.count;
	o->targets = a->targets.items;
	o->ntargets = a->targets.count;
}

int
scan_args_read(struct scan_args *a, int argc, char **argv, struct errbuf *eb)
{
	struct words w = { .argc = argc, .argv = argv, .at = 1 };
	bool only_targets = false;
	int rc;

	defaults(a);
	rc = join(a, argc, argv);
	while (rc == 0 && w.at < argc) {
		const char *word = argv[w.at++];

		if (only_targets || word[0] != '-' || word[1] == '\0')
			rc = push(&a->targets, word);
		else if (strcmp(word, "--") == 0)
			only_targets = true;
		else if (word[1] == '-')
			rc = take_long(a, word, &w, eb);
		else
			rc = take_short(a, word, &w, eb);
	}
	if (rc == ES_E(NOMEM))
		return err_set(eb, rc, "%s", err_text(rc));
	if (rc == 0)
		settle(a);
	return rc;
}

void
scan_args_fini(struct scan_args *a)
{
	free(a->scripts.items);
	free(a->targets.items);
	free(a->datadirs.items);
	free(a->command_line);
	*a = (struct scan_args){ 0 };
}

void
scan_args_help(void)
{
	char left[64];

	puts("usage: earshot scan [options] TARGET...\n\n"
	     "Run scripts on given targets: names, addresses, prefixes, octet "
	     "ranges\n(10.0.0-3.1-254). The options are Nmap's where they mean "
	     "the same.\n");
	for (int i = 0; i < OPT_COUNT; i++) {
		snprintf(left, sizeof(left), "%s%s%s%s",
		    strlen(options[i].name) > 2 ? "--" : "-", options[i].name,
		    options[i].value == NULL ? "" : " ",
		    options[i].value == NULL ? "" : options[i].value);
		printf("  %-24s %s\n", left, options[i].help);
	}
}

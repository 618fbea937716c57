/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a configuration as YAML, from the same tables that read it: config/earshot.yaml is the output for the
 * defaults, with comments.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/daemon/config.h"
#include "sensor/daemon/config_table.h"

#define COMMENT_WIDTH 100

/* True for what YAML reads back as the same text without quotes. */
static bool
is_plain(const char *s)
{
	static const char *const special[] = { "true", "false", "yes", "no",
		"on", "off", "null" };
	size_t i;

	if (!isalnum((unsigned char)s[0]) && s[0] != '/')
		return false;
	for (i = 0; i < ES_ARRAY_LEN(special); i++)
		if (strcmp(s, special[i]) == 0)
			return false;
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789_./-") == strlen(s);
}

static void
put_text(struct buf *out, const char *s)
{
	if (s == NULL)
		s = "";
	if (is_plain(s)) {
		buf_str(out, s);
		return;
	}
	buf_u8(out, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_u8(out, c);
	}
	buf_u8(out, '"');
}

static void
put_time(struct buf *out, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" },
		{ 1000, "s" }, { 1, "ms" } };
	size_t i = 0;

	while (ms % units[i].ms != 0 || (ms > 0 && ms < units[i].ms))
		i++;
	buf_printf(out, "%" PRIu64 "%s", ms / units[i].ms,
	    ms == 0 ? "s" : units[i].name);
}

static void
put_size(struct buf *out, uint64_t octets)
{
	static const struct {
		uint64_t octets;
		const char *name;
	} units[] = { { UINT64_C(1) << 30, "GiB" }, { 1 << 20, "MiB" },
		{ 1 << 10, "KiB" }, { 1, "" } };
	size_t i = 0;

	while (octets % units[i].octets != 0 || octets < units[i].octets) {
		if (octets == 0)
			break;
		i++;
	}
	buf_printf(out, "%" PRIu64 "%s", octets / units[i].octets,
	    octets == 0 ? "" : units[i].name);
}

static void
put_list(struct buf *out, const struct strlist *list)
{
	size_t i;

	buf_str(out, "[");
	for (i = 0; i < list->count; i++) {
		buf_str(out, i > 0 ? ", " : "");
		put_text(out, list->items[i]);
	}
	buf_str(out, "]");
}

static void
put_cidrs(struct buf *out, const struct cidrset *set)
{
	char text[CIDR_TEXT];
	size_t i;

	buf_str(out, "[");
	for (i = 0; i < set->count; i++)
		buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "",
		    cidr_fmt(&set->items[i], text));
	buf_str(out, "]");
}

static uint64_t
number_of(const struct config_row *row, const void *field)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (row->kind != CONFIG_KIND_COUNT && row->kind != CONFIG_KIND_TIME32) {
		memcpy(&wide, field, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, field, sizeof(narrow));
	return narrow;
}

void
config_value_print(
    const struct config_row *row, const void *base, struct buf *out)
{
	const void *field = (const char *)base + row->offset;

	switch (row->kind) {
	case CONFIG_KIND_TEXT:
	case CONFIG_KIND_WORD:
	case CONFIG_KIND_PORTS:
		put_text(out, *(const char *const *)field);
		return;
	case CONFIG_KIND_BOOL:
		buf_str(out, *(const bool *)field ? "true" : "false");
		return;
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_COUNT64:
		buf_printf(out, "%" PRIu64, number_of(row, field));
		return;
	case CONFIG_KIND_TIME:
	case CONFIG_KIND_TIME32:
		put_time(out, number_of(row, field));
		return;
	case CONFIG_KIND_SIZE:
		put_size(out, number_of(row, field));
		return;
	case CONFIG_KIND_LIST:
		put_list(out, field);
		return;
	case CONFIG_KIND_CIDRS:
		put_cidrs(out, field);
		return;
	}
}

static void
indent(struct buf *out, unsigned depth)
{
	while (depth-- > 0)
		buf_str(out, "  ");
}

/* The help as comment lines of bounded width. */
static void
put_comment(struct buf *out, unsigned depth, const char *help)
{
	size_t column = 0;

	while (*help != '\0') {
		size_t n = strcspn(help, " ");

		if (column == 0 || column + n + 1 > COMMENT_WIDTH) {
			buf_str(out, column > 0 ? "\n" : "");
			indent(out, depth);
			buf_u8(out, '#');
			column = 2 * depth + 1;
		}
		buf_u8(out, ' ');
		buf_put(out, help, n);
		column += n + 1;
		help += n;
		help += strspn(help, " ");
	}
	buf_u8(out, '\n');
}

/* How many octets of the sections in front of the last component two keys share, and how deep that is. */
static size_t
shared_sections(const char *a, const char *b, unsigned *depth)
{
	size_t i, shared = 0;

	*depth = 0;
	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '.') {
			shared = i + 1;
			(*depth)++;
		}
	return shared;
}

static void
put_row(struct buf *out, const struct config_row *row, const char *previous,
    const struct config *c, bool comments)
{
	unsigned depth;
	const char *rest =
	    row->key + shared_sections(row->key, previous, &depth);
	const char *dot;

	if (comments && depth == 0 && previous[0] != '\0')
		buf_u8(out, '\n');
	while ((dot = strchr(rest, '.')) != NULL) {
		indent(out, depth++);
		buf_put(out, rest, (size_t)(dot - rest));
		buf_str(out, ":\n");
		rest = dot + 1;
	}
	if (comments)
		put_comment(out, depth, row->help);
	indent(out, depth);
	buf_printf(out, "%s: ", rest);
	config_value_print(row, c, out);
	buf_u8(out, '\n');
}

static bool
is_set(const struct config_row *row, const struct publisher_config *p)
{
	static const struct publisher_config none;
	struct buf a, b;
	bool differs;

	buf_init(&a, 65536);
	buf_init(&b, 65536);
	config_value_print(row, p, &a);
	config_value_print(row, &none, &b);
	differs = strcmp(buf_cstr(&a), buf_cstr(&b)) != 0;
	buf_fini(&a);
	buf_fini(&b);
	return differs;
}

static void
put_publishers(struct buf *out, const struct config *c)
{
	const struct config_row *row;
	size_t i;

	buf_str(out, c->npublish > 0 ? "publish:\n" : "publish: []\n");
	for (i = 0; i < c->npublish; i++) {
		const char *lead = "  - ";

		for (row = config_publish_rows; row->key != NULL; row++) {
			if (!is_set(row, &c->publish[i]))
				continue;
			buf_printf(out, "%s%s: ", lead, row->key);
			config_value_print(row, &c->publish[i], out);
			buf_u8(out, '\n');
			lead = "    ";
		}
	}
}

static void
put_publish_help(struct buf *out)
{
	const struct config_row *row;

	buf_str(out,
	    "\n# Where events go: a list, empty by default. Every entry has "
	    "its own place in the outbox. For example:\n"
	    "#\n# publish:\n#   - type: redis-stream\n"
	    "#     url: \"redis://127.0.0.1:6379/0\"\n"
	    "#     key: \"earshot:{sensor}:events\"\n#\n"
	    "# Keys of an entry:\n#\n");
	for (row = config_publish_rows; row->key != NULL; row++)
		buf_printf(out, "#   %-14s %s\n", row->key, row->help);
}

void
config_print(const struct config *c, bool comments, struct buf *out)
{
	const struct config_row *row;
	const char *previous = "";

	if (comments)
		buf_str(out,
		    "# earshot.yaml: every key with its default. Written by "
		    "'earshot check --defaults'; see earshot.yaml(5).\n"
		    "# Unknown keys are errors. Times: 250ms 10s 5m 2h 1d. "
		    "Sizes: 4096 64KiB 16MiB 1GiB.\n\n");
	for (row = config_rows; row->key != NULL; row++) {
		put_row(out, row, previous, c, comments);
		previous = row->key;
	}
	if (comments)
		put_publish_help(out);
	put_publishers(out, c);
}

/* Does the row's first component stand in a list of words? */
static bool
is_in(const struct config_row *row, const char *sections)
{
	size_t n = strcspn(row->key, ".");

	while (*sections != '\0') {
		size_t len = strcspn(sections, " ");

		if (len == n && strncmp(sections, row->key, n) == 0)
			return true;
		sections += len + (sections[len] == ' ');
	}
	return false;
}

void
config_print_sections(
    const struct config *c, const char *sections, struct buf *out)
{
	const struct config_row *row;
	const char *previous = "";

	if (sections == NULL) {
		config_print(c, false, out);
		return;
	}
	for (row = config_rows; row->key != NULL; row++) {
		if (!is_in(row, sections))
			continue;
		put_row(out, row, previous, c, false);
		previous = row->key;
	}
}

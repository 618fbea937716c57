/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of the configuration by kind; see config_table.h.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/daemon/config.h"
#include "sensor/daemon/config_table.h"
#include "sensor/model/portspec.h"

#define LIST_MAX 1024

const struct config_row config_rows[] = {
#define CONFIG(key, kind, field, value, help)                                  \
	{ key, CONFIG_KIND_##kind, offsetof(struct config, field), value,      \
		help },
#include "sensor/daemon/config.def"
#undef CONFIG
	{ .key = NULL }
};

const struct config_row config_publish_rows[] = {
#define PUBLISH(key, kind, field, help)                                        \
	{ key, CONFIG_KIND_##kind, offsetof(struct publisher_config, field),   \
		"", help },
#include "sensor/daemon/publish.def"
#undef PUBLISH
	{ .key = NULL }
};

/* What a WORD may be. */
static const struct {
	const char *key;
	const char *words[8];
} words[] = {
	{ "log.level", { "error", "warning", "notice", "info", "debug" } },
	{ "log.format", { "text", "json" } },
};

bool
config_is_list(enum config_kind kind)
{
	return kind == CONFIG_KIND_LIST || kind == CONFIG_KIND_CIDRS;
}

static void *
field_of(const struct config_row *row, void *base)
{
	return (char *)base + row->offset;
}

static int
no_memory(struct errbuf *eb)
{
	return err_set(eb, ES_E(NOMEM), "out of memory");
}

static int
set_text(char **field, const char *text, struct errbuf *eb)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return no_memory(eb);
	free(*field);
	*field = copy;
	return 0;
}

static int
set_word(const struct config_row *row, char **field, const char *text,
    struct errbuf *eb)
{
	size_t i, w;

	for (i = 0; i < ES_ARRAY_LEN(words); i++)
		for (w = 0; w < ES_ARRAY_LEN(words[i].words); w++)
			if (strcmp(words[i].key, row->key) == 0 &&
			    words[i].words[w] != NULL &&
			    strcmp(words[i].words[w], text) == 0)
				return set_text(field, text, eb);
	return err_set(
	    eb, ES_E(CONFIG), "'%s' is none of: %s", text, row->help);
}

static int
set_bool(bool *field, const char *text, struct errbuf *eb)
{
	static const char *const yes[] = { "true", "yes", "on" };
	static const char *const no[] = { "false", "no", "off" };
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(yes); i++) {
		if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0)
			continue;
		*field = strcmp(text, yes[i]) == 0;
		return 0;
	}
	return err_set(
	    eb, ES_E(CONFIG), "'%s' is neither true nor false", text);
}

static int
parse_count(const char *text, uint64_t max, uint64_t *out, struct errbuf *eb)
{
	char *end;
	unsigned long long v;

	v = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || v > max)
		return err_set(eb, ES_E(CONFIG),
		    "'%s' is not a number from 0 to %" PRIu64, text, max);
	*out = v;
	return 0;
}

/* A time in milliseconds or a size in octets. */
static int
parse_quantity(bool time, const char *text, uint64_t *out, struct errbuf *eb)
{
	long long v = 0;
	int rc = time ? str_duration_ms(text, &v) : str_size(text, &v);

	if (rc < 0)
		return err_set(eb, ES_E(CONFIG), "'%s' is not %s", text,
		    time ? "a time (write 250ms, 10s, 5m, 2h or 1d)"
			 : "a size (write 4096, 64KiB, 16MiB or 1GiB)");
	*out = (uint64_t)v;
	return 0;
}

static int
set_number(const struct config_row *row, void *field, const char *text,
    struct errbuf *eb)
{
	bool narrow =
	    row->kind == CONFIG_KIND_COUNT || row->kind == CONFIG_KIND_TIME32;
	uint64_t v = 0;
	uint32_t v32;
	int rc;

	if (row->kind == CONFIG_KIND_COUNT || row->kind == CONFIG_KIND_COUNT64)
		rc = parse_count(text, narrow ? UINT32_MAX : INT64_MAX, &v, eb);
	else
		rc =
		    parse_quantity(row->kind != CONFIG_KIND_SIZE, text, &v, eb);
	if (rc == 0 && narrow && v > UINT32_MAX)
		rc = err_set(eb, ES_E(CONFIG), "'%s' is too large", text);
	if (rc < 0)
		return rc;
	v32 = (uint32_t)v;
	memcpy(field, narrow ? (void *)&v32 : (void *)&v,
	    narrow ? sizeof(v32) : sizeof(v));
	return 0;
}

static int
add_item(struct strlist *list, const char *text, struct errbuf *eb)
{
	char **items;

	if (list->count == LIST_MAX)
		return err_set(
		    eb, ES_E(CONFIG), "more than %d items", LIST_MAX);
	items = realloc(list->items, (list->count + 1) * sizeof(*items));
	if (items == NULL)
		return no_memory(eb);
	list->items = items;
	items[list->count] = strdup(text);
	if (items[list->count] == NULL)
		return no_memory(eb);
	list->count++;
	return 0;
}

static int
add_cidr(struct cidrset *set, const char *text, struct errbuf *eb)
{
	struct cidr c;

	if (cidr_parse(text, &c) < 0)
		return err_set(eb, ES_E(CONFIG),
		    "'%s' is not an address or a prefix (write 10.0.0.0/24, "
		    "192.0.2.7 or fd00::/64)",
		    text);
	return cidrset_add(set, &c) < 0 ? no_memory(eb) : 0;
}

static int
set_ports(char **field, const char *text, struct errbuf *eb)
{
	struct portspec parsed = { .count = 0 };

	if (text[0] != '\0' &&
	    portspec_parse(text, PORTSPEC_TCP | PORTSPEC_UDP, &parsed, eb) < 0)
		return ES_E(CONFIG);
	portspec_fini(&parsed);
	return set_text(field, text, eb);
}

int
config_value_add(const struct config_row *row, void *base, const char *text,
    struct errbuf *eb)
{
	void *field = field_of(row, base);

	switch (row->kind) {
	case CONFIG_KIND_TEXT:
		return set_text(field, text, eb);
	case CONFIG_KIND_WORD:
		return set_word(row, field, text, eb);
	case CONFIG_KIND_BOOL:
		return set_bool(field, text, eb);
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_COUNT64:
	case CONFIG_KIND_TIME:
	case CONFIG_KIND_TIME32:
	case CONFIG_KIND_SIZE:
		return set_number(row, field, text, eb);
	case CONFIG_KIND_LIST:
		return add_item(field, text, eb);
	case CONFIG_KIND_CIDRS:
		return add_cidr(field, text, eb);
	case CONFIG_KIND_PORTS:
		return set_ports(field, text, eb);
	}
	return ES_E(CONFIG);
}

int
config_value_default(
    const struct config_row *row, void *base, struct errbuf *eb)
{
	if (config_is_list(row->kind) && row->value[0] == '\0')
		return 0;
	return config_value_add(row, base, row->value, eb);
}

static void
free_list(struct strlist *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){ .count = 0 };
}

void
config_value_free(const struct config_row *row, void *base)
{
	void *field = field_of(row, base);

	switch (row->kind) {
	case CONFIG_KIND_TEXT:
	case CONFIG_KIND_WORD:
	case CONFIG_KIND_PORTS:
		free(*(char **)field);
		*(char **)field = NULL;
		return;
	case CONFIG_KIND_LIST:
		free_list(field);
		return;
	case CONFIG_KIND_CIDRS:
		cidrset_fini(field);
		return;
	case CONFIG_KIND_BOOL:
	case CONFIG_KIND_COUNT:
	case CONFIG_KIND_COUNT64:
	case CONFIG_KIND_TIME:
	case CONFIG_KIND_TIME32:
	case CONFIG_KIND_SIZE:
		return;
	}
}

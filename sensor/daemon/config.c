/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading earshot.yaml; see config.h.
 *
 * libyaml builds the document as a tree with line numbers; the walk below goes down the tree with the dotted name of
 * where it is, so the depth of the tables bounds the depth of the walk whatever the document holds.
 */
#include "sensor/daemon/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "sensor/base/log.h"
#include "sensor/base/str.h"
#include "sensor/daemon/config_table.h"
#include "sensor/publish/redis_url.h"

#define FILE_MAX (1 << 20)
#define KEY_MAX 128
#define ROWS_MAX 128
#define PUBLISHERS_MAX 64
#define NEAR 3 /* edits: further away is another word */

struct reader {
	const char *name;
	yaml_document_t doc;
	struct config *out;
	struct errbuf *eb;
	bool seen
	    [ROWS_MAX]; /* by row of config_rows, or of the entry that is read */
};

static int
fail(struct reader *r, const yaml_node_t *at, const char *key, const char *what)
{
	return err_set(r->eb, ES_E(CONFIG), "%s:%zu: %s%s%s", r->name,
	    at->start_mark.line + 1, key, key[0] != '\0' ? ": " : "", what);
}

/* The text of a scalar; NULL for what is not one, or holds a NUL. */
static const char *
scalar(const yaml_node_t *n)
{
	const char *text;

	if (n->type != YAML_SCALAR_NODE)
		return NULL;
	text = (const char *)n->data.scalar.value;
	return strlen(text) == n->data.scalar.length ? text : NULL;
}

/* "key:" with nothing behind it, or "~": the default stays. */
static bool
is_null(const yaml_node_t *n)
{
	const char *text = scalar(n);

	return text != NULL &&
	       n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (text[0] == '\0' || strcmp(text, "~") == 0 ||
		   strcmp(text, "null") == 0);
}

static int
add_value(struct reader *r, const struct config_row *row, void *base,
    const yaml_node_t *n)
{
	const char *text = scalar(n);
	struct errbuf why;
	int rc;

	if (text == NULL)
		return fail(r, n, row->key, "a single value is expected");
	rc = config_value_add(row, base, text, &why);
	return rc < 0 ? fail(r, n, row->key, why.text) : 0;
}

static int
set_value(struct reader *r, const struct config_row *row, void *base,
    const yaml_node_t *n)
{
	const yaml_node_item_t *item;
	int rc = 0;

	if (is_null(n))
		return 0;
	if (n->type != YAML_SEQUENCE_NODE)
		return add_value(r, row, base, n);
	if (!config_is_list(row->kind))
		return fail(r, n, row->key, "a single value is expected");
	for (item = n->data.sequence.items.start;
	     rc == 0 && item < n->data.sequence.items.top; item++)
		rc = add_value(
		    r, row, base, yaml_document_get_node(&r->doc, *item));
	return rc;
}

/* The next component of a row's key behind prefix ("capture." of "capture.ring" gives "ring"), or NULL. */
static const char *
component(const struct config_row *row, const char *prefix, char out[KEY_MAX])
{
	size_t n = strlen(prefix);

	if (strncmp(row->key, prefix, n) != 0)
		return NULL;
	snprintf(out, KEY_MAX, "%.*s", (int)strcspn(row->key + n, "."),
	    row->key + n);
	return out;
}

static int
unknown(struct reader *r, const struct config_row *rows, const char *prefix,
    const char *word, const yaml_node_t *at)
{
	char part[KEY_MAX], best[KEY_MAX] = "", what[3 * KEY_MAX];
	unsigned nearest = NEAR + 1, d;

	for (; rows->key != NULL; rows++)
		if (component(rows, prefix, part) != NULL &&
		    (d = str_distance(word, part)) < nearest) {
			nearest = d;
			str_copy(best, sizeof(best), part);
		}
	if (prefix[0] == '\0' && str_distance(word, "publish") < nearest)
		str_copy(best, sizeof(best), "publish");
	if (best[0] != '\0')
		snprintf(what, sizeof(what),
		    "unknown key '%s%.100s' (did you mean '%s'?)", prefix, word,
		    best);
	else
		snprintf(what, sizeof(what),
		    "unknown key '%s%.100s' (see man earshot.yaml)", prefix,
		    word);
	return fail(r, at, "", what);
}

static const struct config_row *
find_row(const struct config_row *rows, const char *key)
{
	for (; rows->key != NULL; rows++)
		if (strcmp(rows->key, key) == 0)
			return rows;
	return NULL;
}

static bool
is_section(const struct config_row *rows, const char *prefix)
{
	for (; rows->key != NULL; rows++)
		if (strncmp(rows->key, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

static int
set_row(struct reader *r, const struct config_row *rows,
    const struct config_row *row, void *base, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(&r->doc, pair->key);
	size_t index = (size_t)(row - rows);

	es_require(index < ROWS_MAX);
	if (r->seen[index])
		return fail(r, key, row->key, "stands here twice");
	r->seen[index] = true;
	return set_value(
	    r, row, base, yaml_document_get_node(&r->doc, pair->value));
}

/* What a publisher is, and where it goes, are known without opening it. */
static int
check_entry(struct reader *r, const yaml_node_t *n,
    const struct publisher_config *entry)
{
	const struct publisher *known;
	struct redis_url url;
	struct errbuf why;
	char types[256] = "";
	size_t i, at = 0;
	bool redis;

	if (entry->type == NULL || entry->type[0] == '\0')
		return fail(r, n, "publish", "an entry needs a type");
	if (publisher_find(entry->type) == NULL) {
		for (i = 0;
		     (known = publisher_at(i)) != NULL && at < sizeof(types);
		     i++)
			at += (size_t)snprintf(types + at, sizeof(types) - at,
			    "%s%s", i > 0 ? ", " : "", known->type);
		snprintf(why.text, sizeof(why.text),
		    "'%.60s' is no type; there are: %.150s", entry->type,
		    types);
		return fail(r, n, "publish.type", why.text);
	}
	redis = strncmp(entry->type, "redis-", 6) == 0;
	if (entry->url == NULL || entry->url[0] == '\0')
		return redis ? 0
			     : fail(r, n, "publish", "an entry needs a url");
	if (redis && redis_url_parse(entry->url, &url, &why) < 0)
		return fail(r, n, "publish.url", why.text);
	return 0;
}

static int
read_entry(
    struct reader *r, const yaml_node_t *n, struct publisher_config *entry)
{
	const yaml_node_pair_t *pair;
	int rc = 0;

	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, "publish",
		    "each entry is a mapping (- type: redis-stream)");
	memset(r->seen, 0, sizeof(r->seen));
	for (pair = n->data.mapping.pairs.start;
	     rc == 0 && pair < n->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key =
		    yaml_document_get_node(&r->doc, pair->key);
		const char *word = scalar(key);
		const struct config_row *row;

		if (word == NULL)
			return fail(r, key, "publish", "a key must be a word");
		row = find_row(config_publish_rows, word);
		if (row == NULL)
			return unknown(r, config_publish_rows, "", word, key);
		rc = set_row(r, config_publish_rows, row, entry, pair);
	}
	return rc < 0 ? rc : check_entry(r, n, entry);
}

static int
name_entry(struct reader *r, const yaml_node_t *n, size_t index)
{
	struct publisher_config *all = r->out->publish;
	char name[KEY_MAX];
	size_t i;

	if (all[index].name == NULL || all[index].name[0] == '\0') {
		snprintf(name, sizeof(name), "%.100s-%zu", all[index].type,
		    index + 1);
		free((char *)(uintptr_t)all[index].name);
		all[index].name = strdup(name);
	}
	if (all[index].name == NULL)
		return err_set(r->eb, ES_E(NOMEM), "out of memory");
	for (i = 0; i < index; i++)
		if (strcmp(all[i].name, all[index].name) == 0)
			return fail(
			    r, n, "publish", "two entries have the same name");
	return 0;
}

static int
read_publish(struct reader *r, const yaml_node_t *n)
{
	const yaml_node_item_t *item;
	size_t count;
	int rc = 0;

	if (is_null(n))
		return 0;
	if (n->type != YAML_SEQUENCE_NODE)
		return fail(r, n, "publish",
		    "a list is expected (- type: redis-stream)");
	if (r->out->publish != NULL)
		return fail(r, n, "publish", "stands here twice");
	count =
	    (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
	if (count > PUBLISHERS_MAX)
		return fail(r, n, "publish", "too many entries");
	r->out->publish = calloc(count + 1, sizeof(*r->out->publish));
	if (r->out->publish == NULL)
		return err_set(r->eb, ES_E(NOMEM), "out of memory");
	for (item = n->data.sequence.items.start;
	     rc == 0 && item < n->data.sequence.items.top; item++) {
		const yaml_node_t *entry =
		    yaml_document_get_node(&r->doc, *item);
		size_t at = r->out->npublish++;

		rc = read_entry(r, entry, &r->out->publish[at]);
		if (rc == 0)
			rc = name_entry(r, entry, at);
	}
	return rc;
}

/* One mapping; prefix is "" or ends with a dot. Sections nest as deep as config.def does. */
static int
read_section(struct reader *r, const yaml_node_t *n, const char *prefix)
{
	const yaml_node_pair_t *pair;
	int rc = 0;

	if (is_null(n))
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return fail(r, n, prefix, "keys and values are expected here");
	for (pair = n->data.mapping.pairs.start;
	     rc == 0 && pair < n->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key =
		    yaml_document_get_node(&r->doc, pair->key);
		const yaml_node_t *value =
		    yaml_document_get_node(&r->doc, pair->value);
		const char *word = scalar(key);
		const struct config_row *row;
		char path[KEY_MAX];

		if (word == NULL || strlen(word) > KEY_MAX / 2)
			return fail(r, key, prefix, "a key must be a word");
		snprintf(path, sizeof(path), "%.60s%s", prefix, word);
		row = find_row(config_rows, path);
		if (row != NULL) {
			rc = set_row(r, config_rows, row, r->out, pair);
			continue;
		}
		if (strcmp(path, "publish") == 0) {
			bool seen[ROWS_MAX];

			memcpy(seen, r->seen, sizeof(seen));
			rc = read_publish(r, value);
			memcpy(r->seen, seen, sizeof(seen));
			continue;
		}
		str_copy(path + strlen(path), 2, ".");
		if (!is_section(config_rows, path))
			return unknown(r, config_rows, prefix, word, key);
		rc = read_section(r, value, path);
	}
	return rc;
}

static int
set_defaults(struct config *out, struct errbuf *eb)
{
	const struct config_row *row;
	int rc = 0;

	for (row = config_rows; rc == 0 && row->key != NULL; row++)
		rc = config_value_default(row, out, eb);
	return rc;
}

static int
load_document(struct reader *r, const void *text, size_t len)
{
	yaml_parser_t parser;
	int rc = 0;

	if (yaml_parser_initialize(&parser) == 0)
		return err_set(r->eb, ES_E(NOMEM), "out of memory");
	yaml_parser_set_input_string(&parser, text, len);
	if (yaml_parser_load(&parser, &r->doc) == 0)
		rc = err_set(r->eb, ES_E(CONFIG), "%s:%zu: %s", r->name,
		    parser.problem_mark.line + 1,
		    parser.problem != NULL ? parser.problem : "not YAML");
	yaml_parser_delete(&parser);
	return rc;
}

int
config_parse(const char *name, const void *text, size_t len, struct config *out,
    struct errbuf *eb)
{
	struct reader r = { .name = name, .out = out, .eb = eb };
	const yaml_node_t *root;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = set_defaults(out, eb);
	if (rc == 0 && len > 0) {
		rc = load_document(&r, text, len);
		if (rc == 0) {
			root = yaml_document_get_root_node(&r.doc);
			if (root != NULL)
				rc = read_section(&r, root, "");
			yaml_document_delete(&r.doc);
		}
	}
	if (rc < 0)
		config_fini(out);
	return rc;
}

static int
read_file(const char *file, char **text, size_t *len, struct errbuf *eb)
{
	FILE *f = fopen(file, "re");
	int rc = 0;

	if (f == NULL)
		return err_set(eb, ES_E(CONFIG),
		    "%s: %s (give another with -c)", file, strerror(errno));
	*text = malloc(FILE_MAX);
	if (*text == NULL)
		rc = err_set(eb, ES_E(NOMEM), "out of memory");
	else
		*len = fread(*text, 1, FILE_MAX, f);
	if (rc == 0 && ferror(f))
		rc = err_set(eb, ES_E(CONFIG), "%s: %s", file, strerror(errno));
	else if (rc == 0 && *len == FILE_MAX)
		rc = err_set(eb, ES_E(CONFIG), "%s: larger than 1 MiB", file);
	fclose(f);
	return rc;
}

int
config_load(const char *file, struct config *out, struct errbuf *eb)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	memset(out, 0, sizeof(*out));
	if (file == NULL)
		return config_parse("defaults", "", 0, out, eb);
	rc = read_file(file, &text, &len, eb);
	if (rc == 0)
		rc = config_parse(file, text, len, out, eb);
	free(text);
	if (rc == 0) {
		out->file = strdup(file);
		if (out->file == NULL) {
			config_fini(out);
			return err_set(eb, ES_E(NOMEM), "out of memory");
		}
	}
	return rc;
}

void
config_fini(struct config *c)
{
	const struct config_row *row;
	size_t i;

	for (i = 0; i < c->npublish; i++)
		for (row = config_publish_rows; row->key != NULL; row++)
			config_value_free(row, &c->publish[i]);
	free(c->publish);
	for (row = config_rows; row->key != NULL; row++)
		config_value_free(row, c);
	free(c->file);
	memset(c, 0, sizeof(*c));
}

int
config_log_level(const struct config *c)
{
	static const struct {
		const char *word;
		enum log_level level;
	} levels[] = { { "error", LOG_LEVEL_ERR },
		{ "warning", LOG_LEVEL_WARN }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG } };
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(levels); i++)
		if (strcmp(levels[i].word, c->log_level) == 0)
			return (int)levels[i].level;
	return LOG_LEVEL_NOTICE;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: earshot.yaml, read strictly. Every key is a row of config.def or publish.def; an unknown one is an error
 * with file, line and the nearest name. A configuration is read and checked whole before anything uses it, so a
 * reload either takes all of a file or nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/cidrset.h"
#include "sensor/publish/publisher.h"

struct strlist {
	char **items;
	size_t count;
};

/* C types of the kinds of config.def. */
#define CONFIG_TYPE_TEXT char *
#define CONFIG_TYPE_WORD char *
#define CONFIG_TYPE_BOOL bool
#define CONFIG_TYPE_COUNT uint32_t
#define CONFIG_TYPE_TIME uint64_t /* milliseconds */
#define CONFIG_TYPE_SIZE uint64_t /* octets */
#define CONFIG_TYPE_LIST struct strlist
#define CONFIG_TYPE_CIDRS struct cidrset
#define CONFIG_TYPE_PORTS char * /* valid for portspec_parse, or "" */

struct config {
#define CONFIG(key, kind, field, value, help) CONFIG_TYPE_##kind field;
#include "sensor/daemon/config.def"
#undef CONFIG
	struct publisher_config *publish; /* strings owned */
	size_t npublish;
	char *file; /* where it was read, NULL: defaults only */
};

/**
 * Read @p file into @p out, or only defaults when it is NULL. Returns 0 or ES_E(CONFIG) with "FILE:LINE: what and
 * the remedy" in @p eb (or ES_E(NOMEM)); @p out is then empty. Release with config_fini.
 */
int config_load(
    const char *file, struct config *out, struct errbuf *eb) ES_MUST_CHECK;

/** As config_load for a text in memory that is called @p name in messages. */
int config_parse(const char *name, const void *text, size_t len,
    struct config *out, struct errbuf *eb) ES_MUST_CHECK;

void config_fini(struct config *c);

/** LOG_LEVEL_ number of log.level. */
int config_log_level(const struct config *c);

/** Write the whole configuration as YAML: every key, with its help when @p comments. */
struct buf;
void config_print(const struct config *c, bool comments, struct buf *out);

/** Only the top-level sections named in @p sections ("capture log"), without comments; NULL = all, as config_print. */
void config_print_sections(
    const struct config *c, const char *sections, struct buf *out);

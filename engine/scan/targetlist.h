/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targetlist: the list of what to scan: expressions from the command line, from -iL and from scripts (add_targets), names
 * resolved, excludes taken out; and the scope that this list means for the gate.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/scan/expr.h"
#include "sensor/base/attrs.h"
#include "sensor/base/err.h"
#include "sensor/model/scope.h"

struct targetlist {
	struct expr *items;
	size_t count;
	size_t at; /* the one that yields addresses now */
	struct expr *excludes;
	size_t nexcludes;
	bool ipv6;
	/* A name that does not resolve, an expression that is none; may be NULL. */
	void (*bad)(void *arg, const char *expression, const char *why);
	void *arg;
};

void targetlist_init(struct targetlist *t, bool ipv6);
void targetlist_fini(struct targetlist *t);

/**
 * Add one expression; a name is resolved (this waits for DNS). What cannot be used is told to `bad` and skipped.
 * Returns 0 or ES_E(NOMEM).
 */
int targetlist_add(struct targetlist *t, const char *expression) ES_MUST_CHECK;

/** Add the expressions of a file, separated by white space, with '#' comments; "-" is standard input. */
int targetlist_add_file(
    struct targetlist *t, const char *path, struct errbuf *eb) ES_MUST_CHECK;

/** Add a comma separated list of excludes. An expression that cannot be used is an error: it must not be ignored. */
int targetlist_exclude(
    struct targetlist *t, const char *list, struct errbuf *eb) ES_MUST_CHECK;

/** The next address; @p name gets the name it was given by, or NULL. Both live as long as the list is not added to. */
bool targetlist_next(struct targetlist *t, struct addr *out, const char **name);

/**
 * Add the list and its excludes to @p scope. Returns 0, ES_E(NOMEM), or ES_E(FULL) when the expressions are too
 * scattered, with the reason in @p eb.
 */
int targetlist_scope(const struct targetlist *t, struct scope *scope,
    struct errbuf *eb) ES_MUST_CHECK;

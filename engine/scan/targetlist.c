/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List of targets; see targetlist.h. Addresses are made one by one from the expressions, so that a /8 needs no memory.
 */
#include "engine/scan/targetlist.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define SEPARATORS " \t\r\n"
/* Prefixes that one expression may need: 256 networks with holes in each. */
#define COVER_MAX 65536U

void
targetlist_init(struct targetlist *t, bool ipv6)
{
	*t = (struct targetlist){ .ipv6 = ipv6 };
}

void
targetlist_fini(struct targetlist *t)
{
	free(t->items);
	free(t->excludes);
	*t = (struct targetlist){ 0 };
}

/* Room for one more; NULL without memory. */
static struct expr *
grow(struct expr **items, size_t count)
{
	/* Doubles at every power of two; below that there is room. */
	if ((count & (count - 1)) == 0) {
		size_t cap = count == 0 ? 1 : count * 2;
		struct expr *p = realloc(*items, cap * sizeof(*p));

		if (p == NULL)
			return NULL;
		*items = p;
	}
	return &(*items)[count];
}

static int
resolve(struct expr *e, bool ipv6, struct errbuf *eb)
{
	struct addrinfo hints = { .ai_family = ipv6 ? AF_INET6 : AF_INET,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *info;
	struct addr a;
	int rc = getaddrinfo(e->text, NULL, &hints, &info);

	if (rc != 0)
		return err_set(eb, ES_E(NOTFOUND),
		    "failed to resolve \"%s\": %s", e->text, gai_strerror(rc));
	a = addr_from_sockaddr(info->ai_addr, NULL);
	freeaddrinfo(info);
	return expr_bind(e, &a, eb);
}

static int
parse(const char *s, bool ipv6, struct expr *e, struct errbuf *eb)
{
	int rc = expr_parse(s, ipv6, e, eb);

	return rc == 0 && e->kind == EXPR_NAME ? resolve(e, ipv6, eb) : rc;
}

int
targetlist_add(struct targetlist *t, const char *expression)
{
	struct expr *e = grow(&t->items, t->count);
	struct errbuf eb = { "" };

	if (e == NULL)
		return ES_E(NOMEM);
	if (parse(expression, t->ipv6, e, &eb) == 0)
		t->count++;
	else if (t->bad != NULL)
		t->bad(t->arg, expression, eb.text);
	return 0;
}

static int
add_line(struct targetlist *t, char *line)
{
	char *save = NULL;
	int rc = 0;

	line[strcspn(line, "#")] = '\0';
	for (char *word = strtok_r(line, SEPARATORS, &save);
	     word != NULL && rc == 0; word = strtok_r(NULL, SEPARATORS, &save))
		rc = targetlist_add(t, word);
	return rc;
}

int
targetlist_add_file(struct targetlist *t, const char *path, struct errbuf *eb)
{
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "re");
	char *line = NULL;
	size_t cap = 0;
	int rc = 0;

	if (f == NULL)
		return err_sys(eb, "cannot read the target list %s", path);
	while (rc == 0 && getline(&line, &cap, f) >= 0)
		rc = add_line(t, line);
	if (rc == 0 && ferror(f) != 0)
		rc = err_sys(eb, "cannot read the target list %s", path);
	free(line);
	if (!in)
		fclose(f);
	return rc;
}

int
targetlist_exclude(struct targetlist *t, const char *list, struct errbuf *eb)
{
	char *copy = strdup(list), *save = NULL;
	int rc = copy == NULL ? ES_E(NOMEM) : 0;

	for (char *word = copy == NULL ? NULL : strtok_r(copy, ",", &save);
	     word != NULL && rc == 0; word = strtok_r(NULL, ",", &save)) {
		struct expr *e = grow(&t->excludes, t->nexcludes);

		rc = e == NULL ? ES_E(NOMEM) : parse(word, t->ipv6, e, eb);
		if (rc == 0)
			t->nexcludes++;
	}
	free(copy);
	return rc;
}

static bool
excluded(const struct targetlist *t, const struct addr *a)
{
	for (size_t i = 0; i < t->nexcludes; i++)
		if (expr_has(&t->excludes[i], a))
			return true;
	return false;
}

bool
targetlist_next(struct targetlist *t, struct addr *out, const char **name)
{
	for (; t->at < t->count; t->at++) {
		struct expr *e = &t->items[t->at];

		while (expr_next(e, out)) {
			if (excluded(t, out))
				continue;
			*name = e->named ? e->text : NULL;
			return true;
		}
	}
	return false;
}

static int
cover_all(const struct expr *items, size_t count, struct cidrset *set,
    struct errbuf *eb)
{
	for (size_t i = 0; i < count; i++) {
		int rc = expr_cover(&items[i], set, COVER_MAX);

		if (rc != 0)
			return err_set(eb, rc,
			    "\"%s\" takes more than %u prefixes: give it in "
			    "parts",
			    items[i].text, COVER_MAX);
	}
	return 0;
}

int
targetlist_scope(
    const struct targetlist *t, struct scope *scope, struct errbuf *eb)
{
	int rc = cover_all(t->items, t->count, &scope->allow, eb);

	return rc != 0
		   ? rc
		   : cover_all(t->excludes, t->nexcludes, &scope->exclude, eb);
}

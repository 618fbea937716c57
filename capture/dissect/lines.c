/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of text protocols; see lines.h.
 */
#include "capture/dissect/lines.h"

#include <ctype.h>
#include <string.h>

#define LINE_MAX_OCTETS 4096

bool
lines_next(struct dissect_ctx *ctx, struct cursor *cur, struct cursor *line)
{
	if (cur_line(cur, ctx->end, line))
		return true;
	if (cur_left(cur) > 0 && cur_left(cur) <= LINE_MAX_OCTETS)
		dissect_keep(ctx, cur);
	return false;
}

unsigned
lines_reply(const struct cursor *line, bool *last)
{
	unsigned code = 0;
	int sep = cur_peek(line, 3);

	for (size_t i = 0; i < 3; i++) {
		int c = cur_peek(line, i);

		if (c < '0' || c > '9')
			return 0;
		code = code * 10 + (unsigned)(c - '0');
	}
	if (sep != ' ' && sep != '-' && sep != -1)
		return 0;
	if (last != NULL)
		*last = sep != '-';
	return code;
}

bool
lines_verb(const struct cursor *line, const char *verb, struct cursor *rest)
{
	size_t n = strlen(verb);
	int sep = cur_peek(line, n);

	if (cur_left(line) < n ||
	    strncasecmp((const char *)line->at, verb, n) != 0 ||
	    (sep != ' ' && sep != -1))
		return false;
	if (rest != NULL) {
		*rest = *line;
		cur_skip(rest, sep == ' ' ? n + 1 : n);
	}
	return true;
}

bool
lines_header(const struct cursor *line, const char *name, struct cursor *value)
{
	size_t n = strlen(name);

	if (cur_left(line) <= n ||
	    strncasecmp((const char *)line->at, name, n) != 0 ||
	    cur_peek(line, n) != ':')
		return false;
	*value = *line;
	cur_skip(value, n + 1);
	while (cur_peek(value, 0) == ' ' || cur_peek(value, 0) == '\t')
		cur_skip(value, 1);
	return cur_left(value) > 0;
}

bool
lines_has(const struct cursor *line, const char *word)
{
	size_t n = strlen(word), left = cur_left(line);

	for (size_t i = 0; i + n <= left; i++) {
		if (tolower(line->at[i]) == word[0] &&
		    strncasecmp((const char *)line->at + i, word, n) == 0)
			return true;
	}
	return false;
}

bool
lines_may_begin(const struct cursor *cur, const char *word)
{
	size_t n = strlen(word);

	if (cur_left(cur) < n)
		n = cur_left(cur);
	return cur_starts(cur, word, n);
}

struct cursor
lines_first(struct cursor cur)
{
	struct cursor line = cur_new(NULL, 0);

	(void)cur_line(&cur, true, &line);
	return line;
}

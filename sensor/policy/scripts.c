/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guarding a script expression; see scripts.h. The grammar is that of Nmap's --script: items separated by commas,
 * each a boolean expression over categories, names and patterns (nse-core §2).
 */
#include "sensor/policy/scripts.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "sensor/base/attrs.h"

static const char *const guarded[] = { "dos", "exploit", "brute", "fuzzer",
	"external" };

/* Words that are no script's name. */
static const char *const known[] = { "all", "auth", "broadcast", "brute",
	"default", "discovery", "dos", "exploit", "external", "fuzzer",
	"intrusive", "malware", "safe", "version", "vuln", "and", "or", "not",
	"true", "false" };

static bool
is_word_char(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' ||
	       c == '/' || c == '*' || c == '?' || c == '[' || c == ']' ||
	       c == '+';
}

/* Is @p word a word of @p text? */
static bool
mentions(const char *text, const char *word)
{
	size_t n = strlen(word);

	while (text[0] != '\0') {
		size_t len = 0;

		while (is_word_char(text[len]))
			len++;
		if (len == n && strncasecmp(text, word, n) == 0)
			return true;
		text += len == 0 ? 1 : len;
	}
	return false;
}

/* One item that is a script's name in full. */
static bool
is_name(const char *item, size_t len)
{
	size_t i;

	if (len == 0)
		return false;
	for (i = 0; i < len; i++) {
		if (!is_word_char(item[i]) || strchr("*?[", item[i]) != NULL)
			return false;
	}
	for (i = 0; i < ES_ARRAY_LEN(known); i++) {
		if (strlen(known[i]) == len &&
		    strncasecmp(item, known[i], len) == 0)
			return false;
	}
	return true;
}

/* The next item of @p *at, without the blanks around it; commas inside parentheses do not end it. */
static bool
next_item(const char **at, const char **item, size_t *len)
{
	const char *s = *at;
	int depth = 0;

	while (s[0] == ',' || isspace((unsigned char)s[0]))
		s++;
	*item = s;
	for (; s[0] != '\0' && (depth > 0 || s[0] != ','); s++)
		depth += s[0] == '(' ? 1 : s[0] == ')' ? -1 : 0;
	*at = s;
	*len = (size_t)(s - *item);
	while (*len > 0 && isspace((unsigned char)(*item)[*len - 1]))
		(*len)--;
	return *len > 0;
}

/* Append the items that are (not) names, joined by "or". Returns how many. */
static unsigned
add_items(
    const char *expression, bool names, const char *before, struct buf *out)
{
	const char *at = expression, *item;
	unsigned count = 0;
	size_t len;

	while (next_item(&at, &item, &len)) {
		if (is_name(item, len) != names)
			continue;
		buf_str(out, count == 0 ? before : " or ");
		buf_put(out, item, len);
		count++;
	}
	return count;
}

void
scripts_guard(const char *expression, struct buf *out)
{
	const char *sep = " and not (";
	unsigned patterns = add_items(expression, false, "(", out);
	size_t i;

	if (patterns > 0) {
		buf_str(out, ")");
		for (i = 0; i < ES_ARRAY_LEN(guarded); i++) {
			if (mentions(expression, guarded[i]))
				continue;
			buf_printf(out, "%s%s", sep, guarded[i]);
			sep = " or ";
		}
		if (strcmp(sep, " or ") == 0)
			buf_str(out, ")");
	}
	add_items(expression, true, patterns > 0 ? " or " : "", out);
}

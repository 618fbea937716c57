/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Escaping for reports; see escape.h. XML output is pure ASCII, so it is well-formed whatever the octets were.
 */
#include "engine/scan/escape.h"

#include <stdbool.h>
#include <string.h>

static bool
printable(unsigned char c)
{
	return c >= 0x20 && c <= 0x7e;
}

void
escape_text(struct buf *out, const void *text, size_t len)
{
	const unsigned char *p = text;

	for (size_t i = 0; i < len; i++) {
		if (printable(p[i]) || p[i] == '\t' || p[i] == '\n')
			buf_u8(out, p[i]);
		else
			buf_printf(out, "\\x%02X", p[i]);
	}
}

/* Entity of a character that has one, else NULL. */
static const char *
entity(unsigned char c, unsigned char before)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\t':
		return "&#x9;";
	case '\n':
		return "&#xa;";
	case '\r':
		return "&#xd;";
	case '-': /* "--" would end a comment */
		return before == '-' ? "&#45;" : NULL;
	default:
		return NULL;
	}
}

void
escape_xml(struct buf *out, const void *text, size_t len)
{
	const unsigned char *p = text;

	for (size_t i = 0; i < len; i++) {
		const char *e = entity(p[i], i > 0 ? p[i - 1] : 0);

		if (e != NULL)
			buf_str(out, e);
		else if (printable(p[i]))
			buf_u8(out, p[i]);
		else
			buf_printf(out, "\\x%02X", p[i]);
	}
}

void
escape_xml_str(struct buf *out, const char *text)
{
	escape_xml(out, text, strlen(text));
}

void
escape_script(struct buf *out, const char *id, const void *text, size_t len)
{
	const char *p = text, *end = p + len;
	bool first = true;

	if (len > 1 && end[-1] == '\n')
		end--; /* a trailing newline is not a line */
	while (len > 0 && p <= end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		bool last = eol == NULL || (len == 1 && *p == '\n');

		eol = eol == NULL ? end : eol;
		buf_str(out, last ? "|_" : "| ");
		if (first)
			buf_printf(out, "%s: ", id);
		escape_text(out, p, (size_t)(eol - p));
		buf_u8(out, '\n');
		if (last)
			return;
		first = false;
		p = eol + 1;
	}
}

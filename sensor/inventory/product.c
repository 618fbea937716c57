/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Product and version out of a banner; see product.h. RFC 4253 §4.2 (SSH), RFC 9110 §10.2.4 (Server), RFC 5321 §4.2
 * and RFC 959 §4.2 (greetings: free text, so only words that stand where products stand are taken).
 */
#include "sensor/inventory/product.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sensor/base/attrs.h"

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* The part of @p t before the first octet of @p stops; @p t moves behind that octet. */
static struct text
cut(struct text *t, const char *stops)
{
	struct text part = { t->p, 0 };

	while (part.len < t->len && strchr(stops, t->p[part.len]) == NULL)
		part.len++;
	t->p += part.len;
	t->len = (uint16_t)(t->len - part.len);
	return part;
}

static void
skip(struct text *t, size_t n)
{
	n = n < t->len ? n : t->len;
	t->p += n;
	t->len = (uint16_t)(t->len - n);
}

static struct text
first_line(struct text t)
{
	return cut(&t, "\r\n");
}

static void
trim(struct text *t)
{
	while (t->len > 0 && t->p[0] == ' ')
		skip(t, 1);
	while (t->len > 0 && t->p[t->len - 1] == ' ')
		t->len--;
}

/* "name/version rest" */
static bool
parse_token(struct text t, struct product *out)
{
	struct text name;

	trim(&t);
	name = cut(&t, "/ (");
	if (name.len == 0)
		return false;
	out->name = name;
	if (t.len > 0 && t.p[0] == '/') {
		skip(&t, 1);
		out->version = cut(&t, " (;,");
	}
	trim(&t);
	out->extra = t;
	return true;
}

static bool
parse_ssh(struct text t, struct product *out)
{
	struct text software;
	uint16_t i;

	if (t.len < 8 || memcmp(t.p, "SSH-", 4) != 0)
		return false;
	skip(&t, 4);
	(void)cut(&t, "-");
	skip(&t, 1);
	software = cut(&t, " ");
	trim(&t);
	out->extra = t;
	/* The version begins at the first '_' or '-' that a digit follows. */
	for (i = 1; i + 1 < software.len; i++) {
		if ((software.p[i] == '_' || software.p[i] == '-') &&
		    is_digit(software.p[i + 1])) {
			out->name = (struct text){ software.p, i };
			out->version = (struct text){ software.p + i + 1,
				(uint16_t)(software.len - i - 1) };
			return true;
		}
	}
	out->name = software;
	return software.len > 0;
}

/* Software that greets by its name; the word as it greets, the name as the world calls it. */
struct greeter {
	const char *word;
	const char *name;
};

static const struct greeter greeters[] = {
	{ "Postfix", "Postfix" },
	{ "Exim", "Exim" },
	{ "Sendmail", "Sendmail" },
	{ "vsFTPd", "vsFTPd" },
	{ "ProFTPD", "ProFTPD" },
	{ "Pure-FTPd", "Pure-FTPd" },
	{ "FileZilla", "FileZilla" },
	{ "Dovecot", "Dovecot" },
	{ "Cyrus", "Cyrus" },
	{ "Courier", "Courier" },
};

static const uint8_t *
find_word(struct text t, const char *word)
{
	size_t n = strlen(word), i;

	for (i = 0; i + n <= t.len; i++) {
		if (strncasecmp((const char *)t.p + i, word, n) == 0)
			return t.p + i;
	}
	return NULL;
}

/* "220 mail ESMTP Exim 4.96 ..." or "220 (vsFTPd 3.0.3)": a known word, and a version if one follows. */
static bool
parse_greeting(struct text t, struct product *out)
{
	size_t i;

	for (i = 0; i < sizeof(greeters) / sizeof(greeters[0]); i++) {
		const uint8_t *at = find_word(t, greeters[i].word);
		size_t n = strlen(greeters[i].word);
		struct text rest;

		if (at == NULL)
			continue;
		out->name = text_str(greeters[i].name);
		rest = (struct text){ at, (uint16_t)(t.p + t.len - at) };
		skip(&rest, n);
		while (rest.len > 0 && strchr(" /-v", rest.p[0]) != NULL)
			skip(&rest, 1);
		if (rest.len > 0 && is_digit(rest.p[0]))
			out->version = cut(&rest, " )]};,");
		return true;
	}
	return false;
}

bool
product_parse(const char *what, struct text banner, struct product *out)
{
	struct text line = first_line(banner);

	*out = (struct product){ .name.len = 0 };
	if (strcmp(what, "ssh") == 0)
		return parse_ssh(line, out);
	if (strcmp(what, "http.server") == 0 || strcmp(what, "sip.server") == 0)
		return parse_token(line, out);
	return parse_greeting(line, out);
}

/* ---- CPE names ---- */

struct known_product {
	const char *word;
	const char *cpe;
};

static const struct known_product known[] = {
#define PRODUCT(word, cpe) { word, cpe },
#include "sensor/inventory/products.def"
#undef PRODUCT
};

/* Only what stands in a CPE name without being quoted; a version is the peer's word. */
static bool
is_plain(struct text t)
{
	uint16_t i;

	for (i = 0; i < t.len; i++) {
		uint8_t c = t.p[i];

		if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '.' &&
		    c != '-' && c != '_')
			return false;
	}
	return t.len > 0 && t.len < 32;
}

bool
product_cpe(const struct product *p, char *out, size_t size)
{
	size_t i;

	out[0] = '\0';
	for (i = 0; i < ES_ARRAY_LEN(known); i++) {
		if (!text_eq(p->name, text_str(known[i].word)))
			continue;
		if (is_plain(p->version))
			snprintf(out, size, "cpe:/a:%s:%.*s", known[i].cpe,
			    (int)p->version.len, (const char *)p->version.p);
		else
			snprintf(out, size, "cpe:/a:%s", known[i].cpe);
		return true;
	}
	return false;
}

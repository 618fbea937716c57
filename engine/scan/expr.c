/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Target expressions: see expr.h. An IPv4 prefix is turned into its product of
 * octet sets at once, so iteration, membership and covering have one form to
 * deal with.
 */
#include "engine/scan/expr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"

#define NO_PREFIX 255

static bool
set_has(const struct octet_set *set, unsigned v)
{
	return (set->bits[v >> 6] >> (v & 63) & 1) != 0;
}

static void
set_add(struct octet_set *set, unsigned first, unsigned last)
{
	for (unsigned v = first; v <= last; v++)
		set->bits[v >> 6] |= UINT64_C(1) << (v & 63);
}

/* The smallest member >= from, or 256. */
static unsigned
set_from(const struct octet_set *set, unsigned from)
{
	while (from < 256 && !set_has(set, from))
		from++;
	return from;
}

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number 0-255 at *s; 256 when it is none or too large. */
static unsigned
take_octet(const char **s)
{
	unsigned v = 0;
	size_t n = 0;

	for (; digit(**s) && n < 4; n++)
		v = v * 10 + (unsigned)(*(*s)++ - '0');
	return n == 0 || n > 3 || v > 255 ? 256 : v;
}

/* "*", "7", "1-9", "-9", "1-", "-" and lists of them, up to a dot or the end.
 */
static bool
parse_octet(const char **s, struct octet_set *set)
{
	for (;;) {
		unsigned first = 0, last = 255;

		if (**s == '*') {
			(*s)++;
		} else {
			if (**s != '-') {
				first = last = take_octet(s);
			}
			if (first < 256 && **s == '-') {
				(*s)++;
				last = digit(**s) ? take_octet(s) : 255;
			}
		}
		if (first > 255 || last > 255 || first > last)
			return false;
		set_add(set, first, last);
		if (**s != ',')
			return true;
		(*s)++;
	}
}

/* True when s can only be meant as octets: a name never consists of these
 * characters alone. */
static bool
looks_numeric(const char *s)
{
	return strspn(s, "0123456789.,-*") == strlen(s) &&
	       strchr(s, '.') != NULL;
}

static bool
parse_octets(const char *s, struct octet_set octets[static 4])
{
	for (int i = 0; i < 4; i++) {
		if (!parse_octet(&s, &octets[i]))
			return false;
		if (i < 3 && *s++ != '.')
			return false;
	}
	return *s == '\0';
}

static unsigned
octet_mask(unsigned prefix, unsigned i)
{
	unsigned bits = prefix <= i * 8 ? 0 : prefix - i * 8;

	return bits >= 8 ? 0xff : 0xff00U >> bits & 0xff;
}

/* Widen each octet set by the host bits of the prefix. */
static void
widen(struct expr *e, unsigned prefix)
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned mask = octet_mask(prefix, i);
		struct octet_set wide = { 0 };

		for (unsigned v = set_from(&e->octets[i], 0); v < 256;
		     v = set_from(&e->octets[i], v + 1))
			set_add(&wide, v & mask, (v & mask) | (~mask & 0xff));
		e->octets[i] = wide;
	}
}

static void
rewind_octets(struct expr *e)
{
	e->next = (struct addr){ .family = 4 };
	for (int i = 0; i < 4; i++)
		e->next.b[i] = (uint8_t)set_from(&e->octets[i], 0);
}

static int
set_address(struct expr *e, const struct addr *a, unsigned prefix)
{
	char text[ADDR_TEXT];
	char cidr[CIDR_TEXT + 8];

	if (prefix != NO_PREFIX && prefix > addr_len(a) * 8)
		return ES_E(RANGE);
	if (a->family == 4) {
		e->kind = EXPR_OCTETS;
		memset(e->octets, 0, sizeof(e->octets));
		for (int i = 0; i < 4; i++)
			set_add(&e->octets[i], a->b[i], a->b[i]);
		if (prefix != NO_PREFIX)
			widen(e, prefix);
		rewind_octets(e);
		return 0;
	}
	e->kind = EXPR_PREFIX;
	snprintf(cidr, sizeof(cidr), "%s/%u", addr_fmt(a, text),
	    prefix == NO_PREFIX ? 128 : prefix);
	if (cidr_parse(cidr, &e->net) != 0)
		return ES_E(RANGE);
	e->next = e->net.base;
	return 0;
}

/* Cut "/NN" off the end of text. False when what follows the slash is no number
 * up to 128. */
static bool
take_prefix(char *text, unsigned *prefix)
{
	char *slash = strrchr(text, '/');
	unsigned v = 0;

	*prefix = NO_PREFIX;
	if (slash == NULL)
		return true;
	size_t n = strlen(slash + 1);
	if (n == 0 || n > 3 || strspn(slash + 1, "0123456789") != n)
		return false;
	for (const char *p = slash + 1; *p != '\0'; p++)
		v = v * 10 + (unsigned)(*p - '0');
	*slash = '\0';
	*prefix = v;
	return v <= 128;
}

static bool
valid_name(const char *s)
{
	/* An underscore is no host name, but resolvers take it, and so do
	 * people. */
	return *s != '\0' && strlen(s) <= 253 && *s != '-' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-._") == strlen(s);
}

static int
parse_body(struct expr *e, unsigned prefix, bool ipv6, struct errbuf *eb)
{
	struct addr a;

	if (addr_parse(e->text, &a) == 0) {
		if ((a.family == 6) != ipv6)
			return err_set(eb, ES_E(FORMAT),
			    "%s is an IPv%d address: %s -6", e->text, a.family,
			    ipv6 ? "scan it without" : "scan it with");
		if (set_address(e, &a, prefix) != 0)
			return err_set(eb, ES_E(RANGE),
			    "prefix /%u of %s is too long", prefix, e->text);
		return 0;
	}
	if (looks_numeric(e->text)) {
		e->kind = EXPR_OCTETS;
		if (ipv6 || !parse_octets(e->text, e->octets))
			return err_set(eb, ES_E(FORMAT),
			    "\"%s\" is no IPv4 address or range", e->text);
		if (prefix != NO_PREFIX && prefix > 32)
			return err_set(eb, ES_E(RANGE),
			    "prefix /%u of %s is too long", prefix, e->text);
		if (prefix != NO_PREFIX)
			widen(e, prefix);
		rewind_octets(e);
		return 0;
	}
	if (!valid_name(e->text))
		return err_set(eb, ES_E(FORMAT),
		    "\"%.200s\" is neither an address nor a host name",
		    e->text);
	e->kind = EXPR_NAME;
	e->named = true;
	e->prefix = (uint8_t)prefix;
	return 0;
}

int
expr_parse(const char *s, bool ipv6, struct expr *out, struct errbuf *eb)
{
	unsigned prefix;

	*out = (struct expr){ .prefix = NO_PREFIX };
	if (!str_copy(out->text, sizeof(out->text), s))
		return err_set(eb, ES_E(RANGE),
		    "target expression is too long (%d characters at most)",
		    EXPR_TEXT - 1);
	if (!take_prefix(out->text, &prefix))
		return err_set(eb, ES_E(FORMAT),
		    "\"%.200s\": what follows '/' is no prefix length", s);
	return parse_body(out, prefix, ipv6, eb);
}

int
expr_bind(struct expr *e, const struct addr *a, struct errbuf *eb)
{
	if (set_address(e, a, e->prefix) != 0)
		return err_set(eb, ES_E(RANGE), "prefix /%u of %s is too long",
		    (unsigned)e->prefix, e->text);
	return 0;
}

static void
advance_octets(struct expr *e)
{
	for (int i = 3; i >= 0; i--) {
		unsigned v = set_from(&e->octets[i], e->next.b[i] + 1U);

		if (v < 256) {
			e->next.b[i] = (uint8_t)v;
			return;
		}
		e->next.b[i] = (uint8_t)set_from(&e->octets[i], 0);
	}
	e->next = (struct addr){ 0 };
}

static void
advance_prefix(struct expr *e)
{
	int i = 15;

	while (i >= 0 && ++e->next.b[i] == 0)
		i--;
	if (i < 0 || !cidr_has(&e->net, &e->next))
		e->next = (struct addr){ 0 };
}

bool
expr_next(struct expr *e, struct addr *out)
{
	if (!addr_is_set(&e->next))
		return false;
	*out = e->next;
	if (e->kind == EXPR_OCTETS)
		advance_octets(e);
	else
		advance_prefix(e);
	return true;
}

bool
expr_has(const struct expr *e, const struct addr *a)
{
	switch (e->kind) {
	case EXPR_NAME:
		return false;
	case EXPR_PREFIX:
		return cidr_has(&e->net, a);
	case EXPR_OCTETS:
		break;
	}
	for (int i = 0; i < 4; i++)
		if (a->family != 4 || !set_has(&e->octets[i], a->b[i]))
			return false;
	return true;
}

static bool
set_full(const struct octet_set *set)
{
	return (set->bits[0] & set->bits[1] & set->bits[2] & set->bits[3]) ==
	       UINT64_MAX;
}

/* The longest aligned block of members that starts at v, as its size. */
static unsigned
block_at(const struct octet_set *set, unsigned v)
{
	unsigned size = 1;

	while (size < 256 && v % (size * 2) == 0) {
		for (unsigned i = v + size; i < v + size * 2; i++)
			if (!set_has(set, i))
				return size;
		size *= 2;
	}
	return size;
}

struct cover {
	const struct expr *expr;
	struct cidrset *set;
	size_t left;
	unsigned tail; /* octets from here on are full */
};

static int
cover_octets(struct cover *c, struct addr base, unsigned i)
{
	const struct octet_set *set = &c->expr->octets[i];
	bool last = i + 1 >= c->tail;

	for (unsigned v = set_from(set, 0); v < 256;) {
		unsigned size = last ? block_at(set, v) : 1;
		int rc;

		base.b[i] = (uint8_t)v;
		if (last) {
			struct cidr block = { .base = base,
				.len = (uint8_t)((i + 1) * 8) };

			for (unsigned s = size; s > 1; s /= 2)
				block.len--;
			if (c->left-- == 0)
				return ES_E(FULL);
			rc = cidrset_add(c->set, &block);
		} else {
			rc = cover_octets(c, base, i + 1);
		}
		if (rc != 0)
			return rc;
		v = v + size < 256 ? set_from(set, v + size) : 256;
	}
	return 0;
}

int
expr_cover(const struct expr *e, struct cidrset *set, size_t max)
{
	struct cover c = { .expr = e, .set = set, .left = max, .tail = 4 };

	if (e->kind == EXPR_NAME)
		return 0;
	if (max == 0)
		return ES_E(FULL);
	if (e->kind == EXPR_PREFIX)
		return cidrset_add(set, &e->net);
	while (c.tail > 0 && set_full(&e->octets[c.tail - 1]))
		c.tail--;
	if (c.tail == 0)
		return cidrset_add(
		    set, &(struct cidr){ .base = { .family = 4 }, .len = 0 });
	return cover_octets(&c, (struct addr){ .family = 4 }, 0);
}

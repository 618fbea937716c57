/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of ports; see portspec.h. As in Nmap, a prefix holds until the next
 * one.
 */
#include "sensor/model/portspec.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define RANGES_MAX 4096
#define PORT_MAX 65535UL

struct transport {
	char letter;
	unsigned bit;
	uint8_t proto;
};

static const struct transport transports[] = {
	{ 'T', PORTSPEC_TCP, IPPROTO_TCP },
	{ 'U', PORTSPEC_UDP, IPPROTO_UDP },
	{ 'S', PORTSPEC_SCTP, IPPROTO_SCTP },
};

static int
add(struct portspec *out, uint16_t first, uint16_t last, uint8_t proto)
{
	struct port_range *ranges;

	if (out->count == RANGES_MAX)
		return ES_E(RANGE);
	/* Doubles at every power of two; below that there is room. */
	if ((out->count & (out->count - 1)) == 0) {
		size_t cap = out->count == 0 ? 1 : out->count * 2;

		ranges = realloc(out->ranges, cap * sizeof(*ranges));
		if (ranges == NULL)
			return ES_E(NOMEM);
		out->ranges = ranges;
	}
	out->ranges[out->count++] =
	    (struct port_range){ .first = first, .last = last, .proto = proto };
	return 0;
}

static int
add_each(struct portspec *out, unsigned long first, unsigned long last,
    unsigned bits)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < ES_ARRAY_LEN(transports) && rc == 0; i++)
		if (bits & transports[i].bit)
			rc = add(out, (uint16_t)first, (uint16_t)last,
			    transports[i].proto);
	return rc;
}

/* Digits at *s, or the default when there are none. Returns false past 65535.
 */
static bool
take_port(const char **s, unsigned long otherwise, unsigned long *out)
{
	unsigned long v = 0;

	if (**s < '0' || **s > '9') {
		*out = otherwise;
		return true;
	}
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		v = v * 10 + (unsigned long)(**s - '0');
		if (v > PORT_MAX)
			return false;
	}
	*out = v;
	return true;
}

/* One of: "80", "8000-8100", "-1024", "60000-", "-". */
static int
parse_range(const char **s, unsigned bits, struct portspec *out)
{
	unsigned long first, last;

	if (**s != '-' && (**s < '0' || **s > '9'))
		return ES_E(FORMAT);
	if (!take_port(s, 1, &first))
		return ES_E(FORMAT);
	last = first;
	if (**s == '-') {
		(*s)++;
		if (!take_port(s, PORT_MAX, &last))
			return ES_E(FORMAT);
	}
	if (last < first)
		return ES_E(FORMAT);
	return add_each(out, first, last, bits);
}

static void
take_prefix(const char **s, unsigned *bits)
{
	size_t i;

	if (**s == '\0' || (*s)[1] != ':')
		return;
	for (i = 0; i < ES_ARRAY_LEN(transports); i++)
		if (**s == transports[i].letter) {
			*bits = transports[i].bit;
			*s += 2;
			return;
		}
}

static int
parse_list(
    const char *s, unsigned bits, struct portspec *out, struct errbuf *eb)
{
	for (;;) {
		const char *item = s + strspn(s, " ");
		int rc;

		s = item;
		take_prefix(&s, &bits);
		rc = parse_range(&s, bits, out);
		s += strspn(s, " ");
		if (rc == 0 && *s != ',' && *s != '\0')
			rc = ES_E(FORMAT);
		if (rc == ES_E(FORMAT))
			return err_set(eb, rc,
			    "'%.*s' is not a port, a range (1-1024) or a list "
			    "with T: or U:",
			    (int)strcspn(item, ","), item);
		if (rc == ES_E(RANGE))
			return err_set(
			    eb, rc, "more than %d port ranges", RANGES_MAX);
		if (rc < 0 || *s == '\0')
			return rc;
		s++;
	}
}

int
portspec_parse(
    const char *s, unsigned defaults, struct portspec *out, struct errbuf *eb)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = parse_list(s, defaults, out, eb);
	if (rc < 0)
		portspec_fini(out);
	return rc;
}

void
portspec_fini(struct portspec *spec)
{
	free(spec->ranges);
	memset(spec, 0, sizeof(*spec));
}

bool
portspec_has(const struct portspec *spec, unsigned proto, uint16_t port)
{
	size_t i;

	for (i = 0; i < spec->count; i++)
		if (spec->ranges[i].proto == proto &&
		    spec->ranges[i].first <= port &&
		    port <= spec->ranges[i].last)
			return true;
	return false;
}

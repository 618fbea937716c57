/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of contact and their codec; see scope.h and DESIGN §9. scope_check
 * is the one decision that every contact passes, so it is pure and small enough
 * to be read as a list: halted, special addresses, deny, allow, port.
 */
#include "sensor/model/scope.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"
#include "sensor/model/wire.h"

#define CIDRS_MAX 8192
#define RANGES_MAX 4096

void
scope_init(struct scope *s)
{
	memset(s, 0, sizeof(*s));
	cidrset_init(&s->allow);
	cidrset_init(&s->exclude);
}

void
scope_fini(struct scope *s)
{
	cidrset_fini(&s->allow);
	cidrset_fini(&s->exclude);
	portspec_fini(&s->no_ports);
	memset(s, 0, sizeof(*s));
}

enum scope_verdict
scope_check(const struct scope *s, const struct addr *dst, unsigned proto,
    uint16_t port)
{
	bool many = addr_is_multicast(dst) || addr_is_limited_broadcast(dst);

	if (s->halted)
		return SCOPE_HALTED;
	if (!addr_is_unicast(dst) && !(many && s->allow_broadcast))
		return SCOPE_SPECIAL;
	if (cidrset_find(&s->exclude, dst) != NULL)
		return SCOPE_EXCLUDED;
	if (!many && cidrset_find(&s->allow, dst) == NULL)
		return SCOPE_OUTSIDE;
	if (port != 0 && portspec_has(&s->no_ports, proto, port))
		return SCOPE_PORT;
	return SCOPE_ALLOWED;
}

const char *
scope_verdict_text(enum scope_verdict v)
{
	switch (v) {
	case SCOPE_ALLOWED:
		return "allowed";
	case SCOPE_HALTED:
		return "halted";
	case SCOPE_OUTSIDE:
		return "out-of-scope";
	case SCOPE_EXCLUDED:
		return "excluded";
	case SCOPE_PORT:
		return "port";
	case SCOPE_SPECIAL:
		return "special";
	}
	return "unknown";
}

static void
put_cidrs(struct buf *out, const struct cidrset *set)
{
	size_t i;

	/* A scope that does not fit must not become another scope. */
	if (set->count > CIDRS_MAX) {
		out->bad = true;
		return;
	}
	buf_be32(out, (uint32_t)set->count);
	for (i = 0; i < set->count; i++) {
		wire_put_addr(out, &set->items[i].base);
		buf_u8(out, set->items[i].len);
	}
}

static int
take_cidrs(struct cursor *in, struct cidrset *set)
{
	uint32_t count = cur_be32(in), i;
	int rc = 0;

	if (count > CIDRS_MAX)
		in->bad = true;
	for (i = 0; i < count && rc == 0 && !cur_bad(in); i++) {
		struct cidr c = { .base = wire_addr(in) };

		c.len = cur_u8(in);
		if (!addr_is_set(&c.base) || c.len > addr_len(&c.base) * 8)
			in->bad = true;
		else
			rc = cidrset_add(set, &c);
	}
	return rc;
}

static void
put_ports(struct buf *out, const struct portspec *spec)
{
	size_t i;

	if (spec->count > RANGES_MAX) {
		out->bad = true;
		return;
	}
	buf_be32(out, (uint32_t)spec->count);
	for (i = 0; i < spec->count; i++) {
		buf_be16(out, spec->ranges[i].first);
		buf_be16(out, spec->ranges[i].last);
		buf_u8(out, spec->ranges[i].proto);
	}
}

static int
take_ports(struct cursor *in, struct portspec *spec)
{
	uint32_t count = cur_be32(in);

	if (count > RANGES_MAX)
		in->bad = true;
	if (cur_bad(in) || count == 0)
		return 0;
	spec->ranges = calloc(count, sizeof(*spec->ranges));
	if (spec->ranges == NULL)
		return ES_E(NOMEM);
	while (spec->count < count) {
		struct port_range *r = &spec->ranges[spec->count++];

		r->first = cur_be16(in);
		r->last = cur_be16(in);
		r->proto = cur_u8(in);
		if (r->last < r->first)
			in->bad = true;
	}
	return 0;
}

void
scope_pack(struct buf *out, const struct scope *s)
{
	buf_be64(out, s->version);
	buf_u8(out, s->halted);
	buf_u8(out, s->allow_broadcast);
	buf_u8(out, s->raw);
	buf_be32(out, s->rate_total);
	buf_be32(out, s->rate_host);
	buf_be32(out, s->rate_net);
	buf_be32(out, s->conns_host);
	put_cidrs(out, &s->allow);
	put_cidrs(out, &s->exclude);
	put_ports(out, &s->no_ports);
}

int
scope_unpack(struct cursor *in, struct scope *s)
{
	int rc;

	scope_init(s);
	s->version = cur_be64(in);
	s->halted = wire_bool(in);
	s->allow_broadcast = wire_bool(in);
	s->raw = wire_bool(in);
	s->rate_total = cur_be32(in);
	s->rate_host = cur_be32(in);
	s->rate_net = cur_be32(in);
	s->conns_host = cur_be32(in);
	rc = take_cidrs(in, &s->allow);
	if (rc == 0)
		rc = take_cidrs(in, &s->exclude);
	if (rc == 0)
		rc = take_ports(in, &s->no_ports);
	if (rc == 0 && (cur_bad(in) || cur_left(in) != 0))
		rc = ES_E(FORMAT);
	if (rc < 0) {
		scope_fini(s);
		scope_init(s);
	}
	return rc;
}

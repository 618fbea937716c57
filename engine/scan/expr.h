/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expr: one target expression as typed after `earshot scan`, and the addresses
 * it stands for.
 *
 * Forms: a name, an address, either with /PREFIX, and IPv4 octet ranges
 * ("10.0.0-255.1,3,7-9", "192.168.*.1"). An IPv4 expression is a product of
 * four sets of octet values, which also holds every prefix, so that a /8 costs
 * as little as one address. Names are resolved by the caller, who then calls
 * expr_bind.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/addr.h"
#include "sensor/model/cidrset.h"

/* Longest expression taken; longer ones are refused, as nmap.add_targets
 * promises. */
#define EXPR_TEXT 1024

enum expr_kind {
	EXPR_NAME,   /* not yet bound to an address */
	EXPR_OCTETS, /* IPv4 */
	EXPR_PREFIX  /* IPv6 */
};

struct octet_set {
	uint64_t bits[4];
};

struct expr {
	enum expr_kind kind;
	char text[EXPR_TEXT]; /* as typed, without the prefix for names */
	bool named;	      /* typed as a name: hosts get it as targetname */
	uint8_t prefix;	      /* of a name, until bound; 255 = none */
	struct octet_set octets[4];
	struct cidr net;  /* EXPR_PREFIX */
	struct addr next; /* what expr_next gives next; unset = finished */
};

/**
 * Parse @p s. Anything that is not an address, prefix or octet range is a name.
 * @p ipv6: the scan's family; an address of the other family is refused.
 * Returns 0, ES_E(FORMAT) or ES_E(RANGE), with the reason in @p eb.
 */
int expr_parse(const char *s, bool ipv6, struct expr *out,
    struct errbuf *eb) ES_MUST_CHECK;

/** Give a name its address; the expression then yields it, or its prefix.
 * Returns as expr_parse. */
int expr_bind(
    struct expr *e, const struct addr *a, struct errbuf *eb) ES_MUST_CHECK;

/** The next address in ascending order; false at the end or for an unbound
 * name. */
bool expr_next(struct expr *e, struct addr *out);

bool expr_has(const struct expr *e, const struct addr *a);

/** Add the smallest prefixes that cover exactly this expression. Returns 0,
 * ES_E(NOMEM), or ES_E(FULL) when that takes more than @p max prefixes. */
int expr_cover(
    const struct expr *e, struct cidrset *set, size_t max) ES_MUST_CHECK;

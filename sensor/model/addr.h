/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: IPv4/IPv6 and Ethernet, as values that can be copied, compared and hashed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"

struct sockaddr;
struct sockaddr_storage;

/* An IPv4 address has family 4 and uses b[0..3]; the rest is zero, so that memcmp and hashing work on the whole. */
struct addr {
	uint8_t b[16];
	uint8_t family; /* 4, 6; 0 = none */
	uint8_t pad[3];
};

struct mac {
	uint8_t b[6];
};

#define ADDR_TEXT 46
#define MAC_TEXT 18

static inline bool
addr_is_set(const struct addr *a)
{
	return a->family != 0;
}

bool addr_eq(const struct addr *a, const struct addr *b);

/** Order: IPv4 before IPv6, then numeric. */
int addr_cmp(const struct addr *a, const struct addr *b);
uint64_t addr_hash(const struct addr *a);

/** From @p len octets in network order: 4 or 16, else the unset address. ::ffff:0:0/96 becomes IPv4. */
struct addr addr_from_bytes(const void *bytes, size_t len);
static inline size_t
addr_len(const struct addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

/** Parse a literal (no scope, no port). Returns 0 or ES_E(FORMAT). */
int addr_parse(const char *s, struct addr *out) ES_MUST_CHECK;

/** RFC 5952 text in @p out; "-" when unset. Returns @p out. */
char *addr_fmt(const struct addr *a, char out[static ADDR_TEXT]);

/** To and from the socket API; @p port in host order. addr_to_sockaddr returns the length, 0 when unset. */
unsigned addr_to_sockaddr(
    const struct addr *a, uint16_t port, struct sockaddr_storage *out);
struct addr addr_from_sockaddr(const struct sockaddr *sa, uint16_t *port);

bool addr_is_unspecified(const struct addr *a);
bool addr_is_loopback(const struct addr *a);
bool addr_is_multicast(const struct addr *a);
bool addr_is_link_local(const struct addr *a);
/** 255.255.255.255. */
bool addr_is_limited_broadcast(const struct addr *a);
/** RFC 1918 and unique local (fc00::/7). */
bool addr_is_private(const struct addr *a);
/** True for what can be one host: not unspecified, multicast, broadcast, 0/8 or 240/4. */
bool addr_is_unicast(const struct addr *a);

bool mac_eq(const struct mac *a, const struct mac *b);
bool mac_is_zero(const struct mac *m);
bool mac_is_multicast(const struct mac *m); /* broadcast included */
bool mac_is_local(const struct mac *m);	    /* locally administered bit */
/** VRRP, HSRP, GLBP, CARP, MS-NLB: a role, never a device. */
bool mac_is_virtual(const struct mac *m);
char *mac_fmt(const struct mac *m, char out[static MAC_TEXT]);
int mac_parse(const char *s, struct mac *out) ES_MUST_CHECK;

/* A prefix: 10.0.0.0/8, fd00::/8, or one address. */
struct cidr {
	struct addr base; /* host bits zero */
	uint8_t len;
};

/** "addr" or "addr/len"; host bits are cleared. Returns 0 or ES_E(FORMAT). */
int cidr_parse(const char *s, struct cidr *out) ES_MUST_CHECK;
bool cidr_has(const struct cidr *c, const struct addr *a);
#define CIDR_TEXT (ADDR_TEXT + 4)
char *cidr_fmt(const struct cidr *c, char out[static CIDR_TEXT]);

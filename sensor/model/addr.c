/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses; see addr.h.
 */
#include "sensor/model/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sensor/base/err.h"
#include "sensor/base/hash.h"

bool
addr_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

int
addr_cmp(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->b, b->b, sizeof(a->b));
}

uint64_t
addr_hash(const struct addr *a)
{
	uint64_t lo, hi;

	memcpy(&lo, a->b, 8);
	memcpy(&hi, a->b + 8, 8);
	return hash_mix(lo ^ hash_seed(), hi + a->family);
}

struct addr
addr_from_bytes(const void *bytes, size_t len)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
		0xff };
	struct addr a = { .family = 0 };

	if (len == 16 && memcmp(bytes, mapped, sizeof(mapped)) == 0)
		return addr_from_bytes((const uint8_t *)bytes + 12, 4);
	if (len != 4 && len != 16)
		return a;
	memcpy(a.b, bytes, len);
	a.family = len == 4 ? 4 : 6;
	return a;
}

int
addr_parse(const char *s, struct addr *out)
{
	uint8_t bytes[16];

	if (inet_pton(AF_INET, s, bytes) == 1)
		*out = addr_from_bytes(bytes, 4);
	else if (inet_pton(AF_INET6, s, bytes) == 1)
		*out = addr_from_bytes(bytes, 16);
	else
		return ES_E(FORMAT);
	return 0;
}

char *
addr_fmt(const struct addr *a, char out[static ADDR_TEXT])
{
	int af = a->family == 4 ? AF_INET : AF_INET6;

	if (!addr_is_set(a) || inet_ntop(af, a->b, out, ADDR_TEXT) == NULL)
		snprintf(out, ADDR_TEXT, "-");
	return out;
}

unsigned
addr_to_sockaddr(
    const struct addr *a, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	memset(out, 0, sizeof(*out));
	if (a->family == 4) {
		in.sin_port = htons(port);
		memcpy(&in.sin_addr, a->b, 4);
		memcpy(out, &in, sizeof(in));
		return sizeof(in);
	}
	if (a->family == 6) {
		in6.sin6_port = htons(port);
		memcpy(&in6.sin6_addr, a->b, 16);
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

struct addr
addr_from_sockaddr(const struct sockaddr *sa, uint16_t *port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		if (port != NULL)
			*port = ntohs(in.sin_port);
		return addr_from_bytes(&in.sin_addr, 4);
	}
	if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		if (port != NULL)
			*port = ntohs(in6.sin6_port);
		return addr_from_bytes(&in6.sin6_addr, 16);
	}
	return (struct addr){ .family = 0 };
}

bool
addr_is_unspecified(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->b, zero, sizeof(zero)) == 0;
}

bool
addr_is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == 4)
		return a->b[0] == 127;
	return a->family == 6 && memcmp(a->b, one, sizeof(one)) == 0;
}

bool
addr_is_multicast(const struct addr *a)
{
	if (a->family == 4)
		return (a->b[0] & 0xf0) == 0xe0;
	return a->family == 6 && a->b[0] == 0xff;
}

bool
addr_is_link_local(const struct addr *a)
{
	if (a->family == 4)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->family == 6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool
addr_is_limited_broadcast(const struct addr *a)
{
	static const uint8_t ones[4] = { 255, 255, 255, 255 };

	return a->family == 4 && memcmp(a->b, ones, sizeof(ones)) == 0;
}

bool
addr_is_private(const struct addr *a)
{
	if (a->family == 4)
		return a->b[0] == 10 || (a->b[0] == 192 && a->b[1] == 168) ||
		       (a->b[0] == 172 && (a->b[1] & 0xf0) == 16);
	return a->family == 6 && (a->b[0] & 0xfe) == 0xfc;
}

bool
addr_is_unicast(const struct addr *a)
{
	if (!addr_is_set(a) || addr_is_unspecified(a) || addr_is_multicast(a))
		return false;
	return a->family == 6 || (a->b[0] != 0 && a->b[0] < 240);
}

bool
mac_eq(const struct mac *a, const struct mac *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool
mac_is_zero(const struct mac *m)
{
	static const struct mac zero;

	return mac_eq(m, &zero);
}

bool
mac_is_multicast(const struct mac *m)
{
	return (m->b[0] & 1) != 0;
}

bool
mac_is_local(const struct mac *m)
{
	return (m->b[0] & 2) != 0;
}

bool
mac_is_virtual(const struct mac *m)
{
	static const struct {
		uint8_t len;
		uint8_t b[5];
	} prefixes[] = {
		{ 5, { 0x00, 0x00, 0x5e, 0x00, 0x01 } }, /* VRRP, CARP */
		{ 5, { 0x00, 0x00, 0x5e, 0x00, 0x02 } }, /* VRRP for IPv6 */
		{ 5, { 0x00, 0x00, 0x0c, 0x07, 0xac } }, /* HSRP */
		{ 4, { 0x00, 0x00, 0x0c, 0x9f } },	 /* HSRP version 2 */
		{ 5, { 0x00, 0x05, 0x73, 0xa0, 0x00 } }, /* HSRP for IPv6 */
		{ 4, { 0x00, 0x07, 0xb4, 0x00 } },	 /* GLBP */
		{ 2, { 0x02, 0xbf } },			 /* MS-NLB unicast */
		{ 2, { 0x03, 0xbf } },			 /* MS-NLB multicast */
	};
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(prefixes); i++)
		if (memcmp(m->b, prefixes[i].b, prefixes[i].len) == 0)
			return true;
	return false;
}

char *
mac_fmt(const struct mac *m, char out[static MAC_TEXT])
{
	snprintf(out, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", m->b[0],
	    m->b[1], m->b[2], m->b[3], m->b[4], m->b[5]);
	return out;
}

int
mac_parse(const char *s, struct mac *out)
{
	int i;

	for (i = 0; i < 6; i++) {
		char *end;
		unsigned long v = strtoul(s, &end, 16);

		if (end == s || end - s > 2 || v > 0xff)
			return ES_E(FORMAT);
		out->b[i] = (uint8_t)v;
		if (i == 5)
			return *end == '\0' ? 0 : ES_E(FORMAT);
		if (*end != ':' && *end != '-')
			return ES_E(FORMAT);
		s = end + 1;
	}
	return ES_E(FORMAT);
}

static void
clear_host_bits(struct addr *a, unsigned len)
{
	unsigned i, bits = (unsigned)addr_len(a) * 8;

	for (i = len; i < bits; i++)
		a->b[i / 8] &= (uint8_t) ~(0x80U >> (i % 8));
}

int
cidr_parse(const char *s, struct cidr *out)
{
	const char *slash = strchr(s, '/');
	char text[ADDR_TEXT];
	unsigned long len;
	char *end;
	size_t n = slash == NULL ? strlen(s) : (size_t)(slash - s);

	if (n >= sizeof(text))
		return ES_E(FORMAT);
	memcpy(text, s, n);
	text[n] = '\0';
	if (addr_parse(text, &out->base) < 0)
		return ES_E(FORMAT);
	out->len = (uint8_t)(addr_len(&out->base) * 8);
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return ES_E(FORMAT);
		len = strtoul(slash + 1, &end, 10);
		if (*end != '\0' || len > out->len)
			return ES_E(FORMAT);
		out->len = (uint8_t)len;
	}
	clear_host_bits(&out->base, out->len);
	return 0;
}

bool
cidr_has(const struct cidr *c, const struct addr *a)
{
	unsigned full = c->len / 8U, rest = c->len % 8U;

	if (c->base.family != a->family || memcmp(c->base.b, a->b, full) != 0)
		return false;
	return rest == 0 || ((c->base.b[full] ^ a->b[full]) &
				(0xff00U >> rest) & 0xffU) == 0;
}

char *
cidr_fmt(const struct cidr *c, char out[static CIDR_TEXT])
{
	char text[ADDR_TEXT];

	snprintf(out, CIDR_TEXT, "%s/%u", addr_fmt(&c->base, text),
	    (unsigned)c->len & 0xffU);
	return out;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of message bodies; see wire.h. All integers are network order.
 */
#include "sensor/model/wire.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

#define LONG_NULL UINT32_MAX
#define CONFIDENCE_MAX 10

void
wire_put_wall(struct buf *out, struct wall w)
{
	buf_be64(out, (uint64_t)w.ns);
}

struct wall
wire_wall(struct cursor *in)
{
	return (struct wall){ .ns = (int64_t)cur_be64(in) };
}

void
wire_put_addr(struct buf *out, const struct addr *a)
{
	buf_u8(out, a->family);
	buf_put(out, a->b, addr_len(a));
}

struct addr
wire_addr(struct cursor *in)
{
	uint8_t family = cur_u8(in);
	struct addr a = { .family = family };

	if (family != 0 && family != 4 && family != 6)
		in->bad = true;
	else
		cur_copy(in, a.b, addr_len(&a));
	if (cur_bad(in))
		return (struct addr){ .family = 0 };
	return a;
}

void
wire_put_mac(struct buf *out, const struct mac *m)
{
	buf_put(out, m->b, sizeof(m->b));
}

struct mac
wire_mac(struct cursor *in)
{
	struct mac m;

	cur_copy(in, m.b, sizeof(m.b));
	return m;
}

bool
wire_bool(struct cursor *in)
{
	return wire_enum(in, 1) != 0;
}

uint8_t
wire_enum(struct cursor *in, unsigned max)
{
	uint8_t v = cur_u8(in);

	if (v > max) {
		in->bad = true;
		return 0;
	}
	return v;
}

void
wire_put_str(struct buf *out, const char *s)
{
	size_t n = strnlen(s, UINT16_MAX);

	buf_be16(out, (uint16_t)n);
	buf_put(out, s, n);
}

void
wire_str(struct cursor *in, char *dst, size_t size)
{
	size_t n = cur_be16(in);
	const uint8_t *p = cur_take(in, n);

	dst[0] = '\0';
	if (p == NULL)
		return;
	if (n >= size || memchr(p, '\0', n) != NULL) {
		in->bad = true;
		return;
	}
	memcpy(dst, p, n);
	dst[n] = '\0';
}

void
wire_put_long(struct buf *out, const char *s, size_t max)
{
	size_t n;

	if (s == NULL) {
		buf_be32(out, LONG_NULL);
		return;
	}
	n = strnlen(s, max);
	buf_be32(out, (uint32_t)n);
	buf_put(out, s, n);
}

int
wire_long(struct cursor *in, size_t max, char **dst)
{
	uint32_t n = cur_be32(in);
	const uint8_t *p;

	*dst = NULL;
	if (cur_bad(in) || n == LONG_NULL)
		return 0;
	p = cur_take(in, n);
	if (p == NULL)
		return 0;
	if (n > max || memchr(p, '\0', n) != NULL) {
		in->bad = true;
		return 0;
	}
	*dst = malloc((size_t)n + 1);
	if (*dst == NULL)
		return ES_E(NOMEM);
	memcpy(*dst, p, n);
	(*dst)[n] = '\0';
	return 0;
}

void
wire_put_service(struct buf *out, const struct service *svc)
{
	size_t i;

	buf_be16(out, svc->port);
	buf_u8(out, svc->proto);
	buf_u8(out, svc->state);
	buf_u8(out, svc->confidence);
	wire_put_str(out, svc->name);
	wire_put_str(out, svc->product);
	wire_put_str(out, svc->version);
	wire_put_str(out, svc->extrainfo);
	wire_put_str(out, svc->hostname);
	wire_put_str(out, svc->ostype);
	wire_put_str(out, svc->devicetype);
	wire_put_str(out, svc->tunnel);
	for (i = 0; i < ES_ARRAY_LEN(svc->cpe); i++)
		wire_put_str(out, svc->cpe[i]);
}

void
wire_service(struct cursor *in, struct service *svc)
{
	size_t i;

	memset(svc, 0, sizeof(*svc));
	svc->port = cur_be16(in);
	svc->proto = cur_u8(in);
	svc->state = wire_enum(in, PORT_CLOSED_FILTERED);
	svc->confidence = wire_enum(in, CONFIDENCE_MAX);
	wire_str(in, svc->name, sizeof(svc->name));
	wire_str(in, svc->product, sizeof(svc->product));
	wire_str(in, svc->version, sizeof(svc->version));
	wire_str(in, svc->extrainfo, sizeof(svc->extrainfo));
	wire_str(in, svc->hostname, sizeof(svc->hostname));
	wire_str(in, svc->ostype, sizeof(svc->ostype));
	wire_str(in, svc->devicetype, sizeof(svc->devicetype));
	wire_str(in, svc->tunnel, sizeof(svc->tunnel));
	for (i = 0; i < ES_ARRAY_LEN(svc->cpe); i++)
		wire_str(in, svc->cpe[i], sizeof(svc->cpe[i]));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small message bodies; see body.h.
 */
#include "sensor/ipc/body.h"

#include <string.h>

#include "sensor/base/err.h"

#define COUNTERS_MAX 1024

const char *
role_text(enum role role)
{
	switch (role) {
	case ROLE_MONITOR:
		return "monitor";
	case ROLE_CAPTURE:
		return "capture";
	case ROLE_SENSOR:
		return "sensor";
	case ROLE_ENGINE:
		return "engine";
	case ROLE_MAX:
		break;
	}
	return "unknown";
}

/* All of the body was there and nothing is left. */
static int
whole(const struct cursor *in)
{
	return cur_bad(in) || cur_left(in) != 0 ? ES_E(FORMAT) : 0;
}

void
hello_pack(struct buf *out, const struct hello *h)
{
	buf_u8(out, (uint8_t)h->role);
	buf_be32(out, h->pid);
	buf_be32(out, h->generation);
}

int
hello_unpack(struct cursor *in, struct hello *h)
{
	uint8_t role = cur_u8(in);

	h->pid = cur_be32(in);
	h->generation = cur_be32(in);
	if (role >= ROLE_MAX)
		return ES_E(FORMAT);
	h->role = (enum role)role;
	return whole(in);
}

void
capture_end_pack(struct buf *out, const struct capture_end *e)
{
	buf_be32(out, (uint32_t)e->code);
	buf_str(out, e->text);
}

int
capture_end_unpack(struct cursor *in, struct capture_end *e)
{
	size_t len;

	memset(e, 0, sizeof(*e));
	e->code = (int32_t)cur_be32(in);
	len = cur_left(in);
	if (len >= sizeof(e->text))
		return ES_E(FORMAT);
	cur_copy(in, e->text, len);
	return whole(in);
}

void
target_done_pack(struct buf *out, const struct target_done *d)
{
	buf_be64(out, d->target_id);
	buf_u8(out, d->status);
	buf_be32(out, d->scripts_run);
}

int
target_done_unpack(struct cursor *in, struct target_done *d)
{
	d->target_id = cur_be64(in);
	d->status = cur_u8(in);
	d->scripts_run = cur_be32(in);
	return whole(in);
}

void
counters_pack(struct buf *out, const uint64_t *values, size_t count)
{
	size_t i;

	buf_be16(out, (uint16_t)count);
	for (i = 0; i < count; i++)
		buf_be64(out, values[i]);
}

int
counters_unpack(struct cursor *in, uint64_t *values, size_t count)
{
	size_t sent = cur_be16(in), i;

	if (sent > COUNTERS_MAX)
		return ES_E(FORMAT);
	for (i = 0; i < count; i++)
		values[i] = i < sent ? cur_be64(in) : 0;
	if (sent > count)
		cur_skip(in, 8 * (sent - count));
	return whole(in);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queue of frames in one block; see ring.h.
 */
#include "sensor/ipc/ring.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/base/err.h"

#define RING_ALIGN 8U
#define RING_SKIP UINT32_MAX

int
ring_init(struct ring *r, size_t size)
{
	*r = (struct ring){ .size = size - size % RING_ALIGN };
	r->data = malloc(r->size > 0 ? r->size : 1);
	return r->data == NULL ? ES_E(NOMEM) : 0;
}

void
ring_fini(struct ring *r)
{
	free(r->data);
	*r = (struct ring){ .size = 0 };
}

static void
put_length(struct ring *r, size_t at, uint32_t v)
{
	memcpy(r->data + at, &v, sizeof(v));
}

static uint32_t
get_length(const struct ring *r, size_t at)
{
	uint32_t v;

	memcpy(&v, r->data + at, sizeof(v));
	return v;
}

static size_t
space_of(size_t len)
{
	size_t n = sizeof(uint32_t) + len;

	return n + (RING_ALIGN - n % RING_ALIGN) % RING_ALIGN;
}

/* Move the tail to where need octets fit in one piece. */
static bool
find_room(struct ring *r, size_t need)
{
	size_t end = r->size - r->tail;

	if (r->used == 0) {
		r->head = 0;
		r->tail = 0;
		return need <= r->size;
	}
	/* With the tail behind the head the free octets are in one piece
	 * already. */
	if (r->tail < r->head || end >= need)
		return r->used + need <= r->size;
	if (r->used + end + need > r->size)
		return false;
	if (end > 0)
		put_length(r, r->tail, RING_SKIP);
	r->used += end;
	r->tail = 0;
	return true;
}

bool
ring_push(struct ring *r, const struct iovec parts[static 2])
{
	size_t len = parts[0].iov_len + parts[1].iov_len;
	size_t need = space_of(len);
	uint8_t *p;

	if (!find_room(r, need))
		return false;
	put_length(r, r->tail, (uint32_t)len);
	p = r->data + r->tail + sizeof(uint32_t);
	memcpy(p, parts[0].iov_base, parts[0].iov_len);
	memcpy(p + parts[0].iov_len, parts[1].iov_base, parts[1].iov_len);
	r->tail += need;
	r->used += need;
	return true;
}

uint8_t *
ring_front(struct ring *r, size_t *len)
{
	if (r->used == 0)
		return NULL;
	if (r->head == r->size || get_length(r, r->head) == RING_SKIP) {
		r->used -= r->size - r->head;
		r->head = 0;
	}
	*len = get_length(r, r->head);
	return r->data + r->head + sizeof(uint32_t);
}

void
ring_pop(struct ring *r)
{
	size_t need = space_of(get_length(r, r->head));

	r->head += need;
	r->used -= need;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The target queue; see targetq.h.
 *
 * A full queue forgets the entry that was asked longest ago and only waits for a refresh (it would be asked anew at
 * worst); one that is full of hosts never asked takes no more.
 */
/* NOLINTBEGIN(readability-function-size,clang-analyzer-unix.Malloc): uthash unfolds in every user */
#include "sensor/policy/targetq.h"

#include <stdlib.h>
#include <string.h>

/* Keyed: addresses come from the wire. */
#define HASH_FUNCTION(key, len, value)                                         \
	((value) = (unsigned)hash_bytes((key), (len)))
#include <uthash.h>

#include "sensor/base/hash.h"
#include "sensor/base/str.h"

#define PORTS_MAX 1024
/* How many due entries may be passed over because their network is busy. */
#define LOOK_AHEAD 64

struct key {
	uint64_t segment;
	struct addr addr;
	uint32_t zero;
};

struct node {
	struct targetq_entry entry; /* first: an entry is its node */
	struct key key;
	size_t heap; /* place + 1; 0 = not in the heap */
	UT_hash_handle hh;
};

struct targetq {
	struct targetq_limits limits;
	struct node *nodes;
	struct node **heap;
	size_t nheap, cap_heap;
	struct node **active;
	size_t nactive;
	uint64_t last_id;
};

struct targetq *
targetq_new(const struct targetq_limits *limits)
{
	struct targetq *q = calloc(1, sizeof(*q));

	if (q == NULL)
		return NULL;
	q->limits = *limits;
	q->active = calloc(limits->active, sizeof(*q->active));
	if (q->active == NULL) {
		free(q);
		return NULL;
	}
	return q;
}

void
targetq_free(struct targetq *q)
{
	struct node *n, *next;

	if (q == NULL)
		return;
	HASH_ITER(hh, q->nodes, n, next) {
		HASH_DEL(q->nodes, n);
		free(n->entry.ports);
		free(n);
	}
	free(q->heap);
	free(q->active);
	free(q);
}

/* ---- heap ---- */

static bool
earlier(const struct node *a, const struct node *b)
{
	return a->entry.due.ns < b->entry.due.ns;
}

static void
heap_put(struct targetq *q, size_t at, struct node *n)
{
	q->heap[at] = n;
	n->heap = at + 1;
}

static void
heap_up(struct targetq *q, size_t at, struct node *n)
{
	while (at > 0 && earlier(n, q->heap[(at - 1) / 2])) {
		heap_put(q, at, q->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(q, at, n);
}

static void
heap_down(struct targetq *q, size_t at, struct node *n)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= q->nheap)
			break;
		if (child + 1 < q->nheap &&
		    earlier(q->heap[child + 1], q->heap[child]))
			child++;
		if (!earlier(q->heap[child], n))
			break;
		heap_put(q, at, q->heap[child]);
		at = child;
	}
	heap_put(q, at, n);
}

static bool
heap_push(struct targetq *q, struct node *n)
{
	if (q->nheap == q->cap_heap) {
		size_t cap = q->cap_heap == 0 ? 64 : q->cap_heap * 2;
		struct node **grown = realloc(q->heap, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		q->heap = grown;
		q->cap_heap = cap;
	}
	heap_up(q, q->nheap++, n);
	return true;
}

static void
heap_remove(struct targetq *q, struct node *n)
{
	size_t at = n->heap - 1;
	struct node *last = q->heap[--q->nheap];

	n->heap = 0;
	if (last == n)
		return;
	if (at > 0 && earlier(last, q->heap[(at - 1) / 2]))
		heap_up(q, at, last);
	else
		heap_down(q, at, last);
}

/* ---- entries ---- */

static struct node *
find(struct targetq *q, uint64_t segment, const struct addr *addr)
{
	struct key key;
	struct node *n;

	memset(&key, 0, sizeof(key));
	key.segment = segment;
	key.addr = *addr;
	HASH_FIND(hh, q->nodes, &key, sizeof(key), n);
	return n;
}

struct targetq_entry *
targetq_find(struct targetq *q, uint64_t segment, const struct addr *addr)
{
	struct node *n = find(q, segment, addr);

	return n == NULL ? NULL : &n->entry;
}

static struct node *
node_of(struct targetq_entry *e)
{
	return (struct node *)e;
}

void
targetq_forget(struct targetq *q, struct targetq_entry *e)
{
	struct node *n = node_of(e);
	size_t i;

	if (n->heap != 0)
		heap_remove(q, n);
	for (i = 0; i < q->nactive; i++) {
		if (q->active[i] == n) {
			q->active[i] = q->active[--q->nactive];
			break;
		}
	}
	HASH_DEL(q->nodes, n);
	free(n->entry.ports);
	free(n);
}

static bool
make_room(struct targetq *q)
{
	struct node *n, *next, *oldest = NULL;

	HASH_ITER(hh, q->nodes, n, next) {
		if ((n->entry.state == TARGETQ_IDLE ||
			(n->entry.state == TARGETQ_WAITING &&
			    n->entry.refresh)) &&
		    (oldest == NULL ||
			n->entry.asked.ns < oldest->entry.asked.ns))
			oldest = n;
	}
	if (oldest == NULL)
		return false;
	targetq_forget(q, &oldest->entry);
	return true;
}

struct targetq_entry *
targetq_get(struct targetq *q, uint64_t segment, const struct addr *addr)
{
	struct node *n = find(q, segment, addr);

	if (n != NULL)
		return &n->entry;
	if (HASH_COUNT(q->nodes) >= q->limits.entries && !make_room(q))
		return NULL;
	n = calloc(1, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->key.segment = n->entry.segment = segment;
	n->key.addr = n->entry.addr = *addr;
	HASH_ADD(hh, q->nodes, key, sizeof(n->key), n);
	return &n->entry;
}

void
targetq_wait(struct targetq *q, struct targetq_entry *e, struct wall due)
{
	struct node *n = node_of(e);

	if (e->state == TARGETQ_ACTIVE)
		return;
	if (n->heap != 0) {
		if (e->due.ns <= due.ns)
			return;
		heap_remove(q, n);
	}
	e->due = due;
	e->state = heap_push(q, n) ? TARGETQ_WAITING : TARGETQ_IDLE;
}

/* ---- taking ---- */

static bool
same_net(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       memcmp(a->b, b->b, a->family == 4 ? 3 : 8) == 0;
}

static bool
net_has_room(const struct targetq *q, const struct addr *addr)
{
	uint32_t busy = 0;
	size_t i;

	for (i = 0; i < q->nactive; i++)
		busy += same_net(&q->active[i]->entry.addr, addr);
	return busy < q->limits.active_net;
}

struct targetq_entry *
targetq_next(struct targetq *q, struct wall now)
{
	struct node *passed[LOOK_AHEAD], *found = NULL;
	size_t n = 0;

	if (q->nactive >= q->limits.active)
		return NULL;
	while (q->nheap > 0 && q->heap[0]->entry.due.ns <= now.ns &&
	       n < LOOK_AHEAD) {
		struct node *first = q->heap[0];

		heap_remove(q, first);
		if (net_has_room(q, &first->entry.addr)) {
			found = first;
			break;
		}
		passed[n++] = first;
	}
	/* The heap has been this large before: no memory is needed. */
	while (n > 0)
		(void)heap_push(q, passed[--n]);
	if (found == NULL)
		return NULL;
	found->entry.state = TARGETQ_ACTIVE;
	found->entry.id = ++q->last_id;
	found->entry.again[0] = '\0';
	q->active[q->nactive++] = found;
	return &found->entry;
}

struct wall
targetq_due(const struct targetq *q)
{
	return q->nheap == 0 ? (struct wall){ 0 } : q->heap[0]->entry.due;
}

struct targetq_entry *
targetq_active(struct targetq *q, uint64_t id)
{
	size_t i;

	for (i = 0; i < q->nactive; i++) {
		if (q->active[i]->entry.id == id)
			return &q->active[i]->entry;
	}
	return NULL;
}

void
targetq_done(struct targetq *q, struct targetq_entry *e)
{
	size_t i;

	for (i = 0; i < q->nactive; i++) {
		if (q->active[i] == node_of(e)) {
			q->active[i] = q->active[--q->nactive];
			break;
		}
	}
	e->state = TARGETQ_IDLE;
	e->id = 0;
}

void
targetq_requeue(struct targetq *q, struct wall now)
{
	while (q->nactive > 0) {
		struct targetq_entry *e = &q->active[0]->entry;

		targetq_done(q, e);
		e->retry = true;
		targetq_wait(q, e, now);
	}
}

uint64_t
targetq_id(struct targetq *q)
{
	return ++q->last_id;
}

/* ---- what was asked ---- */

struct wall
targetq_asked(const struct targetq_entry *e, unsigned proto, uint16_t port)
{
	uint16_t i;

	for (i = 0; i < e->nports; i++) {
		if (e->ports[i].port == port && e->ports[i].proto == proto)
			return e->ports[i].at;
	}
	return (struct wall){ 0 };
}

static struct asked_port *
find_port(struct targetq_entry *e, unsigned proto, uint16_t port)
{
	uint16_t i;

	for (i = 0; i < e->nports; i++) {
		if (e->ports[i].port == port && e->ports[i].proto == proto)
			return &e->ports[i];
	}
	return NULL;
}

static struct asked_port *
oldest_port(struct targetq_entry *e)
{
	struct asked_port *oldest = &e->ports[0];
	uint16_t i;

	for (i = 1; i < e->nports; i++) {
		if (e->ports[i].at.ns < oldest->at.ns)
			oldest = &e->ports[i];
	}
	return oldest;
}

static struct asked_port *
add_port(struct targetq_entry *e)
{
	size_t cap = e->nports == 0 ? 1 : (size_t)e->nports * 2;
	struct asked_port *grown;

	if (e->nports == PORTS_MAX)
		return oldest_port(e);
	if ((e->nports & (e->nports - 1)) == 0) {
		grown = realloc(e->ports, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		e->ports = grown;
	}
	return &e->ports[e->nports++];
}

void
targetq_note(
    struct targetq_entry *e, unsigned proto, uint16_t port, struct wall at)
{
	struct asked_port *p = find_port(e, proto, port);

	if (p == NULL)
		p = add_port(e);
	if (p != NULL)
		*p = (struct asked_port){
			.port = port, .proto = (uint8_t)proto, .at = at
		};
}

size_t
targetq_waiting(const struct targetq *q)
{
	return q->nheap;
}

size_t
targetq_count_active(const struct targetq *q)
{
	return q->nactive;
}
/* NOLINTEND(readability-function-size,clang-analyzer-unix.Malloc) */

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reverse DNS by the system's resolver on libuv's threads. A few requests at a time: the pool is shared with the
 * resolver of scripts, and one name server that is down must not hold all its threads.
 */
#include "engine/scan/names.h"

#include <netdb.h>
#include <stdlib.h>
#include <uv.h>

#include "sensor/base/str.h"

#define AT_ONCE 3U

struct query {
	uv_getnameinfo_t request;
	struct names *names;
	size_t host;
};

struct names {
	struct uv_loop_s *loop;
	struct nse_host *hosts;
	size_t count, next;
	unsigned active;
	bool abandoned;
	struct query queries[AT_ONCE];
};

static void ask(struct names *n, struct query *q);

static void
on_name(uv_getnameinfo_t *request, int status, const char *name,
    const char *service)
{
	struct query *q = request->data;
	struct names *n = q->names;

	(void)service;
	n->active--;
	if (n->abandoned) {
		if (n->active == 0)
			free(n);
		return;
	}
	if (status == 0) {
		struct nse_host *h = &n->hosts[q->host];

		str_copy(h->name, sizeof(h->name), name);
	}
	ask(n, q);
}

/* Put the next host to this query. */
static void
ask(struct names *n, struct query *q)
{
	while (n->next < n->count) {
		struct sockaddr_storage to;

		q->host = n->next++;
		q->names = n;
		q->request.data = q;
		if (addr_to_sockaddr(&n->hosts[q->host].addr, 0, &to) == 0)
			continue;
		if (uv_getnameinfo(n->loop, &q->request, on_name,
			(struct sockaddr *)&to, NI_NAMEREQD) == 0) {
			n->active++;
			return;
		}
	}
}

int
names_new(struct uv_loop_s *loop, struct nse_host *hosts, size_t count,
    struct names **out)
{
	struct names *n = calloc(1, sizeof(*n));

	*out = n;
	if (n == NULL)
		return ES_E(NOMEM);
	*n = (struct names){ .loop = loop, .hosts = hosts, .count = count };
	for (size_t i = 0; i < AT_ONCE; i++)
		ask(n, &n->queries[i]);
	return 0;
}

bool
names_done(const struct names *n)
{
	return n->active == 0;
}

void
names_free(struct names *n)
{
	if (n == NULL)
		return;
	if (n->active == 0) {
		free(n);
		return;
	}
	n->abandoned = true;
	for (size_t i = 0; i < AT_ONCE; i++)
		(void)uv_cancel((uv_req_t *)&n->queries[i].request);
}

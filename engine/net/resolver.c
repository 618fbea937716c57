/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver: see resolver.h. A lookup that its thread no longer wants stays behind as an orphan until libuv is done
 * with it; the gate judges the addresses later, at each connection, so a name that changes its mind gains nothing.
 */
#include "engine/net/resolver.h"

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "engine/state.h"
#include "sensor/base/err.h"
#include "sensor/base/str.h"

struct request {
	struct lookup lookup; /* first: a lookup is a request */
	uv_getaddrinfo_t uv;
	struct engine *engine;
	struct wait_token token;
	bool running;
	bool orphan;
};

bool
resolver_literal(const char *name, struct endpoint *out)
{
	char text[ADDR_TEXT];
	const char *percent = strchr(name, '%');
	size_t len = percent == NULL ? strlen(name) : (size_t)(percent - name);

	*out = (struct endpoint){ 0 };
	if (len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = '\0';
	if (addr_parse(text, &out->addr) != 0)
		return false;
	if (percent != NULL)
		out->zone = if_nametoindex(percent + 1);
	return true;
}

static void
lookup_add(struct lookup *l, const struct endpoint *ep, int family)
{
	if ((family == AF_INET && ep->addr.family != 4) ||
	    (family == AF_INET6 && ep->addr.family != 6) ||
	    l->count == LOOKUP_MAX)
		return;
	for (size_t i = 0; i < l->count; i++)
		if (addr_eq(&l->found[i].addr, &ep->addr))
			return;
	l->found[l->count++] = *ep;
}

/* The names of one line of /etc/hosts. */
static void
hosts_line(struct lookup *l, char *line, const char *name, int family)
{
	char *save = NULL;
	struct endpoint ep;
	char *word;

	line[strcspn(line, "#\n")] = '\0';
	word = strtok_r(line, " \t", &save);
	if (word == NULL || !resolver_literal(word, &ep))
		return;
	while ((word = strtok_r(NULL, " \t", &save)) != NULL)
		if (strcasecmp(word, name) == 0)
			lookup_add(l, &ep, family);
}

static void
hosts_search(struct lookup *l, const char *name, int family)
{
	FILE *f = fopen("/etc/hosts", "re");
	char line[1024];

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL)
		hosts_line(l, line, name, family);
	fclose(f);
}

static void
on_resolved(uv_getaddrinfo_t *uv, int status, struct addrinfo *res)
{
	struct request *r = uv->data;
	struct lookup *l = &r->lookup;

	r->running = false;
	r->engine->handles--;
	for (struct addrinfo *ai = res; ai != NULL; ai = ai->ai_next) {
		struct endpoint ep = { .addr = addr_from_sockaddr(
					   ai->ai_addr, NULL) };

		if (addr_is_set(&ep.addr))
			lookup_add(l, &ep, AF_UNSPEC);
	}
	uv_freeaddrinfo(res);
	l->done = true;
	if (l->count == 0)
		l->error = status == UV_EAI_AGAIN ? EAI_AGAIN : EAI_NONAME;
	if (r->orphan)
		free(r);
	else
		thread_wake(r->engine, r->token);
}

int
resolver_start(struct engine *e, const struct contact *who, const char *name,
    int family, struct wait_token token, struct lookup **out)
{
	struct addrinfo hints = { .ai_family = family,
		.ai_socktype = SOCK_STREAM };
	struct request *r = calloc(1, sizeof(*r));
	struct lookup *l = &r->lookup;
	struct endpoint ep;

	if (r == NULL)
		return ES_E(NOMEM);
	*out = l;
	if (resolver_literal(name, &ep))
		lookup_add(l, &ep, family);
	else
		hosts_search(l, name, family);
	l->done = true;
	if (l->count > 0)
		return 0;
	if (!gate_may_resolve(e->gate, who)) {
		l->error = EAI_AGAIN;
		return 0;
	}
	l->done = false;
	r->engine = e;
	r->token = token;
	r->uv.data = r;
	if (uv_getaddrinfo(e->loop, &r->uv, on_resolved, name, NULL, &hints) !=
	    0) {
		free(r);
		return ES_E(SYS);
	}
	r->running = true;
	e->handles++;
	return 0;
}

void
lookup_free(struct lookup *l)
{
	struct request *r = (struct request *)l;

	if (r == NULL)
		return;
	if (!r->running) {
		free(r);
		return;
	}
	r->orphan = true;
	(void)uv_cancel((uv_req_t *)&r->uv);
}

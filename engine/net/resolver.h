/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver: names to addresses without blocking. Literals and /etc/hosts are answered at once; everything else needs
 * the gate's leave to ask the system's DNS servers and runs on libuv's thread pool.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/net/gate.h"
#include "engine/net/sock.h"
#include "engine/thread.h"

#define LOOKUP_MAX 32

struct lookup {
	bool done;
	int error; /* getaddrinfo's code, 0 = found */
	size_t count;
	struct endpoint found[LOOKUP_MAX]; /* port 0 */
};

/** A numeric address, with %zone for link-local ones; false when @p name is none. */
bool resolver_literal(const char *name, struct endpoint *out);

/**
 * Look @p name up; @p family is AF_UNSPEC, AF_INET or AF_INET6. When it is done at once (also refused or failed) *out
 * says so, else @p token is woken. Returns 0 or ES_E(NOMEM)/ES_E(SYS). Release with lookup_free, at any time.
 */
int resolver_start(struct engine *e, const struct contact *who,
    const char *name, int family, struct wait_token token,
    struct lookup **out) ES_MUST_CHECK;
void lookup_free(struct lookup *l);

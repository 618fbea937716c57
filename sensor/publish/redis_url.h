/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_url: where a Redis server is and who we are there.
 *
 *	redis://[[user][:password]@]host[:port][/db]
 *	redis+unix://[[user][:password]@]/path[?db=n]
 *
 * host may be [2001:db8::1]; unix:// is the same as redis+unix://. User and password may be percent-encoded. A password
 * is better kept in a file: a URL shows in configuration dumps.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/err.h"

#define REDIS_URL_TEXT 320

struct redis_url {
	bool local;	/* a unix socket; host is its path */
	char host[256]; /* name, address or path */
	uint16_t port;
	uint32_t db;
	char username[128];
	char password[512];
};

int redis_url_parse(
    const char *text, struct redis_url *out, struct errbuf *eb) ES_MUST_CHECK;

/** Take user and password from the configuration where it has them; "" or NULL
 * leaves the URL's. */
int redis_url_login(struct redis_url *u, const char *username,
    const char *password_file, struct errbuf *eb) ES_MUST_CHECK;

/** The URL without user and password, in @p out; returns @p out. */
char *redis_url_fmt(const struct redis_url *u, char out[static REDIS_URL_TEXT]);

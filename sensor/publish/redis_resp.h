/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_resp: the Redis protocol (RESP2), written and read by hiredis's codec.
 * The only file that knows hiredis.
 *
 * The server is not trusted: a reply may cost bounded memory whatever its
 * lengths claim. The codec buffers a bulk until it is whole and allocates an
 * array before its items are there, so both are limited here.
 */
#pragma once

#include <stddef.h>

#include "sensor/base/attrs.h"
#include "sensor/base/buf.h"

#define RESP_OCTETS_MAX (1U << 20) /* of one reply on the wire */
#define RESP_ITEMS_MAX 4096U	   /* of one reply, over all its arrays */

enum resp_type {
	RESP_STRING,
	RESP_STATUS,
	RESP_ERROR,
	RESP_INTEGER,
	RESP_NIL,
	RESP_ARRAY
};

struct resp {
	enum resp_type type;
	long long integer;
	char *text; /* string, status, error: NUL behind it; may hold NULs */
	size_t len;
	struct resp **items; /* array; every item is there */
	size_t count;
};

struct resp_reader;

struct resp_reader *resp_reader_new(void);
void resp_reader_free(struct resp_reader *r);

/** Add octets from the wire. Returns 0 or ES_E(NOMEM)/ES_E(FORMAT); the reader
 * is useless after a failure. */
int resp_reader_feed(
    struct resp_reader *r, const char *data, size_t len) ES_MUST_CHECK;

/** The next whole reply in @p out (free with resp_free), NULL when octets are
 * missing. */
int resp_reader_next(struct resp_reader *r, struct resp **out) ES_MUST_CHECK;

void resp_free(struct resp *v);

/** Append a command; arguments may hold any octets. */
int resp_command(struct buf *out, size_t argc, const char **argv,
    const size_t *lens) ES_MUST_CHECK;

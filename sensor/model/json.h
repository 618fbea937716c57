/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: an append-only JSON writer over a buf. Keys come out in the order they are written, numbers in one form, so
 * the same facts are the same octets for ever: that is what makes event ids and retries stable.
 *
 * Texts may be raw octets from a wire: what is not UTF-8 becomes U+FFFD, and `repaired` says so.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/mono.h"

struct json {
	struct buf *out;
	bool comma;
	bool repaired; /* some text was not UTF-8 */
};

static inline struct json
json_new(struct buf *out)
{
	return (struct json){ .out = out };
}

/* In every function @p key is NULL inside an array and at the top. */

/** @p bracket: '{' or '['. */
void json_open(struct json *j, const char *key, char bracket);
/** @p bracket: '}' or ']'. */
void json_close(struct json *j, char bracket);

void json_str(struct json *j, const char *key, const void *text, size_t len);
/** Absent when @p text is NULL or empty: what is unknown is not there. */
void json_text(struct json *j, const char *key, const char *text);
void json_int(struct json *j, const char *key, int64_t value);
void json_uint(struct json *j, const char *key, uint64_t value);
void json_bool(struct json *j, const char *key, bool value);
/** @p hundredths / 100 with two digits: 0.85. */
void json_hundredths(struct json *j, const char *key, unsigned hundredths);
/** RFC 3339; absent when zero. */
void json_time(struct json *j, const char *key, struct wall value);
/** Finished JSON; absent when NULL or empty. */
void json_raw(struct json *j, const char *key, const char *text);

/** Base64 with padding, as a string. */
void json_base64(struct json *j, const char *key, const void *data, size_t len);

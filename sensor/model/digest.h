/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: ids that stay the same for ever, on every machine.
 *
 * A digest covers a list of fields, each preceded by its length, so that no two lists give the same octets.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/base/buf.h"

#define DIGEST_TEXT 33
#define UUID_TEXT 37

/** Append one field to a list that digest_128 takes. */
void digest_field(struct buf *list, const void *data, size_t len);
void digest_field_text(struct buf *list, const char *text);
void digest_field_u64(struct buf *list, uint64_t value);

/** First 128 bits of SHA-256 over @p list as 32 hex digits; returns @p out. */
char *digest_128(const struct buf *list, char out[static DIGEST_TEXT]);

/** UUID version 5 (RFC 4122 §4.3) of @p name in a name space that is itself the UUIDv5 of @p space; returns @p out. */
char *digest_uuid(
    const char *space, const struct buf *name, char out[static UUID_TEXT]);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire: the pieces that every message body is made of: texts, addresses, times,
 * services.
 *
 * The writers append to a buf, the readers take from a cursor and mark it bad
 * for anything that a writer would not have written (a family that does not
 * exist, a NUL inside a string, a string that does not fit its field), so a
 * codec reads all its fields and asks cur_bad once. Used by the codecs of this
 * folder only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/addr.h"
#include "sensor/model/service.h"

void wire_put_wall(struct buf *out, struct wall w);
struct wall wire_wall(struct cursor *in);

/** Family octet, then 0, 4 or 16 octets. */
void wire_put_addr(struct buf *out, const struct addr *a);
struct addr wire_addr(struct cursor *in);

void wire_put_mac(struct buf *out, const struct mac *m);
struct mac wire_mac(struct cursor *in);

/** 0 or 1; anything else is bad. */
bool wire_bool(struct cursor *in);

/** An octet up to @p max; more is bad. */
uint8_t wire_enum(struct cursor *in, unsigned max);

/** A string that lives in an array of @p size with its NUL. */
void wire_put_str(struct buf *out, const char *s);
void wire_str(struct cursor *in, char *dst, size_t size);

/** A heap string of at most @p max octets, or NULL (which is not ""). Longer
 * ones are cut on the way out. */
void wire_put_long(struct buf *out, const char *s, size_t max);

/** Returns 0 with @p dst set (to be freed), or ES_E(NOMEM); malformed input
 * marks @p in and leaves NULL. */
int wire_long(struct cursor *in, size_t max, char **dst) ES_MUST_CHECK;

void wire_put_service(struct buf *out, const struct service *svc);
void wire_service(struct cursor *in, struct service *svc);

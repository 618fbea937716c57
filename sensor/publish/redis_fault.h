/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_fault: what an error reply means for us. Redis writes a code word and a
 * sentence ("OOM command not allowed
 * ..."); every code falls into one of four classes, and each has something an
 * operator can do.
 */
#pragma once

#include <stddef.h>

enum redis_fault {
	REDIS_FAULT_LINK, /* the connection failed: try again, slower each time
			   */
	REDIS_FAULT_WAIT, /* the server cannot write now and will later: the
			     same batch again */
	REDIS_FAULT_CONFIG, /* it never will, until somebody changes something
			     */
	REDIS_FAULT_ORDER   /* it has an entry with this id or a later one: ask
			       where it stands */
};

/** The class of an error reply (without the leading minus); @p remedy (may be
 * NULL) gets a clause, "" for none. */
enum redis_fault redis_fault_of(
    const char *text, size_t len, const char **remedy);

/** "refused", "waiting", ...: one word for a log line. */
const char *redis_fault_name(enum redis_fault fault);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spoken: what scripts call a protocol that capture heard. Capture names what is spoken ("dns", "tls"); the rules of
 * NSE scripts ask for the word of the services table ("domain", "https" inside a tunnel). The table is spoken.def.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct spoken {
	const char *name;
	const char *tunnel; /* "" or "ssl" */
};

/** The words for @p heard (may be "") on @p port; never NULL. @p name may point to @p heard. */
struct spoken spoken_as(const char *heard, uint16_t port);

/** Is (@p name, @p tunnel), as a script told it, what @p heard on @p port already says, or more than it can say? */
bool spoken_agrees(
    const char *heard, uint16_t port, const char *name, const char *tunnel);

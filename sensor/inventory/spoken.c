/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protocols in the words of the services table; see spoken.h.
 */
#include "sensor/inventory/spoken.h"

#include <stddef.h>
#include <string.h>

#include "sensor/base/attrs.h"

struct row {
	const char *heard;
	uint16_t port; /* 0 = any */
	struct spoken as;
};

static const struct row rows[] = {
#define SPOKEN(heard, port, name, tunnel) { heard, port, { name, tunnel } },
#include "sensor/inventory/spoken.def"
#undef SPOKEN
};

struct spoken
spoken_as(const char *heard, uint16_t port)
{
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].heard, heard) == 0 &&
		    (rows[i].port == 0 || rows[i].port == port))
			return rows[i].as;
	}
	return (struct spoken){ .name = heard, .tunnel = "" };
}

bool
spoken_agrees(
    const char *heard, uint16_t port, const char *name, const char *tunnel)
{
	struct spoken as = spoken_as(heard, port);

	/* Who listens hears the tunnel and never what is inside it. */
	if (as.tunnel[0] != '\0' && strcmp(as.tunnel, tunnel) == 0)
		return true;
	return strcmp(as.name, name) == 0;
}

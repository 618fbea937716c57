/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Table of UDP requests; see payload.h. The texts are in payloads.def, each
 * written from its protocol's specification.
 */
#include "engine/scan/payload.h"

#include "sensor/base/attrs.h"

static const struct {
	uint16_t port;
	const char *data;
	size_t len;
	size_t address; /* where our own address goes; 0 = nowhere */
} table[] = {
#define PAYLOAD(port, spec, bytes) { port, bytes, sizeof(bytes) - 1, 0 },
#define PAYLOAD_FROM(port, spec, at, bytes)                                    \
	{ port, bytes, sizeof(bytes) - 1, at },
#include "engine/scan/payloads.def"
#undef PAYLOAD
#undef PAYLOAD_FROM
};

bool
payload_get(uint16_t port, size_t i, struct payload *out)
{
	size_t seen = 0;

	for (size_t row = 0; row < ES_ARRAY_LEN(table); row++) {
		if (table[row].port != port || seen++ != i)
			continue;
		*out = (struct payload){ .data = table[row].data,
			.len = table[row].len,
			.address = table[row].address };
		return true;
	}
	*out = (struct payload){ .data = "", .len = 0 };
	return seen == 0 && i == 0;
}

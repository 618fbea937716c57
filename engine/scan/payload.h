/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload: requests that make the usual UDP services answer. Each row of
 * payloads.def is one harmless question in the protocol of the port: a status,
 * a version, a greeting. Ports without a row get one empty datagram.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct payload {
	const void *data;
	size_t len;
	size_t address; /* put our own IPv4 address in here; 0 = as it is */
};

/** The @p i-th request for @p port; false past the last. There is always at
 * least one. */
bool payload_get(uint16_t port, size_t i, struct payload *out);

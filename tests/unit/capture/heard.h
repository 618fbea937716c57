/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heard: a sink that keeps what it was told, for tests.
 */
#pragma once

#include "capture/capture.h"

#define HEARD_MAX 4096

struct heard_fact {
	enum obs_kind kind;
	struct addr addr;
	struct mac mac;
	bool has_mac;
	bool partial;
	uint64_t segment;
	uint64_t frame;
	uint16_t port;
	uint8_t proto;
	uint8_t strength;
	uint32_t aux;
	char text[64];
	char data[64];
	size_t data_len;
};

struct heard {
	size_t count;
	bool refuse; /* the queue is full */
	unsigned refused;
	unsigned clock; /* calls */
	uint64_t hash;	/* of all that was told, in order */
	struct heard_fact facts[HEARD_MAX];
};

struct capture_sink heard_sink(struct heard *h);

/** The first fact of that kind about 192.0.2.@p host (and port, unless 0); NULL: none. */
const struct heard_fact *heard_find(
    const struct heard *h, enum obs_kind kind, unsigned host, unsigned port);
size_t heard_count(const struct heard *h, enum obs_kind kind);

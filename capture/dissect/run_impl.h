/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a run, for dissect.c and observe.c.
 */
#pragma once

#include "capture/dissect/run.h"
#include "capture/limits.h"

#define DISSECTORS_MAX 128U
#define HINTS_MAX 1024U
#define HINT_PORTS 65536U

/* Dissectors of one shape, as bits. */
struct dissector_set {
	uint64_t bits[DISSECTORS_MAX / 64];
};

/* A dissector that hopes for a port; the next one that does. */
struct dissect_hint {
	uint8_t dissector;
	uint16_t next; /* 0: none */
};

struct dissect_expectation {
	struct endpoint end;
	uint64_t segment;
	uint8_t proto;
};

struct dissect_state {
	_Alignas(16) uint8_t octets[DISSECT_STATE_MAX];
};

struct dissect_run {
	dissect_tell_fn tell;
	void *arg;
	struct dissect_stats stats;
	/* the call under way */
	const struct dissector *dissector;
	struct flow *flow; /* NULL: FRAME */
	const uint8_t *keep;
	const struct dissector *inner;
	const uint8_t *inner_from;
	bool release;
	size_t staged;
	size_t scratch_used;
	/* dispatch */
	unsigned count;
	const struct dissector *all[DISSECTORS_MAX];
	void *instances[DISSECTORS_MAX];    /* of those that want one */
	struct dissector_set first[2][256]; /* 0: UDP, 1: TCP */
	uint16_t hint_of[2][HINT_PORTS];
	struct dissect_hint hints[HINTS_MAX];
	unsigned nhints;
	struct dissector_set by_ip_proto[256];
	/* what flows own */
	struct dissect_state *states;
	uint16_t *free_states;
	uint16_t nfree;
	struct dissect_expectation expected[LIMIT_EXPECTED];
	unsigned nexpected;
	/* staging; one more than can be told */
	struct observation stage[DISSECT_STAGE_MAX + 1];
	_Alignas(16) uint8_t scratch[DISSECT_SCRATCH_MAX];
};

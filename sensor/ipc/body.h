/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body: the small message bodies that belong to no type of the model. See
 * msgs.def for who sends which.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/base/buf.h"
#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"

enum role {
	ROLE_MONITOR,
	ROLE_CAPTURE,
	ROLE_SENSOR,
	ROLE_ENGINE,
	ROLE_MAX
};

/** "monitor", "capture", "sensor", "engine". */
const char *role_text(enum role role);

/* First message after every start of a role. */
struct hello {
	enum role role;
	uint32_t pid;
	uint32_t generation; /* 1, and one more with every restart */
};
void hello_pack(struct buf *out, const struct hello *h);
int hello_unpack(struct cursor *in, struct hello *h) ES_MUST_CHECK;

/* A file is read to its end (code 0), or what broke. */
struct capture_end {
	int32_t code;
	char text[256];
};
void capture_end_pack(struct buf *out, const struct capture_end *e);
int capture_end_unpack(struct cursor *in, struct capture_end *e) ES_MUST_CHECK;

struct target_done {
	uint64_t target_id;
	uint8_t status; /* enum target_status of engine.h */
	uint32_t scripts_run;
};
void target_done_pack(struct buf *out, const struct target_done *d);
int target_done_unpack(struct cursor *in, struct target_done *d) ES_MUST_CHECK;

/**
 * Counters of a role in the order of its counters.def. An older or newer peer
 * may have fewer or more: the missing ones read as 0, the unknown ones are
 * skipped.
 */
void counters_pack(struct buf *out, const uint64_t *values, size_t count);
int counters_unpack(
    struct cursor *in, uint64_t *values, size_t count) ES_MUST_CHECK;

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seat: what a role gets from the monitor: its ends of the socket pairs, its number of starts, and the page on which
 * all roles show that they are alive.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/ipc/body.h"

/* One line of the shared page. Its role writes `at_ms` and `ready`, the monitor the rest. */
struct beat {
	_Atomic int64_t at_ms; /* monotonic; the last sign of life */
	_Atomic bool ready;    /* started up and past its privileges */
	_Atomic uint32_t pid;  /* 0 = not running */
	_Atomic uint32_t generation;
	_Atomic uint32_t killed; /* times it was silent and was killed */
	_Atomic uint32_t
	    died; /* times it ended by itself, by signal or error */
};

struct beats {
	struct beat role[ROLE_MAX];
};

/* The ends of the two socket pairs; -1 where a role has none. */
struct seat {
	enum role role;
	uint32_t generation; /* 1 at the first start */
	struct beats *beats; /* shared between all processes */
	int capture_fd;	     /* sensor: to capture; capture: to the sensor */
	int engine_fd;	     /* sensor: to the engine; engine: to the sensor */
};

/** "I am alive", several times a second. */
void seat_beat(const struct seat *seat);
/** "I am past my privileges and work": failures before this end the program, later ones only the role. */
void seat_ready(const struct seat *seat);

/** A page shared with all children to come; NULL with errno set. */
struct beats *beats_new(void);
void beats_free(struct beats *beats);

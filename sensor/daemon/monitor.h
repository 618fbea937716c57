/* SPDX-License-Identifier: Apache-2.0 */
/*
 * monitor: the parent. It starts the roles, watches that they live, starts them again, and passes signals on. It
 * parses nothing and holds no library's state (decision 0001).
 */
#pragma once

#include "sensor/daemon/seat.h"

/* What the monitor watches for. Several starts in a row wait longer and longer. */
struct monitor_limits {
	int silent_ms;	/* no heartbeat for this long: killed */
	int backoff_ms; /* first pause between two starts */
	int backoff_max_ms;
	int settled_ms; /* a role that lived this long starts again at once */
	int stop_ms;	/* time to end in order, each role */
};

extern const struct monitor_limits monitor_limits_default;

struct monitor_ops {
	void *arg;
	/* In the role's own process; the return value is its exit code (enum cli_exit). */
	int (*run)(void *arg, const struct seat *seat);
	/* SIGHUP. Returns a set of roles (1 << ROLE_...) that must start again, 0 to leave all as they are. */
	unsigned (*reload)(void *arg);
};

/**
 * Run the roles of @p set (1 << ROLE_...) until SIGTERM or SIGINT, or until one cannot start at all. Returns the exit
 * code of the program.
 */
int monitor_run(const struct monitor_ops *ops, unsigned set,
    const struct monitor_limits *limits);

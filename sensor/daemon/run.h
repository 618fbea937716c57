/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: what `earshot run` has made up its mind about before it starts the roles: configuration, interfaces, folders.
 * Every role reads it, none changes it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "sensor/daemon/config.h"
#include "sensor/daemon/privilege.h"
#include "sensor/daemon/seat.h"

struct run {
	struct config config;
	struct identity identity;
	struct strlist interfaces; /* where capture listens */
	struct strlist datadirs;   /* configured ones, then our own */
	struct cidrset scope; /* configured, or this machine's own addresses */
	char state_dir[PATH_MAX];
	char sensor_name[256];
	bool terminal; /* print events as they happen */
};

/** Fill what the configuration leaves open from the machine. @p out owns @p config from here on, also on failure. */
int run_resolve(struct config *config, const struct strlist *interfaces,
    struct run *out, struct errbuf *eb) ES_MUST_CHECK;
void run_fini(struct run *r);

/** Put @p dir before the other data folders. */
int run_datadir_first(
    struct run *r, const char *dir, struct errbuf *eb) ES_MUST_CHECK;

/** Make the state folder and give it to the identity; needs the privileges of the start. */
int run_prepare_state(const struct run *r, struct errbuf *eb) ES_MUST_CHECK;

/**
 * Become the identity of the run, for good. Data folders that it could not reach by their names (a source tree below
 * /root) stay reachable: they are opened before, and named by their descriptors after.
 */
int run_become(struct run *r, struct errbuf *eb) ES_MUST_CHECK;

/** After the change of user: can the state folder be written and a data folder be read? Names folder and remedy. */
int run_check_access(const struct run *r, struct errbuf *eb) ES_MUST_CHECK;

/** The roles. Each returns its process' exit code. */
int role_capture(const struct run *run, const struct seat *seat);
int role_sensor(const struct run *run, const struct seat *seat);
int role_engine(const struct run *run, const struct seat *seat);

/** state_dir of a configuration, for commands that only read it. */
void run_state_dir(const struct config *config, char out[static PATH_MAX]);

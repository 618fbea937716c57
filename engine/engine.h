/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: the public face of the room that asks: targets in, findings out, by NSE scripts.
 *
 * One engine lives in one process on one libuv loop. Every contact with the network, whatever a script does, passes
 * the scope gate (engine/net/gate.h). Nothing here exits the process; a script's failure is that script's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/audit.h"
#include "sensor/model/finding.h"
#include "sensor/model/observation.h"
#include "sensor/model/scope.h"
#include "sensor/model/target.h"

struct uv_loop_s;
struct engine;

struct engine_options {
	struct uv_loop_s *loop;
	const char *const
	    *datadirs; /* searched in order for scripts/, nselib/, data files */
	size_t ndatadirs;
	const char *script_args; /* as --script-args, or NULL */
	const char *script_args_file;
	int verbosity;
	int debugging;
	int timing; /* 0-5, default 3 */
	bool script_trace;
	bool privileged;     /* raw sockets may be opened */
	bool ipv6;	     /* the scan's family (-6) */
	int max_parallelism; /* 0 = 20, as NSE */
	int min_parallelism;
	double script_timeout_s; /* 0 = none */
	double host_timeout_s;
	double script_cpu_s;   /* processor time of one script thread; 0 = 60 */
	int version_intensity; /* default 7 */
	bool version_detection; /* -sV: category version is added */
	const char *interface;	/* -e */
	size_t lua_max_octets;	/* 0 = 256 MiB */
};

enum target_status {
	TARGET_OK,
	TARGET_TIMEOUT,
	TARGET_HALTED,
	TARGET_FAILED /* no script could be chosen: see the log */
};

/* What the engine tells. All pointers are borrowed for the call. Never called from inside engine_submit. */
struct engine_callbacks {
	void *arg;
	void (*finding)(void *arg, const struct finding *f);
	void (*audit)(void *arg, const struct audit *a);
	void (*discovered)(void *arg, const struct observation *obs);
	void (*done)(void *arg, uint64_t target_id, enum target_status status,
	    uint32_t scripts_run);
	/* Text that NSE prints to the terminal ("NSE: ..." lines, log_write, traces); NULL = standard output. */
	void (*output)(void *arg, const char *text, size_t len);
};

struct engine_stats {
#define COUNTER(name, unit, help) uint64_t name;
#include "engine/counters.def"
#undef COUNTER
};

/** Create Lua, load the core. Returns 0 or a negative code with text in @p eb. */
int engine_new(const struct engine_options *options,
    const struct engine_callbacks *callbacks, struct engine **out,
    struct errbuf *eb) ES_MUST_CHECK;

/** Replace the scope; a halted one closes every socket within one loop turn. Starts empty: everything refused. */
int engine_scope_set(struct engine *e, const struct scope *scope) ES_MUST_CHECK;

/**
 * Take a target (copied). A target without an address runs prerules (and postrules after them) of its scripts.
 * Returns 0, or ES_E(FULL) when engine_options' bounds are reached.
 */
int engine_submit(struct engine *e, const struct target *t) ES_MUST_CHECK;

/** Threads alive, targets under way. */
void engine_stats_get(const struct engine *e, struct engine_stats *out);

/** Stop: abort all threads, run their close handlers, close all sockets. */
void engine_free(struct engine *e);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state: the engine's own record, shared by the files of engine/ (not by libraries: those see thread.h).
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <sys/queue.h>
#include <uv.h>

#include "engine/engine.h"
#include "engine/group.h"
#include "engine/net/slots.h"
#include "engine/sched.h"

struct gate;
struct netdb;
struct tls;

/* Time limits of one host in a run: the clock runs while one of its threads lives. */
struct host_clock {
	unsigned threads;
	int64_t since_ns;
	int64_t spent_ns;
};

/* A group under way. */
struct run {
	LIST_ENTRY(run) link;
	struct engine *engine;
	struct nse_group group;
	int64_t handle; /* what Lua knows it by */
	unsigned level, levels;
	bool level_begun;
	bool exhausted; /* the core has no more threads for this level */
	bool over;
	size_t live_base;
	uint32_t scripts_run;
	int64_t begun_ns;
	enum target_status status;
	struct host_clock *clocks;
	LIST_HEAD(, nse_thread) threads;
};

struct selection {
	struct engine *engine;
	int ref; /* the core's table */
};

/* A selection kept for targets that ask for the same scripts. */
struct kept_selection {
	TAILQ_ENTRY(kept_selection) link; /* last used first */
	char *rules;
	struct selection *selection;
	unsigned users;
};

struct pending_target {
	STAILQ_ENTRY(pending_target) link;
	char text[1024];
};

struct engine {
	lua_State *L;
	uv_loop_t *loop;
	struct engine_options opt; /* strings owned */
	struct engine_callbacks cb;
	struct sched sched;
	struct slots slots;
	LIST_HEAD(, nse_thread) slot_idle; /* holders without open sockets */
	LIST_HEAD(, sock) socks;	   /* every open socket */
	struct gate *gate;
	struct tls *tls;
	struct netdb *netdb;
	int core_ref; /* table of the core's entry points */
	int64_t next_run;
	LIST_HEAD(, run) runs;
	TAILQ_HEAD(kept_list, kept_selection) kept;
	size_t nkept;
	STAILQ_HEAD(, pending_target) new_targets;
	size_t new_targets_queued;
	size_t lua_octets;
	size_t lua_max;
	int64_t cpu_budget_ns;
	unsigned handles; /* uv handles and requests not yet closed */
	uint64_t finished;
	struct engine_stats stats;
	bool stopping;
};

#define ENGINE_THREADS_LIMIT 1000
#define ENGINE_RUNS_MAX 4096
#define ENGINE_NEW_TARGETS_MAX 65536
#define ENGINE_CPU_BUDGET_S 60
#define ENGINE_CORE_BUDGET_NS                                                  \
	(10 *                                                                  \
	    NS_PER_S) /* one call of the core: a script loaded, a result rendered */

/**
 * Call the core's entry point @p name with the @p nargs values on top of the main state; pops them. Returns 0 and
 * leaves @p nres results, or ES_E(SYS) with the message (a string) left instead.
 */
int engine_core_call(
    struct engine *e, const char *name, int nargs, int nres) ES_MUST_CHECK;

/** Text for the terminal: to the output callback or standard output. */
void engine_output(struct engine *e, const char *text, size_t len);
void engine_printf(struct engine *e, const char *fmt, ...) ES_PRINTF(2, 3);

/* target.c */
/** A script found @p text (address or name). False when nobody listens: it is to be queued. */
bool engine_discovered(struct engine *e, const char *text);
/** Release the selections kept for targets. */
void targets_fini(struct engine *e);

/* group.c */
/** Start threads of @p r while there is room; move it to its next level or end it. */
void run_advance(struct run *r);
struct run *run_find(const struct engine *e, int64_t handle);
/** A thread of the run begins or ended: host clocks and counts. */
void run_thread_begin(struct run *r, struct nse_thread *t);
void run_thread_end(struct run *r, struct nse_thread *t);
/** Has the script, host or group limit of this waiting thread passed? */
bool run_thread_expired(const struct run *r, const struct nse_thread *t);
/** End every run as @p status. */
void runs_abort(struct engine *e, enum target_status status);

/* corelib.c */
/** Push the table of C functions that the core is loaded with. */
int corelib_open(lua_State *L);
/** Its part about threads: adds to the table on top. */
void corelib_threads_register(lua_State *L);

/* records.c */
/** Push fresh Lua tables of the records. */
void records_push_host(lua_State *L, const struct nse_host *h);
void records_push_port(lua_State *L, const struct nse_port *p);
/** Core functions about hosts and ports: adds them to the table on top. */
void records_register(lua_State *L);
/** The run, host and port that the arguments 1, 2, 3 name; each raises when there is none. */
struct run *records_run(lua_State *L);
struct nse_host *records_host(lua_State *L, struct run *r);
struct nse_port *records_port(lua_State *L, struct nse_host *h);
/** Its part that searches and changes ports: adds to the table on top. */
void records_ports_register(lua_State *L);

/* embed: generated from engine/core by the build. */
struct core_file {
	const char *name;
	const unsigned char *data;
	unsigned long len;
};
extern const struct core_file core_files[];

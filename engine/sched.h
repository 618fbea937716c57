/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched: the scheduler of script threads. C data only: a ready queue, a table of threads, one timer a thread.
 *
 * One turn (an idle callback of the loop, so it never runs inside another callback of ours):
 *	start new threads while there is room -> resume every thread that was ready -> close runs that are over.
 * Only thread_run resumes; everything else queues (thread.h). A thread that overruns its time slice is interrupted by
 * slice.c, which makes it yield from a one-shot hook, and goes to the end of the queue.
 *
 * Private to engine/; libraries see thread.h.
 */
#pragma once

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <time.h>
#include <uv.h>

#include "engine/thread.h"
#include "sensor/base/mono.h"

struct run;
struct sock;

enum thread_state {
	THREAD_READY,	/* in the queue */
	THREAD_RUNNING, /* being resumed */
	THREAD_WAITING	/* for thread_wake or its timer */
};

enum thread_end {
	END_RETURNED, /* results are on the coroutine's stack */
	END_FAILED,   /* the error value is on the coroutine's stack */
	END_STRAY,    /* yielded something that is no wait */
	END_TIMEOUT,  /* script, host or target limit */
	END_BUDGET,   /* used up its processor time */
	END_ABORTED   /* orphan, halt, shut-down */
};

struct nse_thread {
	uint64_t id;
	struct engine *engine;
	struct run *run; /* NULL once the run is over */
	lua_State *co;
	int co_ref;
	enum thread_state state;
	bool worker;
	bool asked;	/* it, or a worker of it, turned to the network */
	bool started;	/* resumed at least once */
	bool announced; /* thread_wait_begin was called */
	bool woken;	/* thread_wake came since */
	bool resumed;	/* wake reason not yet fetched */
	enum wake_reason reason;
	uint64_t serial;
	uint64_t base; /* id of the base thread; own id for base threads */
	size_t host;   /* index in the run's group; SIZE_MAX = none */
	size_t port;
	int64_t begun_ns; /* for the script time-out: workers inherit */
	int64_t cpu_ns;
	char script[64];
	struct close_handler *handlers;
	LIST_HEAD(, sock) socks; /* connected by this thread */
	bool has_slot;
	bool slot_idle; /* in the engine's list of slots that may be released */
	LIST_ENTRY(nse_thread) slot_link;
	bool closing;
	uv_timer_t timer;
	TAILQ_ENTRY(nse_thread) ready_link;
	LIST_ENTRY(nse_thread) run_link;
};

TAILQ_HEAD(thread_queue, nse_thread);

/* The watch on the running slice; written by the scheduler, read by a signal handler. */
struct slice {
	timer_t timer;
	bool created;
	bool armed;
	lua_State
	    *volatile innermost; /* the coroutine that executes now; NULL between slices */
	volatile uint64_t number; /* rises with every slice */
	uint64_t seen;		  /* by the handler: number at the last tick */
	volatile sig_atomic_t yielding; /* the hook made the coroutine yield */
	volatile sig_atomic_t overrun; /* the budget of the thread is used up */
	int64_t started_ns;
	int64_t budget_ns;
};

struct sched {
	struct thread_queue ready;
	struct nse_thread **table; /* by the low bits of the id */
	size_t table_cap;
	size_t free_hint;
	uint64_t generation;
	size_t live;
	struct nse_thread *current;
	struct slice slice;
	uv_idle_t idle;
	uv_timer_t tick;
	bool kicked;
};

#define SCHED_THREADS_MAX 65536
#define SCHED_HOST_NONE SIZE_MAX

int sched_init(struct engine *e) ES_MUST_CHECK;
/** Close the handles; every thread must have ended. */
void sched_fini(struct engine *e);

/** Something is to be done: run a turn soon. */
void sched_kick(struct engine *e);

/**
 * Make a thread of the function and @p nargs arguments on top of @p from, and queue it. Pops them, pushes the
 * coroutine. NULL (nothing popped) when the table is full.
 */
struct nse_thread *sched_spawn(
    struct engine *e, struct run *run, lua_State *from, int nargs);

/** End @p t for @p why: tell the core, run its close handlers, close its sockets. */
void sched_end(struct nse_thread *t, enum thread_end why, int nresults);

/** Queue a thread that may go on (its wait is over). */
void sched_ready(struct nse_thread *t);
/** Let the wait of @p t end after @p timeout_ms. */
void sched_timer(struct nse_thread *t, int64_t timeout_ms);

struct nse_thread *sched_find(const struct engine *e, uint64_t id);

/* slice.c */
int slice_init(struct slice *s) ES_MUST_CHECK;
void slice_fini(struct slice *s);
void slice_enter(struct slice *s, lua_State *co, int64_t budget_ns);
/** Returns the time the slice took. */
int64_t slice_leave(struct slice *s);
/** Ticks run while there is work. */
void slice_arm(struct slice *s, bool on);

/* coro.c */
/** Replace coroutine.resume and coroutine.wrap in the table `coroutine` of @p L. */
void coro_install(lua_State *L);
/** Is the value on top of @p L the mark of a wait? */
bool coro_is_wait(lua_State *L);
void coro_push_wait(lua_State *L);

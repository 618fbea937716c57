/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread: what C code that scripts call may know of the scheduler: who is
 *running, how to wait, how to clean up.
 *
 * A call that must wait is written as a state machine around one continuation.
 *Nothing is handed over at wake-up: the continuation runs inside the resumed
 *coroutine and looks at its own operation, so no C code ever runs Lua on a
 * suspended coroutine and a completion that comes too late finds a token nobody
 *waits for (counted, ignored):
 *
 *	static int
 *	foo_continue(lua_State *L, int status, lua_KContext ctx)
 *	{
 *		struct foo *foo = luaL_checkudata(L, 1, FOO);  the call's own
 *arguments are still on its stack
 *
 *		if (thread_resumed(L) == WAKE_TIMEOUT)
 *			return foo_fail(L, "TIMEOUT");
 *		return foo_try(L, foo);        done: push results; would block:
 *wait again
 *	}
 *
 *	foo->token = thread_wait_begin(L);     from now on thread_wake(engine,
 *foo->token) may come watch_arm(foo->watch, WATCH_READ, foo->token); return
 *thread_wait(L, foo->timeout_ms, 0, foo_continue);
 *
 * thread_wait leaves the stack as it is, so values may be kept there across
 *waits. A wake-up never resumes at once, it queues: it may come from any
 *callback, also before thread_wait was reached.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/attrs.h"

struct engine;
struct gate;
struct netdb;
struct nse_group;
struct nse_host;
struct nse_port;
struct nse_thread;

/* One suspension of one thread. Plain data: may be kept anywhere, for as long
 * as one likes. Zero = none. */
struct wait_token {
	uint64_t thread;
	uint64_t serial;
};

enum wake_reason {
	WAKE_DONE,   /* thread_wake was called: look at what happened */
	WAKE_TIMEOUT /* the time given to thread_wait is over */
};

/** The engine that owns this state, from any of its coroutines; and its parts
 * that libraries use. */
struct engine *engine_of(lua_State *L);
struct uv_loop_s *engine_loop(struct engine *e);
struct gate *engine_gate(struct engine *e);
struct netdb *engine_netdb(struct engine *e);
/** Is IPv6 the family of this run (-6)? */
bool engine_ipv6(const struct engine *e);

/** The thread that is running now; NULL while scripts are being loaded or the
 * core itself runs. */
struct nse_thread *thread_current(lua_State *L);
uint64_t thread_id(const struct nse_thread *t);

/** What the thread works for, for audits: never NULL; "" and 0 when there is no
 * thread. */
const char *thread_script(lua_State *L);
uint64_t thread_target_id(lua_State *L);

/** The running script turns to the network: what it says will not be from hearing alone. */
void thread_asks(lua_State *L);

/** What holds for the running thread's group, or the engine: is IPv6 its family? its interface (NULL = any)? */
bool thread_ipv6(lua_State *L);
const char *thread_interface(lua_State *L);

/** Announce a wait of the current thread. Raises where waiting is impossible
 * (no thread, C-call boundary). */
struct wait_token thread_wait_begin(lua_State *L);

/**
 * Suspend until thread_wake or for @p timeout_ms (< 0 = for ever), then go on
 * in @p k with @p ctx. Use as `return thread_wait(...)`; it does not return to
 * the caller.
 */
int thread_wait(
    lua_State *L, int64_t timeout_ms, lua_KContext ctx, lua_KFunction k);

/**
 * First thing in every continuation: why it goes on. Raises when a script
 * resumed the coroutine by hand while its operation was still under way.
 */
enum wake_reason thread_resumed(lua_State *L);

/** Queue the thread that waits with @p token. Harmless when it no longer does.
 * Never runs Lua. */
void thread_wake(struct engine *e, struct wait_token token);

/* A cleanup of the current thread: embed it; it is called once, when the thread
 * ends for any reason, without Lua. */
struct close_handler {
	struct close_handler *next, **prev; /* prev == NULL: not attached */
	void (*run)(struct close_handler *h);
};

/** Attach @p h to the current base thread or worker (LIFO). Without a thread
 * nothing happens and it returns false. */
bool thread_on_close(lua_State *L, struct close_handler *h);
/** Detach; harmless when not attached. */
void thread_off_close(struct close_handler *h);

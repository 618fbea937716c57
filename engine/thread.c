/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread: the library's side of the scheduler: waiting, waking, cleaning up. The rules are in thread.h.
 */
#include "engine/thread.h"

#include <lauxlib.h>
#include <string.h>

#include "engine/sched.h"
#include "engine/state.h"

struct engine *
engine_of(lua_State *L)
{
	struct engine *e;

	/* Every coroutine inherits the extra space of the main state. */
	memcpy(&e, lua_getextraspace(L), sizeof(e));
	return e;
}

struct uv_loop_s *
engine_loop(struct engine *e)
{
	return e->loop;
}

struct gate *
engine_gate(struct engine *e)
{
	return e->gate;
}

struct nse_thread *
thread_current(lua_State *L)
{
	return engine_of(L)->sched.current;
}

uint64_t
thread_id(const struct nse_thread *t)
{
	return t->id;
}

const char *
thread_script(lua_State *L)
{
	const struct nse_thread *t = thread_current(L);

	return t == NULL ? "" : t->script;
}

uint64_t
thread_target_id(lua_State *L)
{
	const struct nse_thread *t = thread_current(L);

	return t == NULL || t->run == NULL ? 0 : t->run->group.target_id;
}

void
thread_asks(lua_State *L)
{
	struct nse_thread *t = thread_current(L);
	struct nse_thread *base;

	if (t == NULL)
		return;
	t->asked = true;
	base = sched_find(t->engine, t->base);
	if (base != NULL)
		base->asked = true;
}

bool
thread_ipv6(lua_State *L)
{
	const struct nse_thread *t = thread_current(L);

	if (t == NULL || t->run == NULL || t->run->group.nhosts == 0)
		return engine_of(L)->opt.ipv6;
	return t->run->group.hosts[0].addr.family == 6;
}

const char *
thread_interface(lua_State *L)
{
	const struct nse_thread *t = thread_current(L);

	if (t == NULL || t->run == NULL || t->run->group.ifname == NULL)
		return engine_of(L)->opt.interface;
	return t->run->group.ifname;
}

struct wait_token
thread_wait_begin(lua_State *L)
{
	struct nse_thread *t = thread_current(L);

	if (t == NULL) {
		luaL_error(L, "waiting is only possible in a running script");
		return (struct wait_token){ 0 }; /* not reached */
	}
	if (!lua_isyieldable(L)) {
		/* Lua's own words, which carry no position. */
		lua_pushliteral(L, "attempt to yield across a C-call boundary");
		lua_error(L);
	}
	t->serial++;
	t->announced = true;
	t->woken = false;
	return (struct wait_token){ .thread = t->id, .serial = t->serial };
}

int
thread_wait(lua_State *L, int64_t timeout_ms, lua_KContext ctx, lua_KFunction k)
{
	struct nse_thread *t = thread_current(L);

	es_require(t != NULL && t->announced);
	if (timeout_ms >= 0 && !t->woken)
		sched_timer(t, timeout_ms);
	coro_push_wait(L);
	return lua_yieldk(L, 1, ctx, k);
}

enum wake_reason
thread_resumed(lua_State *L)
{
	struct nse_thread *t = thread_current(L);

	if (t == NULL || !t->resumed) {
		luaL_error(L, "coroutine resumed by hand while it waited");
		return WAKE_TIMEOUT; /* not reached */
	}
	t->resumed = false;
	return t->reason;
}

void
thread_wake(struct engine *e, struct wait_token token)
{
	struct nse_thread *t = sched_find(e, token.thread);

	if (token.thread == 0)
		return;
	if (t == NULL || t->serial != token.serial || !t->announced ||
	    t->closing) {
		e->stats.stale_wakeups++;
		return;
	}
	if (t->woken)
		return;
	t->woken = true;
	t->reason = WAKE_DONE;
	if (t->state == THREAD_WAITING)
		sched_ready(t);
}

bool
thread_on_close(lua_State *L, struct close_handler *h)
{
	struct nse_thread *t = thread_current(L);

	if (t == NULL)
		return false;
	thread_off_close(h);
	h->next = t->handlers;
	if (h->next != NULL)
		h->next->prev = &h->next;
	t->handlers = h;
	h->prev = &t->handlers;
	return true;
}

void
thread_off_close(struct close_handler *h)
{
	if (h->prev == NULL)
		return;
	*h->prev = h->next;
	if (h->next != NULL)
		h->next->prev = h->prev;
	h->prev = NULL;
	h->next = NULL;
}

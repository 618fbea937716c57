/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corelib_threads: the part of corelib about threads: starting them, waiting, and telling what they gave.
 */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "sensor/base/str.h"

static size_t
index_arg(lua_State *L, int arg)
{
	return lua_isinteger(L, arg) ? (size_t)lua_tointeger(L, arg) - 1
				     : SCHED_HOST_NONE;
}

/* spawn(run, host or nil, port or nil, script name, function, ...) -> thread id, coroutine */
static int
core_spawn(lua_State *L)
{
	struct engine *e = engine_of(L);
	struct run *r = run_find(e, luaL_checkinteger(L, 1));
	struct nse_thread *t;

	luaL_argcheck(L, r != NULL, 1, "no such run");
	luaL_checktype(L, 5, LUA_TFUNCTION);
	luaL_checkstring(L, 4);
	t = sched_spawn(e, r, L, lua_gettop(L) - 5);
	if (t == NULL)
		return luaL_error(L, "too many threads");
	t->host = index_arg(L, 2);
	t->port = index_arg(L, 3);
	str_copy(t->script, sizeof(t->script), lua_tostring(L, 4));
	run_thread_begin(r, t);
	lua_pushinteger(L, (lua_Integer)t->id);
	lua_insert(L, -2);
	return 2;
}

/* spawn_worker(function, ...) -> thread id, coroutine: for the current thread */
static int
core_spawn_worker(lua_State *L)
{
	struct engine *e = engine_of(L);
	struct nse_thread *creator = e->sched.current;
	struct nse_thread *t;

	luaL_checktype(L, 1, LUA_TFUNCTION);
	if (creator == NULL || creator->run == NULL)
		return luaL_error(L,
		    "stdnse.new_thread can only be run from an active script");
	t = sched_spawn(e, creator->run, L, lua_gettop(L) - 1);
	if (t == NULL)
		return luaL_error(L, "too many threads");
	t->worker = true;
	t->base = creator->base;
	t->host = creator->host;
	t->port = creator->port;
	t->begun_ns = creator->begun_ns;
	memcpy(t->script, creator->script, sizeof(t->script));
	run_thread_begin(creator->run, t);
	lua_pushinteger(L, (lua_Integer)t->id);
	lua_insert(L, -2);
	return 2;
}

/* current() -> thread id or nil */
static int
core_current(lua_State *L)
{
	const struct nse_thread *t = thread_current(L);

	if (t == NULL)
		return 0;
	lua_pushinteger(L, (lua_Integer)t->id);
	return 1;
}

/* announce() -> token: see thread_wait_begin */
static int
core_announce(lua_State *L)
{
	struct wait_token *token = lua_newuserdatauv(L, sizeof(*token), 0);

	*token = thread_wait_begin(L);
	return 1;
}

static int
suspend_continue(lua_State *L, int status, lua_KContext ctx)
{
	(void)status;
	(void)ctx;
	(void)thread_resumed(L);
	return 0;
}

static int
core_suspend(lua_State *L)
{
	return thread_wait(L, -1, 0, suspend_continue);
}

/* wake(token) */
static int
core_wake(lua_State *L)
{
	const struct wait_token *token = lua_touserdata(L, 1);

	luaL_argexpected(L, token != NULL, 1, "token");
	thread_wake(engine_of(L), *token);
	return 0;
}

/* waits(token): does that thread still wait with it? */
static int
core_waits(lua_State *L)
{
	const struct wait_token *token = lua_touserdata(L, 1);
	const struct nse_thread *t;

	luaL_argexpected(L, token != NULL, 1, "token");
	t = sched_find(engine_of(L), token->thread);
	lua_pushboolean(L, t != NULL && !t->closing && t->announced &&
			       !t->woken && t->serial == token->serial);
	return 1;
}

/* action_started(): the rule said yes */
static int
core_action_started(lua_State *L)
{
	struct nse_thread *t = thread_current(L);

	if (t != NULL && t->run != NULL)
		t->run->scripts_run++;
	return 0;
}

/* asked(thread id) -> did the script of a base thread turn to the network? */
static int
core_asked(lua_State *L)
{
	const struct nse_thread *t =
	    sched_find(engine_of(L), (uint64_t)luaL_checkinteger(L, 1));

	lua_pushboolean(L, t == NULL || t->asked);
	return 1;
}

static const char *
result_field(lua_State *L, const char *key)
{
	const char *s;

	/* The table keeps the string; the stack need not. */
	lua_getfield(L, 1, key);
	s = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
	lua_pop(L, 1);
	return s;
}

static int64_t
result_time(lua_State *L, const char *key)
{
	lua_Number v;

	lua_getfield(L, 1, key);
	v = lua_tonumber(L, -1);
	lua_pop(L, 1);
	return (int64_t)(v * 1e9);
}

static bool
result_flag(lua_State *L, const char *key)
{
	bool v;

	lua_getfield(L, 1, key);
	v = lua_toboolean(L, -1);
	lua_pop(L, 1);
	return v;
}

static lua_Integer
result_integer(lua_State *L, const char *key)
{
	lua_Integer v;

	lua_getfield(L, 1, key);
	v = lua_tointeger(L, -1);
	lua_pop(L, 1);
	return v;
}

/* result{run=, host=, port=, id=, ...}: tell what a script gave */
static int
core_result(lua_State *L)
{
	struct nse_result r = { 0 };
	struct run *run;
	size_t host, port;

	luaL_checktype(L, 1, LUA_TTABLE);
	run = run_find(engine_of(L), result_integer(L, "run"));
	if (run == NULL || run->group.result == NULL)
		return 0;
	host = (size_t)result_integer(L, "host");
	port = (size_t)result_integer(L, "port");
	if (host >= 1 && host <= run->group.nhosts)
		r.host = &run->group.hosts[host - 1];
	if (r.host != NULL && port >= 1 && port <= r.host->nports)
		r.port = &r.host->ports[port - 1];
	r.id = result_field(L, "id");
	r.path = result_field(L, "path");
	r.sha256 = result_field(L, "sha256");
	r.categories = result_field(L, "categories");
	r.rule = (enum finding_rule)result_integer(L, "rule");
	r.status = (enum finding_status)result_integer(L, "status");
	r.started.ns = result_time(L, "started");
	r.ended.ns = result_time(L, "ended");
	r.text = result_field(L, "text");
	r.text_len = r.text == NULL
			 ? 0
			 : (lua_getfield(L, 1, "text"), lua_rawlen(L, -1));
	r.xml = result_field(L, "xml");
	r.json = result_field(L, "json");
	r.error = result_field(L, "error");
	r.asked = result_flag(L, "asked");
	run->group.result(run->group.arg, &r);
	return 0;
}

/* new_target(text) -> true when there was room */
static int
core_new_target(lua_State *L)
{
	struct engine *e = engine_of(L);
	const char *text = luaL_checkstring(L, 1);
	struct pending_target *p;

	if (e->new_targets_queued >= ENGINE_NEW_TARGETS_MAX)
		return 0;
	lua_pushboolean(L, engine_discovered(e, text));
	if (lua_toboolean(L, -1))
		return 1;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return 0;
	str_copy(p->text, sizeof(p->text), text);
	STAILQ_INSERT_TAIL(&e->new_targets, p, link);
	e->new_targets_queued++;
	lua_pushboolean(L, 1);
	return 1;
}

static int
core_new_targets_queued(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)engine_of(L)->new_targets_queued);
	return 1;
}

void
corelib_threads_register(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "action_started", core_action_started },
		{ "asked", core_asked },
		{ "announce", core_announce },
		{ "current", core_current },
		{ "new_target", core_new_target },
		{ "new_targets_queued", core_new_targets_queued },
		{ "result", core_result },
		{ "spawn", core_spawn },
		{ "spawn_worker", core_spawn_worker },
		{ "suspend", core_suspend },
		{ "waits", core_waits },
		{ "wake", core_wake },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, functions, 0);
}

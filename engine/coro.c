/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coro: coroutine.resume and coroutine.wrap that let a wait pass through.
 *
 * A script may make coroutines of its own and wait inside them. The wait then suspends the whole stack of coroutines
 * down to the thread: the inner one yields the private mark, the functions here yield it on from the outer one, and
 * when the scheduler resumes the thread they resume inwards again. The user's resume sees the user's yields only. The
 * same holds for the yield of an overrun slice (slice.c). Contract: nse-core §1.5.
 */
#include <lauxlib.h>
#include <string.h>

#include "engine/sched.h"
#include "engine/state.h"

static const char wait_mark = 0;

/* The mark is an address nobody else can make; its octet is never written. */
void
coro_push_wait(lua_State *L)
{
	lua_rawgetp(L, LUA_REGISTRYINDEX, &wait_mark);
}

bool
coro_is_wait(lua_State *L)
{
	bool is;

	if (!lua_islightuserdata(L, -1))
		return false;
	coro_push_wait(L);
	is = lua_rawequal(L, -1, -2);
	lua_pop(L, 1);
	return is;
}

static int resume_step(lua_State *L, lua_State *co, int nargs);

/* Going on after the thread was resumed: whatever was passed in is not for us. The coroutine is at index 1. */
static int
resume_continue(lua_State *L, int status, lua_KContext ctx)
{
	(void)status;
	(void)ctx;
	return resume_step(L, lua_tothread(L, 1), 0);
}

/* Resume @p co with arguments already on its stack. Leaves true and values, or false and the error. */
static int
resume_step(lua_State *L, lua_State *co, int nargs)
{
	struct slice *slice = &engine_of(L)->sched.slice;
	int nres, status;

	lua_settop(L, 1);
	slice->innermost = co;
	status = lua_resume(co, L, nargs, &nres);
	slice->innermost = L;
	if (status == LUA_YIELD && slice->yielding) {
		if (lua_isyieldable(L))
			return lua_yieldk(L, 0, 0, resume_continue);
		slice->yielding = 0;
		return resume_step(L, co, 0);
	}
	if (status == LUA_YIELD && nres == 1 && coro_is_wait(co)) {
		lua_xmove(co, L, 1);
		return lua_yieldk(L, 1, 0, resume_continue);
	}
	if (status != LUA_OK && status != LUA_YIELD) {
		lua_pushboolean(L, 0);
		lua_xmove(co, L, 1);
		return 2;
	}
	if (!lua_checkstack(L, nres + 1)) {
		lua_pop(co, nres);
		lua_pushboolean(L, 0);
		lua_pushliteral(L, "too many results to resume");
		return 2;
	}
	lua_pushboolean(L, 1);
	lua_xmove(co, L, nres);
	return nres + 1;
}

/* Move the arguments above index 1 to the coroutine at index 1; an error text, or NULL. */
static const char *
resume_prepare(lua_State *L, lua_State *co, int nargs)
{
	if (co == L)
		return "cannot resume non-suspended coroutine";
	if (!lua_checkstack(co, nargs + 1))
		return "too many arguments to resume";
	if (lua_status(co) == LUA_OK) {
		lua_Debug ar;

		if (lua_getstack(co, 0, &ar))
			return "cannot resume non-suspended coroutine";
		if (lua_gettop(co) == 0)
			return "cannot resume dead coroutine";
	} else if (lua_status(co) != LUA_YIELD) {
		return "cannot resume dead coroutine";
	}
	lua_xmove(L, co, nargs);
	return NULL;
}

static int
coro_resume(lua_State *L)
{
	lua_State *co = lua_tothread(L, 1);
	int nargs = lua_gettop(L) - 1;
	const char *problem;

	luaL_argexpected(L, co != NULL, 1, "coroutine");
	problem = resume_prepare(L, co, nargs);
	if (problem != NULL) {
		lua_pushboolean(L, 0);
		lua_pushstring(L, problem);
		return 2;
	}
	return resume_step(L, co, nargs);
}

/*
 * wrap is built in Lua on top of the resume above: a C function calling a function that yields would need its own
 * continuation for no gain.
 */
static const char wrap_source[] =
    "local create, resume, error, type, find = ...\n"
    "local function check(ok, ...)\n"
    "  if ok then return ... end\n"
    "  local err = ...\n"
    "  if type(err) == 'string' and not find(err, '^[^\\n]-:%d+: ') then\n"
    "    error(err, 3)\n"
    "  end\n"
    "  error(err, 0)\n"
    "end\n"
    "return function(f)\n"
    "  local co = create(f)\n"
    "  return function(...) return check(resume(co, ...)) end\n"
    "end\n";

void
coro_install(lua_State *L)
{
	lua_pushlightuserdata(L, (void *)(uintptr_t)&wait_mark);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &wait_mark);
	lua_getglobal(L, "coroutine");
	lua_pushcfunction(L, coro_resume);
	lua_setfield(L, -2, "resume");
	if (luaL_loadbufferx(L, wrap_source, sizeof(wrap_source) - 1,
		"=coroutine.wrap", "t") != LUA_OK)
		lua_error(L);
	lua_getfield(L, -2, "create");
	lua_getfield(L, -3, "resume");
	lua_getglobal(L, "error");
	lua_getglobal(L, "type");
	lua_getglobal(L, "string");
	lua_getfield(L, -1, "find");
	lua_remove(L, -2);
	lua_call(L, 5, 1);
	lua_setfield(L, -2, "wrap");
	lua_pop(L, 1);
}

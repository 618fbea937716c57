/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's Lua modules on their own: core.lua gets `modules`, name -> function that loads one into a table, and
 * returns a table of test functions.
 */
#include "tests/unit/test.h"

#include <lauxlib.h>
#include <lualib.h>

#include "engine/state.h"

/* load(name, core, c) */
static int
load_module(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);

	for (const struct core_file *f = core_files; f->name != NULL; f++) {
		if (strcmp(f->name, name) != 0)
			continue;
		if (luaL_loadbufferx(
			L, (const char *)f->data, f->len, name, "t") != LUA_OK)
			return lua_error(L);
		lua_pushvalue(L, 2);
		lua_pushvalue(L, 3);
		lua_call(L, 2, 0);
		return 0;
	}
	return luaL_error(L, "no module %s", name);
}

static int
traceback(lua_State *L)
{
	luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
	return 1;
}

static void
every_lua_test_passes(void **state)
{
	lua_State *L = luaL_newstate();
	unsigned ran = 0;

	(void)state;
	assert_non_null(L);
	luaL_openlibs(L);
	lua_pushcfunction(L, traceback);
	if (luaL_loadfile(L, "tests/unit/engine/core.lua") != LUA_OK)
		fail_msg("%s", lua_tostring(L, -1));
	lua_pushcfunction(L, load_module);
	lua_call(L, 1, 1);
	lua_pushnil(L);
	while (lua_next(L, 2) != 0) {
		if (lua_pcall(L, 0, 0, 1) != LUA_OK)
			fail_msg(
			    "%s: %s", lua_tostring(L, -2), lua_tostring(L, -1));
		ran++;
	}
	assert_in_range(ran, 10, 1000);
	lua_close(L);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lua_test_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

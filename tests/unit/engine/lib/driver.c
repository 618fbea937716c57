/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the Lua side of a C module's unit test: LIB_TEST_FILE returns an array
 * of { name, function }, and each becomes one cmocka test in a bare Lua state
 * of its own, with the engine's C modules in package.preload. A full collection
 * before the state is closed makes sure that finalizers run under the
 * sanitizers.
 */
#include "tests/unit/engine/lib/modules.h"
#include "tests/unit/test.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

struct case_ref {
	const char *name;
	lua_Integer index;
};

static int
traceback(lua_State *L)
{
	luaL_traceback(L, L, luaL_tolstring(L, 1, NULL), 1);
	return 1;
}

/* A new state with the test file's array on its stack. */
static lua_State *
load_cases(void)
{
	lua_State *L = luaL_newstate();

	if (L == NULL)
		return NULL;
	luaL_openlibs(L);
	modules_preload(L);
	lua_pushcfunction(L, traceback);
	if (luaL_loadfile(L, LIB_TEST_FILE) != LUA_OK ||
	    lua_pcall(L, 0, 1, -2) != LUA_OK) {
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		lua_close(L);
		return NULL;
	}
	return L;
}

static void
run_case(void **state)
{
	const struct case_ref *ref = *state;
	lua_State *L = load_cases();
	int status;

	assert_non_null(L);
	lua_pushcfunction(L, traceback);
	lua_rawgeti(L, -2, ref->index);
	lua_rawgeti(L, -1, 2);
	lua_remove(L, -2);
	status = lua_pcall(L, 0, 0, -2);
	if (status != LUA_OK)
		print_error("%s\n", lua_tostring(L, -1));
	lua_gc(L, LUA_GCCOLLECT);
	lua_close(L);
	assert_int_equal(status, LUA_OK);
}

int
main(void)
{
	lua_State *L = load_cases();
	lua_Integer count = L == NULL ? 0 : (lua_Integer)lua_rawlen(L, -1);
	struct CMUnitTest *tests = calloc((size_t)count + 1, sizeof(*tests));
	struct case_ref *refs = calloc((size_t)count + 1, sizeof(*refs));
	lua_Integer i;
	int failed = 1;

	if (count == 0 || tests == NULL || refs == NULL)
		goto out;
	for (i = 0; i < count; i++) {
		lua_rawgeti(L, -1, i + 1);
		lua_rawgeti(L, -1, 1);
		refs[i].name = lua_tostring(L, -1); /* the array keeps it */
		refs[i].index = i + 1;
		lua_pop(L, 2);
		tests[i] = (struct CMUnitTest){ .name = refs[i].name,
			.test_func = run_case,
			.initial_state = &refs[i] };
	}
	failed = _cmocka_run_group_tests(
	    LIB_TEST_FILE, tests, (size_t)count, NULL, NULL);
out:
	free(refs);
	free(tests);
	if (L != NULL)
		lua_close(L);
	return failed;
}

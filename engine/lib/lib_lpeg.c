/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lpeg: the system's LPeg, loaded once at start so that the global exists before any script and nothing needs the
 * file system later. Without the package, `require "lpeg"` fails as for any missing module.
 */
#include <lauxlib.h>
#include <lualib.h>

#include "engine/lib/lib.h"
#include "sensor/base/log.h"

/* Push package.FIELD(...) results: calls the function with the @p nargs values on top. */
static void
call_package(lua_State *L, const char *field, int nargs, int nresults)
{
	lua_getglobal(L, LUA_LOADLIBNAME);
	lua_getfield(L, -1, field);
	lua_replace(L, -2);
	lua_insert(L, -nargs - 1);
	lua_call(L, nargs, nresults);
}

static int
lpeg_open(lua_State *L)
{
	lua_pushliteral(L, "lpeg");
	lua_getglobal(L, LUA_LOADLIBNAME);
	lua_getfield(L, -1, "cpath");
	lua_replace(L, -2);
	call_package(L, "searchpath", 2, 1);
	if (lua_isnil(L, -1)) {
		log_warn("lpeg", "not found, scripts that need it will fail: "
				 "install the package lua-lpeg");
		return 1;
	}
	lua_pushliteral(L, "luaopen_lpeg");
	call_package(L, "loadlib", 2, 2);
	if (lua_isnil(L, -2)) {
		log_warn("lpeg", "cannot be loaded: %s", lua_tostring(L, -1));
		lua_pop(L, 1);
		return 1;
	}
	lua_pop(L, 1);
	lua_pushliteral(L, "lpeg");
	lua_call(L, 1, 1);
	return 1;
}

const struct nse_lib lib_lpeg = { .name = "lpeg", .open = lpeg_open };

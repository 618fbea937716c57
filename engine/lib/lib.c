/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib: opens the C modules of libs.def in a new Lua state.
 */
#include "engine/lib/lib.h"

#include <lauxlib.h>
#include <stddef.h>

#include "sensor/base/attrs.h"

/* NULL ends the table. */
static const struct {
	const struct nse_lib *lib;
	int global;
} rows[] = {
#define NSE_LIB(ident, name, global) { &lib_##ident, global },
#include "engine/lib/libs.def"
#undef NSE_LIB
	{ NULL, 0 },
};

void
libs_open(lua_State *L)
{
	for (size_t i = 0; rows[i].lib != NULL; i++) {
		luaL_requiref(
		    L, rows[i].lib->name, rows[i].lib->open, rows[i].global);
		lua_pop(L, 1);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib: the plug point of C modules: one file lib_NAME.c, one row in libs.def.
 *
 * A module's functions get at the engine with engine_of(L) and wait as thread.h
 * says. C memory that Lua code reaches lives in full userdata with __gc; no
 * other C allocation may be live across a call that can raise.
 */
#pragma once

#include <lua.h>

struct nse_lib {
	const char *name;	   /* as in require */
	int (*open)(lua_State *L); /* pushes the module's table, returns 1 */
};

#define NSE_LIB(ident, name, global) extern const struct nse_lib lib_##ident;
#include "engine/lib/libs.def"
#undef NSE_LIB

/** Open every row of libs.def into package.loaded (and globals). */
void libs_open(lua_State *L);

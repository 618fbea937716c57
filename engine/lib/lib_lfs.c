/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lfs: the few file-system functions that scripts of the field use: walking a folder, mkdir, rmdir, link.
 *
 * A directory object closes itself at the end of the walk, when a generic for is left early (__close), or when it is
 * collected.
 */
#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/lib/lib.h"

#define DIR_TYPE "directory metatable"

struct walk {
	DIR *dir; /* NULL once closed */
};

static int
push_result(lua_State *L, int failed)
{
	int err = errno;

	if (!failed) {
		lua_pushboolean(L, 1);
		return 1;
	}
	lua_pushnil(L);
	lua_pushstring(L, strerror(err));
	lua_pushinteger(L, err);
	return 3;
}

static void
walk_close(struct walk *w)
{
	if (w->dir != NULL)
		closedir(w->dir);
	w->dir = NULL;
}

static int
dir_next(lua_State *L)
{
	struct walk *w = luaL_checkudata(L, 1, DIR_TYPE);
	struct dirent *entry;

	luaL_argcheck(L, w->dir != NULL, 1, "closed directory");
	entry = readdir(w->dir);
	if (entry == NULL) {
		walk_close(w);
		lua_pushnil(L);
	} else {
		lua_pushstring(L, entry->d_name);
	}
	return 1;
}

static int
dir_close(lua_State *L)
{
	walk_close(luaL_checkudata(L, 1, DIR_TYPE));
	return 0;
}

static int
dir(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	struct walk *w;

	lua_pushcfunction(L, dir_next);
	w = lua_newuserdatauv(L, sizeof(*w), 0);
	w->dir = NULL;
	luaL_setmetatable(L, DIR_TYPE);
	w->dir = opendir(path);
	if (w->dir == NULL)
		return luaL_error(
		    L, "cannot open %s: %s", path, strerror(errno));
	lua_pushnil(L);
	lua_pushvalue(L, -2);
	return 4;
}

static int
make(lua_State *L)
{
	return push_result(L, mkdir(luaL_checkstring(L, 1), 0775) != 0);
}

static int
drop(lua_State *L)
{
	return push_result(L, rmdir(luaL_checkstring(L, 1)) != 0);
}

static int
make_link(lua_State *L)
{
	const char *old = luaL_checkstring(L, 1);
	const char *new = luaL_checkstring(L, 2);
	int failed = lua_toboolean(L, 3) ? symlink(old, new) : link(old, new);

	return push_result(L, failed != 0);
}

static int
path_separator(lua_State *L)
{
	lua_pushliteral(L, "/");
	return 1;
}

static const luaL_Reg methods[] = {
	{ "next", dir_next },
	{ "close", dir_close },
	{ "__gc", dir_close },
	{ "__close", dir_close },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "dir", dir },
	{ "mkdir", make },
	{ "rmdir", drop },
	{ "link", make_link },
	{ "get_path_separator", path_separator },
	{ NULL, NULL },
};

static int
lfs_open(lua_State *L)
{
	luaL_newmetatable(L, DIR_TYPE);
	luaL_setfuncs(L, methods, 0);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	lua_pushliteral(L, "LuaFileSystem 1.5.0");
	lua_setfield(L, -2, "_VERSION");
	lua_pushliteral(L, "The functions of LuaFileSystem that scripts use");
	lua_setfield(L, -2, "_DESCRIPTION");
	lua_pushliteral(L, "The earshot authors");
	lua_setfield(L, -2, "_COPYRIGHT");
	return 1;
}

const struct nse_lib lib_lfs = { .name = "lfs", .open = lfs_open };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corelib: what the core's Lua modules (engine/core) may call in C. Scripts never see this table.
 */
#include <dirent.h>
#include <errno.h>
#include <lauxlib.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/lib/nmap_ifaces.h"
#include "engine/net/resolver.h"
#include "engine/state.h"
#include "sensor/base/str.h"

static int
core_write(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);

	engine_output(engine_of(L), text, len);
	return 0;
}

static int
core_write_error(lua_State *L)
{
	size_t len;
	const char *text = luaL_checklstring(L, 1, &len);

	(void)!fwrite(text, 1, len, stderr);
	return 0;
}

static int
core_verbosity(lua_State *L)
{
	lua_pushinteger(L, engine_of(L)->opt.verbosity);
	return 1;
}

static int
core_debugging(lua_State *L)
{
	lua_pushinteger(L, engine_of(L)->opt.debugging);
	return 1;
}

static int
core_ipv6(lua_State *L)
{
	lua_pushboolean(L, thread_ipv6(L));
	return 1;
}

static int
core_interface(lua_State *L)
{
	lua_pushstring(L, thread_interface(L));
	return 1;
}

static const char *
kind_of(const char *path)
{
	struct stat st;

	if (access(path, R_OK) != 0 || stat(path, &st) != 0)
		return NULL;
	return S_ISDIR(st.st_mode) ? "directory" : "file";
}

static int
push_found(lua_State *L, const char *path)
{
	const char *kind = kind_of(path);

	if (kind == NULL)
		return 0;
	lua_pushstring(L, kind);
	lua_pushstring(L, path);
	return 2;
}

/* find(name) -> kind, path: through the data folders */
static int
core_find(lua_State *L)
{
	struct engine *e = engine_of(L);
	const char *name = luaL_checkstring(L, 1);

	for (size_t i = 0; i < e->opt.ndatadirs; i++) {
		lua_pushfstring(L, "%s/%s", e->opt.datadirs[i], name);
		if (push_found(L, lua_tostring(L, -1)) != 0)
			return 2;
		lua_pop(L, 1);
	}
	return 0;
}

/* kind(path) -> kind, path */
static int
core_kind(lua_State *L)
{
	return push_found(L, luaL_checkstring(L, 1));
}

/* list(path) -> array of names, or nil and a message */
static int
core_list(lua_State *L)
{
	DIR *dir;
	const struct dirent *entry;
	lua_Integer n = 0;

	lua_newtable(L);
	dir = opendir(luaL_checkstring(L, 1));
	if (dir == NULL) {
		lua_pushnil(L);
		lua_pushstring(L, strerror(errno));
		return 2;
	}
	while ((entry = readdir(dir)) != NULL) {
		lua_pushstring(L, entry->d_name);
		lua_rawseti(L, -2, ++n);
	}
	closedir(dir);
	return 1;
}

static int
core_sha256(lua_State *L)
{
	size_t len;
	const char *data = luaL_checklstring(L, 1, &len);
	unsigned char md[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned n = 0;

	if (EVP_Digest(data, len, md, &n, EVP_sha256(), NULL) != 1)
		return luaL_error(L, "SHA-256 is not available");
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(hex + (size_t)2 * i, 3, "%02x", md[i]);
	lua_pushstring(L, hex);
	return 1;
}

static int
core_clock(lua_State *L)
{
	lua_pushnumber(L, (lua_Number)wall_now().ns / 1e9);
	return 1;
}

static int
core_random(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);
	luaL_Buffer b;
	char *p;
	size_t done = 0;

	if (n < 0)
		return luaL_error(
		    L, "Invalid length argument to get_random_bytes.");
	p = luaL_buffinitsize(L, &b, (size_t)n);
	while (done < (size_t)n) {
		ssize_t got = getrandom(p + done, (size_t)n - done, 0);

		if (got < 0 && errno != EINTR)
			return luaL_error(L, "no random numbers");
		if (got > 0)
			done += (size_t)got;
	}
	luaL_pushresultsize(&b, (size_t)n);
	return 1;
}

/* A lookup under way, in a userdata at index 3. */
static int
lookup_gc(lua_State *L)
{
	struct lookup **l = lua_touserdata(L, 1);

	lookup_free(*l);
	*l = NULL;
	return 0;
}

static int
resolve_finish(lua_State *L, const struct lookup *l)
{
	char text[ADDR_TEXT];

	if (l->count == 0) {
		lua_pushboolean(L, 0);
		lua_pushliteral(L, "Failed to resolve");
		return 2;
	}
	lua_pushboolean(L, 1);
	lua_createtable(L, (int)l->count, 0);
	for (size_t i = 0; i < l->count; i++) {
		lua_pushstring(L, addr_fmt(&l->found[i].addr, text));
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 2;
}

static int
resolve_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct lookup *const *l = lua_touserdata(L, 3);

	(void)status;
	(void)ctx;
	(void)thread_resumed(L);
	return resolve_finish(L, *l);
}

/* resolve(name, family number) -> true, addresses or false, message. Waits. */
static int
core_resolve(lua_State *L)
{
	const char *name = luaL_checkstring(L, 1);
	lua_Integer family = luaL_checkinteger(L, 2);
	struct lookup **l;
	struct contact who = { .target_id = thread_target_id(L),
		.script = thread_script(L) };
	struct wait_token token;

	thread_asks(L);
	lua_settop(L, 2);
	l = lua_newuserdatauv(L, sizeof(struct lookup *), 0);
	*l = NULL;
	if (luaL_newmetatable(L, "earshot.lookup")) {
		lua_pushcfunction(L, lookup_gc);
		lua_setfield(L, -2, "__gc");
	}
	lua_setmetatable(L, -2);
	token = thread_wait_begin(L);
	if (resolver_start(engine_of(L), &who, name,
		family == 4   ? AF_INET
		: family == 6 ? AF_INET6
			      : AF_UNSPEC,
		token, l) != 0)
		return luaL_error(L, "not enough memory");
	if ((*l)->done)
		return resolve_finish(L, *l);
	return thread_wait(L, -1, 0, resolve_continue);
}

static void
set_option(lua_State *L, const char *key, const char *value)
{
	lua_pushstring(L, value);
	lua_setfield(L, -2, key);
}

static void
push_options(lua_State *L, const struct engine_options *opt)
{
	lua_newtable(L);
	set_option(L, "script_args", opt->script_args);
	set_option(L, "script_args_file", opt->script_args_file);
	lua_pushinteger(L, opt->timing);
	lua_setfield(L, -2, "timing");
	lua_pushinteger(L, opt->version_intensity);
	lua_setfield(L, -2, "version_intensity");
	lua_pushboolean(L, opt->privileged);
	lua_setfield(L, -2, "privileged");
	lua_pushnumber(L, opt->script_timeout_s);
	lua_setfield(L, -2, "script_timeout");
	lua_newtable(L);
	for (size_t i = 0; i < opt->ndatadirs; i++) {
		lua_pushstring(L, opt->datadirs[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "datadirs");
}

int
corelib_open(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "clock", core_clock },
		{ "debugging", core_debugging },
		{ "find", core_find },
		{ "get_interface_info", nmap_get_interface_info },
		{ "interface", core_interface },
		{ "ipv6", core_ipv6 },
		{ "kind", core_kind },
		{ "list", core_list },
		{ "list_interfaces", nmap_list_interfaces },
		{ "random", core_random },
		{ "resolve", core_resolve },
		{ "sha256", core_sha256 },
		{ "verbosity", core_verbosity },
		{ "write", core_write },
		{ "write_error", core_write_error },
		{ NULL, NULL },
	};

	luaL_newlib(L, functions);
	records_register(L);
	corelib_threads_register(L);
	push_options(L, &engine_of(L)->opt);
	lua_setfield(L, -2, "options");
	return 1;
}

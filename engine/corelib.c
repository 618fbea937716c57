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
		{ "action_started", core_action_started },
		{ "announce", core_announce },
		{ "clock", core_clock },
		{ "current", core_current },
		{ "debugging", core_debugging },
		{ "find", core_find },
		{ "get_interface_info", nmap_get_interface_info },
		{ "interface", core_interface },
		{ "ipv6", core_ipv6 },
		{ "kind", core_kind },
		{ "list", core_list },
		{ "list_interfaces", nmap_list_interfaces },
		{ "new_target", core_new_target },
		{ "new_targets_queued", core_new_targets_queued },
		{ "random", core_random },
		{ "resolve", core_resolve },
		{ "result", core_result },
		{ "sha256", core_sha256 },
		{ "spawn", core_spawn },
		{ "spawn_worker", core_spawn_worker },
		{ "suspend", core_suspend },
		{ "verbosity", core_verbosity },
		{ "waits", core_waits },
		{ "wake", core_wake },
		{ "write", core_write },
		{ "write_error", core_write_error },
		{ NULL, NULL },
	};

	luaL_newlib(L, functions);
	records_register(L);
	push_options(L, &engine_of(L)->opt);
	lua_setfield(L, -2, "options");
	return 1;
}

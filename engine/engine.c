/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: birth and death of the room: options, Lua state with its memory cap, core, scope. What happens in between is
 * the scheduler's (sched.c) and the groups' (group.c).
 */
#include "engine/engine.h"

#include <lauxlib.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lib/lib.h"
#include "engine/net/gate.h"
#include "engine/net/sock.h"
#include "engine/netdb.h"
#include "engine/state.h"
#include "sensor/base/log.h"

#define LUA_MAX_DEFAULT (256U * 1024 * 1024)
#define SLOTS_DEFAULT 20

/* Lua's heap with a cap: past it Lua collects garbage, and failing that the script gets "not enough memory". */
static void *
lua_heap(void *ud, void *ptr, size_t osize, size_t nsize)
{
	struct engine *e = ud;
	size_t old = ptr == NULL ? 0 : osize;
	void *p;

	if (nsize == 0) {
		free(ptr);
		e->lua_octets -= old;
		return NULL;
	}
	if (nsize > old && e->lua_octets - old + nsize > e->lua_max)
		return NULL;
	p = realloc(ptr, nsize);
	if (p != NULL)
		e->lua_octets = e->lua_octets - old + nsize;
	return p;
}

void
engine_output(struct engine *e, const char *text, size_t len)
{
	if (e->cb.output != NULL) {
		e->cb.output(e->cb.arg, text, len);
		return;
	}
	(void)!fwrite(text, 1, len, stdout);
	(void)fflush(stdout);
}

void
engine_printf(struct engine *e, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, SIZE_MAX);
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	engine_output(e, buf_cstr(&b), b.len);
	buf_fini(&b);
}

static void
on_audit(void *arg, const struct audit *a)
{
	struct engine *e = arg;

	if (e->cb.audit != NULL)
		e->cb.audit(e->cb.arg, a);
}

static int
copy_string(const char **s)
{
	if (*s == NULL)
		return 0;
	*s = strdup(*s);
	return *s == NULL ? ES_E(NOMEM) : 0;
}

static int
copy_options(struct engine *e, const struct engine_options *options)
{
	struct engine_options *o = &e->opt;
	char **dirs = calloc(options->ndatadirs + 1, sizeof(char *));
	int ret = dirs == NULL ? ES_E(NOMEM) : 0;

	*o = *options;
	o->datadirs = (const char *const *)dirs;
	for (size_t i = 0; dirs != NULL && i < o->ndatadirs; i++) {
		dirs[i] = strdup(options->datadirs[i]);
		if (dirs[i] == NULL)
			ret = ES_E(NOMEM);
	}
	if (copy_string(&o->script_args) != 0 ||
	    copy_string(&o->script_args_file) != 0 ||
	    copy_string(&o->interface) != 0)
		ret = ES_E(NOMEM);
	e->lua_max =
	    o->lua_max_octets != 0 ? o->lua_max_octets : LUA_MAX_DEFAULT;
	e->cpu_budget_ns =
	    (int64_t)((o->script_cpu_s > 0 ? o->script_cpu_s
					   : ENGINE_CPU_BUDGET_S) *
		      1e9);
	return ret;
}

static void
free_options(struct engine_options *o)
{
	for (size_t i = 0; o->datadirs != NULL && i < o->ndatadirs; i++)
		free((void *)(uintptr_t)o->datadirs[i]);
	free((void *)(uintptr_t)o->datadirs);
	free((void *)(uintptr_t)o->script_args);
	free((void *)(uintptr_t)o->script_args_file);
	free((void *)(uintptr_t)o->interface);
}

/* Load one module of the core: it gets the shared table and the C functions and adds to the former. */
static void
load_core_file(lua_State *L, const struct core_file *file)
{
	lua_pushfstring(L, "=core/%s", file->name);
	if (luaL_loadbufferx(L, (const char *)file->data, file->len,
		lua_tostring(L, -1), "t") != LUA_OK)
		lua_error(L);
	lua_pushvalue(L, 1);
	lua_pushvalue(L, 2);
	lua_call(L, 2, 0);
	lua_settop(L, 2);
}

/* Protected: everything that Lua does at birth. Returns the core's table. */
static int
birth(lua_State *L)
{
	luaL_openlibs(L);
	libs_open(L);
	coro_install(L);
	lua_settop(L, 0);
	lua_newtable(L);
	corelib_open(L);
	for (const struct core_file *f = core_files; f->name != NULL; f++)
		load_core_file(L, f);
	lua_settop(L, 1);
	return 1;
}

static int
with_traceback(lua_State *L)
{
	const char *text = luaL_tolstring(L, 1, NULL);

	luaL_traceback(L, L, text, 1);
	return 1;
}

static int
start_lua(struct engine *e, struct errbuf *eb)
{
	lua_State *L = lua_newstate(lua_heap, e);

	if (L == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for Lua");
	e->L = L;
	memcpy(lua_getextraspace(L), &e, sizeof(e));
	lua_pushcfunction(L, with_traceback);
	lua_pushcfunction(L, birth);
	if (lua_pcall(L, 0, 1, 1) != LUA_OK) {
		engine_printf(e,
		    "NSE: failed to initialize the script engine:\n%s\n\n",
		    lua_tostring(L, -1));
		err_set(eb, ES_E(SYS),
		    "failed to initialize the script engine: %s",
		    lua_tostring(L, -1));
		return ES_E(SYS);
	}
	e->core_ref = luaL_ref(L, LUA_REGISTRYINDEX);
	lua_settop(L, 0);
	return 0;
}

int
engine_new(const struct engine_options *options,
    const struct engine_callbacks *callbacks, struct engine **out,
    struct errbuf *eb)
{
	struct engine *e = calloc(1, sizeof(*e));
	int ret;

	if (e == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for the engine");
	/* OpenSSL writes without MSG_NOSIGNAL. */
	(void)signal(SIGPIPE, SIG_IGN);
	e->loop = options->loop;
	e->cb = *callbacks;
	e->core_ref = LUA_NOREF;
	LIST_INIT(&e->runs);
	TAILQ_INIT(&e->kept);
	LIST_INIT(&e->socks);
	LIST_INIT(&e->slot_idle);
	STAILQ_INIT(&e->new_targets);
	/* NSE lets one thread more than the number connect. */
	slots_init(&e->slots,
	    (size_t)(options->max_parallelism > 0 ? options->max_parallelism
						  : SLOTS_DEFAULT) +
		1);
	ret = copy_options(e, options);
	if (ret == 0)
		ret = gate_new(on_audit, e, &e->gate);
	if (ret == 0)
		ret = tls_new(&e->tls);
	if (ret == 0)
		ret = netdb_new(e->opt.datadirs, e->opt.ndatadirs, &e->netdb);
	if (ret == 0)
		ret = sched_init(e);
	if (ret != 0)
		err_set(eb, ret, "engine: %s", err_text(ret));
	if (ret == 0)
		ret = start_lua(e, eb);
	if (ret != 0) {
		engine_free(e);
		return ret;
	}
	*out = e;
	return 0;
}

int
engine_scope_set(struct engine *e, const struct scope *scope)
{
	int ret = gate_scope_set(e->gate, scope);

	if (ret != 0)
		return ret;
	if (scope->halted) {
		socks_close_all(e);
		runs_abort(e, TARGET_HALTED);
	}
	return 0;
}

struct netdb *
engine_netdb(struct engine *e)
{
	return e->netdb;
}

bool
engine_ipv6(const struct engine *e)
{
	return e->opt.ipv6;
}

int
engine_core_call(struct engine *e, const char *name, int nargs, int nres)
{
	lua_State *L = e->L;
	struct slice *slice = &e->sched.slice;
	int base = lua_gettop(L) - nargs + 1;
	bool armed = slice->armed;
	int status;

	lua_pushcfunction(L, with_traceback);
	lua_insert(L, base);
	lua_rawgeti(L, LUA_REGISTRYINDEX, e->core_ref);
	lua_getfield(L, -1, name);
	lua_insert(L, base + 1);
	lua_pop(L, 1);
	slice_enter(slice, L, ENGINE_CORE_BUDGET_NS);
	slice_arm(slice, true);
	status = lua_pcall(L, nargs, nres, base);
	slice_arm(slice, armed);
	(void)slice_leave(slice);
	lua_remove(L, base);
	return status == LUA_OK ? 0 : ES_E(SYS);
}

void
engine_stats_get(const struct engine *e, struct engine_stats *out)
{
	struct gate_counts counts;

	gate_counts_get(e->gate, &counts);
	*out = e->stats;
	out->threads_active = e->sched.live;
	out->contacts = counts.allowed;
	out->refusals = counts.refused;
	out->octets_out = counts.octets_out;
	out->octets_in = counts.octets_in;
	out->lua_octets = e->lua_octets;
}

void
engine_progress(const struct engine *e, struct nse_progress *out)
{
	const struct nse_thread *t;
	const struct run *r;

	*out = (struct nse_progress){ .started = e->stats.threads,
		.finished = e->finished };
	LIST_FOREACH(r, &e->runs, link) {
		LIST_FOREACH(t, &r->threads, run_link) {
			if (t->state == THREAD_WAITING)
				out->waiting++;
			else
				out->running++;
		}
	}
	out->expected = out->started;
}

bool
engine_next_target(struct engine *e, char out[static 1024])
{
	struct pending_target *p = STAILQ_FIRST(&e->new_targets);

	if (p == NULL)
		return false;
	STAILQ_REMOVE_HEAD(&e->new_targets, link);
	e->new_targets_queued--;
	memcpy(out, p->text, sizeof(p->text));
	free(p);
	return true;
}

void
engine_free(struct engine *e)
{
	char text[1024];

	if (e == NULL)
		return;
	e->stopping = true;
	if (e->gate != NULL)
		socks_close_all(e);
	runs_abort(e, TARGET_HALTED);
	targets_fini(e);
	if (e->L != NULL)
		lua_close(e->L);
	sched_fini(e);
	/* libuv gives handles back only from its loop. */
	while (e->handles > 0 && uv_run(e->loop, UV_RUN_ONCE) >= 0)
		;
	while (engine_next_target(e, text))
		;
	gate_free(e->gate);
	tls_free(e->tls);
	netdb_free(e->netdb);
	free_options(&e->opt);
	free(e);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * group: life of a run: levels one after another, new threads as room allows, time limits, the end.
 *
 * What a level consists of is the core's business (core/runlevels.lua): `level_begin` prepares it, `next` starts one
 * more thread or says there is none. A level is over when the core has no more threads and the last base thread ended;
 * workers that outlive it are ended with it, close handlers and all.
 */
#include "engine/group.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "engine/state.h"
#include "sensor/base/err.h"

struct run *
run_find(const struct engine *e, int64_t handle)
{
	struct run *r;

	LIST_FOREACH(r, &e->runs, link)
		if (r->handle == handle)
			return r;
	return NULL;
}

/* Report an error of the core itself; leaves the stack as before the call that failed. */
static void
core_failed(struct engine *e)
{
	engine_printf(e,
	    "NSE: Script Engine Scan Aborted.\n"
	    "An error was thrown by the engine: %s\n",
	    lua_tostring(e->L, -1));
	lua_pop(e->L, 1);
}

static void
run_free(struct run *r)
{
	LIST_REMOVE(r, link);
	free(r->clocks);
	free(r);
}

int
engine_group_submit(struct engine *e, const struct nse_group *g)
{
	struct run *r;
	size_t n = 0;

	if (e->stopping)
		return ES_E(CLOSED);
	LIST_FOREACH(r, &e->runs, link)
		n++;
	if (n >= ENGINE_RUNS_MAX)
		return ES_E(FULL);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return ES_E(NOMEM);
	r->clocks = calloc(g->nhosts + 1, sizeof(*r->clocks));
	if (r->clocks == NULL) {
		free(r);
		return ES_E(NOMEM);
	}
	r->engine = e;
	r->group = *g;
	r->handle = ++e->next_run;
	r->begun_ns = mono_now().ns;
	r->exhausted = true;
	r->status = TARGET_OK;
	LIST_INIT(&r->threads);
	LIST_INSERT_HEAD(&e->runs, r, link);
	e->stats.targets++;
	e->stats.targets_active++;
	sched_kick(e);
	return 0;
}

/* First thing: let the core look at the group. Sets the number of levels. */
static void
run_begin(struct run *r)
{
	static const char *const phases[] = { "prerule", "scan", "postrule" };
	struct engine *e = r->engine;
	lua_State *L = e->L;

	lua_pushinteger(L, r->handle);
	lua_rawgeti(L, LUA_REGISTRYINDEX, r->group.selection->ref);
	lua_pushstring(L, phases[r->group.phase]);
	lua_pushstring(L, r->group.script_args);
	lua_pushboolean(L, r->group.confirm);
	if (engine_core_call(e, "run_begin", 5, 1) != 0) {
		core_failed(e);
		r->status = TARGET_FAILED;
		r->over = true;
		return;
	}
	r->levels = (unsigned)lua_tointeger(L, -1);
	lua_pop(L, 1);
}

static void
level_event(struct run *r, bool begin)
{
	if (r->group.runlevel != NULL)
		r->group.runlevel(r->group.arg, r->level, r->levels, begin);
}

static void
level_begin(struct run *r)
{
	struct engine *e = r->engine;

	r->level++;
	r->level_begun = true;
	r->exhausted = false;
	level_event(r, true);
	lua_pushinteger(e->L, r->handle);
	lua_pushinteger(e->L, r->level);
	if (engine_core_call(e, "level_begin", 2, 0) != 0) {
		core_failed(e);
		r->exhausted = true;
	}
}

static size_t
thread_limit(const struct engine *e)
{
	int min = e->opt.min_parallelism;

	return min > ENGINE_THREADS_LIMIT ? (size_t)min : ENGINE_THREADS_LIMIT;
}

/* Start threads while there is room. */
static void
run_fill(struct run *r)
{
	struct engine *e = r->engine;
	lua_State *L = e->L;

	while (!r->exhausted && !r->over && e->sched.live < thread_limit(e)) {
		lua_pushinteger(L, r->handle);
		if (engine_core_call(e, "next", 1, 1) != 0) {
			core_failed(e);
			r->exhausted = true;
			return;
		}
		r->exhausted = !lua_toboolean(L, -1);
		lua_pop(L, 1);
	}
}

static void
end_threads(struct run *r, enum thread_end why)
{
	struct nse_thread *t;

	while ((t = LIST_FIRST(&r->threads)) != NULL)
		sched_end(t, why, 0);
}

static void
run_end(struct run *r)
{
	struct engine *e = r->engine;
	struct nse_group g = r->group;
	enum target_status status = r->status;
	uint32_t scripts_run = r->scripts_run;

	lua_pushinteger(e->L, r->handle);
	if (engine_core_call(e, "run_end", 1, 0) != 0)
		core_failed(e);
	e->stats.targets_active--;
	run_free(r);
	if (g.done != NULL)
		g.done(g.arg, status, scripts_run);
}

static bool
deadline_passed(const struct run *r)
{
	return r->group.deadline_ms > 0 &&
	       mono_now().ns - r->begun_ns > r->group.deadline_ms * NS_PER_MS;
}

void
run_advance(struct run *r)
{
	if (r->levels == 0 && !r->over) {
		run_begin(r);
		if (r->levels == 0)
			r->over = true;
	}
	for (;;) {
		if (!r->over && deadline_passed(r)) {
			r->over = true;
			r->status = TARGET_TIMEOUT;
		}
		if (r->over)
			end_threads(r, r->status == TARGET_TIMEOUT
					   ? END_TIMEOUT
					   : END_ABORTED);
		run_fill(r);
		if (r->live_base > 0 || (!r->exhausted && !r->over))
			return;
		end_threads(r, END_ABORTED);
		if (r->level_begun) {
			r->level_begun = false;
			level_event(r, false);
		}
		if (r->over || r->level >= r->levels) {
			run_end(r);
			return;
		}
		level_begin(r);
	}
}

void
run_thread_begin(struct run *r, struct nse_thread *t)
{
	struct host_clock *c;

	if (!t->worker)
		r->live_base++;
	if (t->host >= r->group.nhosts)
		return;
	c = &r->clocks[t->host];
	if (c->threads++ == 0)
		c->since_ns = mono_now().ns;
}

void
run_thread_end(struct run *r, struct nse_thread *t)
{
	struct host_clock *c;

	if (!t->worker)
		r->live_base--;
	if (t->host >= r->group.nhosts)
		return;
	c = &r->clocks[t->host];
	if (--c->threads == 0)
		c->spent_ns += mono_now().ns - c->since_ns;
}

bool
run_thread_expired(const struct run *r, const struct nse_thread *t)
{
	const struct engine_options *o = &r->engine->opt;
	int64_t now = mono_now().ns;
	const struct host_clock *c;

	if (o->script_timeout_s > 0 &&
	    (double)(now - t->begun_ns) > o->script_timeout_s * 1e9)
		return true;
	if (o->host_timeout_s <= 0 || t->host >= r->group.nhosts)
		return false;
	c = &r->clocks[t->host];
	if ((double)(c->spent_ns + now - c->since_ns) < o->host_timeout_s * 1e9)
		return false;
	r->group.hosts[t->host].timed_out = true;
	return true;
}

void
runs_abort(struct engine *e, enum target_status status)
{
	struct run *r, *next;

	LIST_FOREACH(r, &e->runs, link) {
		r->over = true;
		r->status = status;
	}
	if (!e->stopping) {
		sched_kick(e);
		return;
	}
	for (r = LIST_FIRST(&e->runs); r != NULL; r = next) {
		next = LIST_NEXT(r, link);
		r->levels = r->levels == 0 ? 1 : r->levels;
		run_advance(r);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sched: see sched.h. The order within a turn keeps two promises: a thread that was woken is resumed from the top of
 * the loop, never from inside the callback that woke it; and everything that became ready during a turn waits for the
 * next one, so one busy pair of threads cannot starve the sockets.
 */
#include "engine/sched.h"

#include <assert.h>
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/sock.h"
#include "engine/state.h"
#include "sensor/base/err.h"

#define INDEX_BITS 20
#define TICK_MS 100
#define CLOSE_BUDGET_NS (500 * NS_PER_MS)

static_assert(SCHED_THREADS_MAX <= 1 << INDEX_BITS, "ids hold the index");

static void turn(uv_idle_t *idle);
static void tick(uv_timer_t *timer);

static void
on_closed(uv_handle_t *h)
{
	struct engine *e = h->data;

	e->handles--;
}

int
sched_init(struct engine *e)
{
	struct sched *s = &e->sched;

	TAILQ_INIT(&s->ready);
	s->idle.data = e;
	s->tick.data = e;
	if (uv_idle_init(e->loop, &s->idle) != 0)
		return ES_E(SYS);
	e->handles++;
	if (uv_timer_init(e->loop, &s->tick) != 0)
		return ES_E(SYS);
	e->handles++;
	return slice_init(&s->slice);
}

void
sched_fini(struct engine *e)
{
	struct sched *s = &e->sched;

	slice_fini(&s->slice);
	if (s->idle.loop != NULL && !uv_is_closing((uv_handle_t *)&s->idle))
		uv_close((uv_handle_t *)&s->idle, on_closed);
	if (s->tick.loop != NULL && !uv_is_closing((uv_handle_t *)&s->tick))
		uv_close((uv_handle_t *)&s->tick, on_closed);
	free(s->table);
	s->table = NULL;
	s->table_cap = 0;
}

void
sched_kick(struct engine *e)
{
	struct sched *s = &e->sched;

	if (s->kicked || e->stopping)
		return;
	s->kicked = uv_idle_start(&s->idle, turn) == 0;
}

struct nse_thread *
sched_find(const struct engine *e, uint64_t id)
{
	const struct sched *s = &e->sched;
	size_t i = id & ((1U << INDEX_BITS) - 1);

	if (id == 0 || i >= s->table_cap || s->table[i] == NULL ||
	    s->table[i]->id != id)
		return NULL;
	return s->table[i];
}

/* A free place in the table; SIZE_MAX when it is full. */
static size_t
table_place(struct sched *s)
{
	size_t cap = s->table_cap == 0 ? 64 : s->table_cap * 2;
	struct nse_thread **grown;

	for (size_t n = 0; n < s->table_cap; n++) {
		size_t i = (s->free_hint + n) % s->table_cap;

		if (s->table[i] == NULL) {
			s->free_hint = i + 1;
			return i;
		}
	}
	if (cap > SCHED_THREADS_MAX)
		return SIZE_MAX;
	grown = realloc(s->table, cap * sizeof(struct nse_thread *));
	if (grown == NULL)
		return SIZE_MAX;
	memset(grown + s->table_cap, 0,
	    (cap - s->table_cap) * sizeof(struct nse_thread *));
	s->free_hint = s->table_cap + 1;
	s->table = grown;
	s->table_cap = cap;
	return s->free_hint - 1;
}

struct nse_thread *
sched_spawn(struct engine *e, struct run *run, lua_State *from, int nargs)
{
	struct sched *s = &e->sched;
	lua_State *co = lua_newthread(from);
	struct nse_thread *t = NULL;
	size_t i;
	int ref;

	/* Whatever may raise comes before whatever would leak. */
	lua_pushvalue(from, -1);
	ref = luaL_ref(from, LUA_REGISTRYINDEX);
	i = table_place(s);
	if (i != SIZE_MAX)
		t = calloc(1, sizeof(*t));
	if (t == NULL || !lua_checkstack(co, nargs + 1) ||
	    uv_timer_init(e->loop, &t->timer) != 0) {
		free(t);
		luaL_unref(from, LUA_REGISTRYINDEX, ref);
		lua_pop(from, 1);
		return NULL;
	}
	e->handles++;
	t->timer.data = t;
	t->engine = e;
	t->run = run;
	t->co = co;
	t->co_ref = ref;
	t->id = ++s->generation << INDEX_BITS | i;
	t->base = t->id;
	t->host = t->port = SCHED_HOST_NONE;
	t->begun_ns = mono_now().ns;
	s->table[i] = t;
	s->live++;
	e->stats.threads++;
	LIST_INSERT_HEAD(&run->threads, t, run_link);
	lua_insert(from, -nargs - 2);
	lua_xmove(from, co, nargs + 1);
	sched_ready(t);
	return t;
}

void
sched_ready(struct nse_thread *t)
{
	t->state = THREAD_READY;
	uv_timer_stop(&t->timer);
	TAILQ_INSERT_TAIL(&t->engine->sched.ready, t, ready_link);
	sched_kick(t->engine);
}

static void
on_timer(uv_timer_t *timer)
{
	struct nse_thread *t = timer->data;

	if (t->state != THREAD_WAITING || t->woken)
		return;
	t->woken = true;
	t->reason = WAKE_TIMEOUT;
	sched_ready(t);
}

void
sched_timer(struct nse_thread *t, int64_t timeout_ms)
{
	uv_update_time(t->engine->loop);
	uv_timer_start(&t->timer, on_timer, (uint64_t)timeout_ms, 0);
}

static void
on_thread_closed(uv_handle_t *h)
{
	struct nse_thread *t = h->data;

	t->engine->handles--;
	free(t);
}

struct report {
	struct nse_thread *t;
	enum thread_end why;
	int nresults;
};

/* Protected: pushes what the core's `ended` takes and calls it. */
static int
report_call(lua_State *L)
{
	static const char *const words[] = {
		[END_RETURNED] = "returned",
		[END_FAILED] = "failed",
		[END_STRAY] = "stray",
		[END_TIMEOUT] = "timeout",
		[END_BUDGET] = "budget",
		[END_ABORTED] = "aborted",
	};
	const struct report *r = lua_touserdata(L, 1);
	struct nse_thread *t = r->t;
	int nresults = 0;

	lua_rawgeti(L, LUA_REGISTRYINDEX, t->engine->core_ref);
	lua_getfield(L, -1, "ended");
	lua_pushinteger(L, (lua_Integer)t->id);
	lua_pushstring(L, words[r->why]);
	luaL_checkstack(L, r->nresults + 1, "script results");
	if (r->why == END_FAILED) {
		/* The stack of a dead coroutine is read; nothing runs there. */
		luaL_traceback(L, t->co, NULL, 0);
		nresults = 2;
		lua_xmove(t->co, L, 1);
		lua_insert(L, -2);
	} else if (r->why == END_RETURNED) {
		nresults = r->nresults;
		lua_xmove(t->co, L, nresults);
	}
	lua_call(L, nresults + 2, 0);
	return 0;
}

/* Results or error value go to the core in the main state. */
static void
report(struct nse_thread *t, enum thread_end why, int nresults)
{
	struct report r = { .t = t, .why = why, .nresults = nresults };
	lua_State *L = t->engine->L;
	struct slice *slice = &t->engine->sched.slice;
	bool armed = slice->armed;
	int status;

	lua_pushcfunction(L, report_call);
	lua_pushlightuserdata(L, &r);
	slice_enter(slice, L, ENGINE_CORE_BUDGET_NS);
	slice_arm(slice, true);
	status = lua_pcall(L, 1, 0, 0);
	slice_arm(slice, armed);
	(void)slice_leave(slice);
	if (status == LUA_OK)
		return;
	engine_printf(t->engine,
	    "NSE: Script Engine Scan Aborted.\n"
	    "An error was thrown by the engine: %s\n",
	    lua_tostring(L, -1));
	lua_pop(L, 1);
}

void
sched_end(struct nse_thread *t, enum thread_end why, int nresults)
{
	struct engine *e = t->engine;
	struct sched *s = &e->sched;

	if (t->closing)
		return;
	t->closing = true;
	if (t->state == THREAD_READY)
		TAILQ_REMOVE(&s->ready, t, ready_link);
	uv_timer_stop(&t->timer);
	report(t, why, nresults);
	while (t->handlers != NULL) {
		struct close_handler *h = t->handlers;

		thread_off_close(h);
		h->run(h);
	}
	socks_close_thread(e, t);
	if (t->run != NULL)
		run_thread_end(t->run, t);
	LIST_REMOVE(t, run_link);
	/* Close pending to-be-closed variables of a suspended coroutine;
	 * a dead or finished one is left as it is. */
	if (why != END_RETURNED && why != END_FAILED) {
		slice_enter(&s->slice, t->co, CLOSE_BUDGET_NS);
		(void)lua_resetthread(t->co);
		(void)slice_leave(&s->slice);
	}
	luaL_unref(e->L, LUA_REGISTRYINDEX, t->co_ref);
	s->table[t->id & ((1U << INDEX_BITS) - 1)] = NULL;
	s->live--;
	e->finished++;
	uv_close((uv_handle_t *)&t->timer, on_thread_closed);
	sched_kick(e);
}

/* What the coroutine did with its slice. */
static void
settle(struct nse_thread *t, int status, int nres)
{
	struct slice *slice = &t->engine->sched.slice;

	if (status == LUA_OK) {
		sched_end(t, END_RETURNED, nres);
	} else if (status != LUA_YIELD) {
		sched_end(t, END_FAILED, 1);
	} else if (slice->yielding) {
		slice->yielding = 0;
		if (t->cpu_ns > t->engine->cpu_budget_ns)
			sched_end(t, END_BUDGET, 0);
		else
			sched_ready(t);
	} else if (nres == 1 && coro_is_wait(t->co) && t->announced) {
		lua_pop(t->co, 1);
		t->state = THREAD_WAITING;
		if (t->woken)
			sched_ready(t);
	} else {
		sched_end(t, END_STRAY, 0);
	}
}

static void
thread_run(struct engine *e, struct nse_thread *t)
{
	struct sched *s = &e->sched;
	int nargs = t->started ? 0 : lua_gettop(t->co) - 1;
	int nres = 0, status;
	int64_t spent;

	/* A script may have closed or finished the coroutine by hand. */
	if (t->started && lua_status(t->co) != LUA_YIELD) {
		sched_end(t, END_STRAY, 0);
		return;
	}
	t->started = true;
	t->state = THREAD_RUNNING;
	t->resumed = t->announced;
	t->announced = false;
	s->current = t;
	slice_enter(&s->slice, t->co, e->cpu_budget_ns - t->cpu_ns);
	status = lua_resume(t->co, e->L, nargs, &nres);
	spent = slice_leave(&s->slice);
	s->current = NULL;
	/* Under a hook the time is a debugger's, or its user's: no limit counts it. */
	if (lua_gethook(t->co) == NULL)
		t->cpu_ns += spent;
	else
		t->begun_ns += spent;
	settle(t, status, nres);
}

static size_t
ready_count(const struct sched *s)
{
	const struct nse_thread *t;
	size_t n = 0;

	TAILQ_FOREACH(t, &s->ready, ready_link)
	n++;
	return n;
}

static void
turn(uv_idle_t *idle)
{
	struct engine *e = idle->data;
	struct sched *s = &e->sched;
	struct run *r, *next;

	s->kicked = false;
	uv_idle_stop(idle);
	for (r = LIST_FIRST(&e->runs); r != NULL; r = next) {
		next = LIST_NEXT(r, link);
		run_advance(r);
	}
	if (s->live > 0 && !uv_is_active((uv_handle_t *)&s->tick))
		uv_timer_start(&s->tick, tick, TICK_MS, TICK_MS);
	slice_arm(&s->slice, true);
	for (size_t n = ready_count(s); n > 0; n--) {
		struct nse_thread *t = TAILQ_FIRST(&s->ready);

		if (t == NULL)
			break;
		TAILQ_REMOVE(&s->ready, t, ready_link);
		thread_run(e, t);
	}
	slice_arm(&s->slice, false);
	socks_release_idle_slots(e);
	if (!TAILQ_EMPTY(&s->ready))
		sched_kick(e);
}

static void
tick(uv_timer_t *timer)
{
	struct engine *e = timer->data;
	struct run *r;

	LIST_FOREACH(r, &e->runs, link) {
		struct nse_thread *t, *next;

		if (r->group.deadline_ms > 0)
			sched_kick(e);
		for (t = LIST_FIRST(&r->threads); t != NULL; t = next) {
			next = LIST_NEXT(t, run_link);
			if (t->state == THREAD_WAITING &&
			    run_thread_expired(r, t))
				sched_end(t, END_TIMEOUT, 0);
		}
	}
	if (e->sched.live == 0)
		uv_timer_stop(timer);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slice: no script holds the engine for long.
 *
 * A permanent count hook would make every script 1.1 to 3 times slower, so there is none. A timer ticks while scripts
 * run and its signal is handled on the engine's own thread: when two ticks see the same slice, the handler arms a
 * one-shot count hook on the coroutine that executes now (lua_sethook is made for that use). The hook yields, with
 * coro.c passing the yield outwards, and the scheduler puts the thread at the end of the queue. Where a coroutine
 * cannot yield (callbacks of sort and gsub, files being loaded, results being rendered) the slice goes on until its
 * processor budget is used up; then the hook raises. A coroutine that a debugger hooked is left alone.
 */
#include <errno.h>
#include <lauxlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/sched.h"
#include "engine/state.h"
#include "sensor/base/err.h"

#define SLICE_TICK_NS (20 * NS_PER_MS)
#define SLICE_SIGNAL SIGRTMIN

static void
slice_hook(lua_State *L, lua_Debug *ar)
{
	struct sched *sched = &engine_of(L)->sched;
	struct slice *s = &sched->slice;
	/* Outside threads (loading, rendering) there is nobody to yield to. */
	bool can_yield = sched->current != NULL && lua_isyieldable(L);

	(void)ar;
	lua_sethook(L, NULL, 0, 0);
	if (can_yield) {
		s->yielding = 1;
		lua_yield(L, 0);
		return;
	}
	if (s->overrun)
		luaL_error(L, "script used up its processor time");
}

static void
slice_tick(int sig, siginfo_t *info, void *context)
{
	int saved = errno;
	struct slice *s = info->si_value.sival_ptr;
	lua_State *L = s->innermost;

	(void)sig;
	(void)context;
	if (info->si_code == SI_TIMER && L != NULL) {
		if (s->seen == s->number && lua_gethook(L) == NULL) {
			if (mono_now().ns - s->started_ns > s->budget_ns)
				s->overrun = 1;
			lua_sethook(L, slice_hook, LUA_MASKCOUNT, 1);
		}
		s->seen = s->number;
	}
	errno = saved;
}

int
slice_init(struct slice *s)
{
	struct sigaction sa = { .sa_sigaction = slice_tick,
		.sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SLICE_SIGNAL,
		.sigev_value.sival_ptr = s };

	*s = (struct slice){ .seen = UINT64_MAX };
	sigemptyset(&sa.sa_mask);
	ev._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	if (sigaction(SLICE_SIGNAL, &sa, NULL) != 0 ||
	    timer_create(CLOCK_MONOTONIC, &ev, &s->timer) != 0)
		return ES_E(SYS);
	s->created = true;
	return 0;
}

void
slice_fini(struct slice *s)
{
	if (s->created)
		timer_delete(s->timer);
	s->created = false;
}

void
slice_arm(struct slice *s, bool on)
{
	struct itimerspec its = { .it_interval.tv_nsec = on ? SLICE_TICK_NS : 0,
		.it_value.tv_nsec = on ? SLICE_TICK_NS : 0 };

	if (s->armed != on && timer_settime(s->timer, 0, &its, NULL) == 0)
		s->armed = on;
}

void
slice_enter(struct slice *s, lua_State *co, int64_t budget_ns)
{
	s->started_ns = mono_now().ns;
	s->budget_ns = budget_ns;
	s->yielding = 0;
	s->overrun = 0;
	s->number++;
	s->innermost = co;
}

int64_t
slice_leave(struct slice *s)
{
	s->innermost = NULL;
	return mono_now().ns - s->started_ns;
}

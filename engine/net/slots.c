/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slots: a counter and a queue. A slot that is given back while others wait never becomes free: it is handed over, so
 * no newcomer can overtake, and a waiter that dies before it takes up its slot gives it on.
 */
#include "engine/net/slots.h"

void
slots_init(struct slots *s, size_t limit)
{
	*s = (struct slots){ .limit = limit };
	TAILQ_INIT(&s->waiters);
}

bool
slots_take(struct slots *s)
{
	if (s->held >= s->limit)
		return false;
	s->held++;
	return true;
}

void
slots_wait(struct slots *s, struct slot_waiter *w)
{
	w->queued = true;
	w->granted = false;
	TAILQ_INSERT_TAIL(&s->waiters, w, link);
	s->waiting++;
}

void
slots_leave(struct slots *s, struct engine *e, struct slot_waiter *w)
{
	if (w->queued) {
		w->queued = false;
		TAILQ_REMOVE(&s->waiters, w, link);
		s->waiting--;
	} else if (w->granted) {
		w->granted = false;
		slots_release(s, e);
	}
}

void
slots_release(struct slots *s, struct engine *e)
{
	struct slot_waiter *w = TAILQ_FIRST(&s->waiters);

	if (w == NULL) {
		s->held--;
		return;
	}
	w->queued = false;
	TAILQ_REMOVE(&s->waiters, w, link);
	s->waiting--;
	w->granted = true;
	thread_wake(e, w->token);
}

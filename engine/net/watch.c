/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: uv_poll with one shot and one token. The handle lives on the heap until libuv has closed it, which may be
 * after its owner is gone.
 */
#include "engine/net/watch.h"

#include <stdlib.h>
#include <uv.h>

#include "engine/state.h"
#include "sensor/base/err.h"

struct watch {
	uv_poll_t poll;
	struct engine *engine;
	struct wait_token token;
};

static void
on_event(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;
	struct wait_token token = w->token;

	(void)status;
	(void)events;
	/* An error is for the next try of the system call to find. */
	uv_poll_stop(poll);
	w->token = (struct wait_token){ 0 };
	thread_wake(w->engine, token);
}

static void
on_closed(uv_handle_t *h)
{
	struct watch *w = h->data;

	w->engine->handles--;
	free(w);
}

int
watch_new(struct engine *e, int fd, struct watch **out)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return ES_E(NOMEM);
	w->engine = e;
	w->poll.data = w;
	if (uv_poll_init(e->loop, &w->poll, fd) != 0) {
		free(w);
		return ES_E(SYS);
	}
	e->handles++;
	*out = w;
	return 0;
}

void
watch_arm(struct watch *w, unsigned events, struct wait_token token)
{
	int mask = (events & WATCH_READ ? UV_READABLE : 0) |
		   (events & WATCH_WRITE ? UV_WRITABLE : 0);

	w->token = token;
	uv_poll_start(&w->poll, mask, on_event);
}

void
watch_disarm(struct watch *w)
{
	uv_poll_stop(&w->poll);
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	uv_poll_stop(&w->poll);
	uv_close((uv_handle_t *)&w->poll, on_closed);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to go on; see resume.h.
 *
 * An id or sequence of the receiver counts as ours when the outbox keeps exactly that event. Behind us it need not:
 * what lies before everything kept is settled, and is neither missed nor sent.
 */
#include "sensor/publish/resume.h"

#include <string.h>

#include "sensor/store/store.h"

static bool
keep_first(void *arg, const struct event *e)
{
	struct event *out = arg;

	*out = *e;
	out->json = NULL;
	return false;
}

bool
resume_next_kept(struct store *outbox, uint64_t after, struct event *out)
{
	*out = (struct event){ .sequence = 0 };
	return store_outbox_read(outbox, after, 1, keep_first, out) == 0 &&
	       out->sequence > 0;
}

static bool
find_event(struct store *outbox, uint64_t sequence, struct event *out)
{
	return sequence > 0 && resume_next_kept(outbox, sequence - 1, out) &&
	       out->sequence == sequence;
}

/* A receiver of single events may be ahead of our cursor; it is never behind, for somebody may have taken them away. */
static void
decide_event(
    struct store *outbox, const struct resume *r, struct resume_plan *plan)
{
	struct event e;

	if (r->sequence <= plan->cursor ||
	    !find_event(outbox, r->sequence, &e) || strcmp(e.id, r->id) != 0)
		return;
	plan->verdict = RESUME_AHEAD;
	plan->events = r->sequence - plan->cursor;
	plan->cursor = r->sequence;
}

static int
decide_stream(
    struct store *outbox, const struct resume *r, struct resume_plan *plan)
{
	bool empty = r->ms == 0 && r->sub == 0;
	uint64_t sequence = 0;
	struct event e;
	int rc =
	    empty ? 0
		  : store_outbox_sequence_of(outbox, r->ms, r->sub, &sequence);

	if (rc < 0)
		return rc;
	if (sequence > plan->cursor) {
		bool ours = find_event(outbox, sequence, &e) && e.ms == r->ms &&
			    e.sub == r->sub;

		plan->verdict = ours ? RESUME_AHEAD : RESUME_BARRED;
		plan->events = sequence - plan->cursor;
		plan->cursor = sequence;
	} else if (sequence < plan->cursor &&
		   resume_next_kept(outbox, sequence, &e) &&
		   e.sequence <= plan->cursor) {
		plan->verdict = RESUME_BEHIND;
		plan->events = plan->cursor - e.sequence + 1;
		plan->cursor = e.sequence - 1;
	}
	return 0;
}

int
resume_decide(struct store *outbox, const struct resume *r, uint64_t cursor,
    struct resume_plan *out)
{
	*out = (struct resume_plan){ .verdict = RESUME_ON, .cursor = cursor };
	switch (r->kind) {
	case RESUME_CURSOR:
		break;
	case RESUME_STREAM:
		return decide_stream(outbox, r, out);
	case RESUME_EVENT:
		decide_event(outbox, r, out);
		break;
	}
	return 0;
}

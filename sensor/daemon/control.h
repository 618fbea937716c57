/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control: how `earshot status`, `halt` and `resume` talk to a running sensor: a unix socket in the state folder, open
 * to its owner alone. A request is one word and a newline, the answer one line of JSON.
 */
#pragma once

#include <stddef.h>

#include "sensor/base/buf.h"
#include "sensor/base/err.h"

struct uv_loop_s;
struct control;

struct control_ops {
	void *arg;
	/* Write the answer (no newline). False for a word that means nothing. */
	bool (*request)(void *arg, const char *word, struct buf *answer);
};

/** Listen in @p state_dir. */
int control_open(struct uv_loop_s *loop, const char *state_dir,
    const struct control_ops *ops, struct control **out,
    struct errbuf *eb) ES_MUST_CHECK;
/** Memory goes when the loop has run. NULL is allowed. */
void control_close(struct control *c);

/** For commands: ask, and append the answer to @p answer. ES_E(NOTFOUND) when no sensor runs on this state folder. */
int control_ask(const char *state_dir, const char *word, struct buf *answer,
    struct errbuf *eb) ES_MUST_CHECK;

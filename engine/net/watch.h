/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch: a descriptor on the loop that wakes one waiting thread. Used by
 * sockets, packet capture and SSH.
 *
 * One shot: an event stops the watch and wakes the token it was armed with; the
 * thread tries again and arms anew.
 */
#pragma once

#include "engine/thread.h"

struct watch;

#define WATCH_READ 1U
#define WATCH_WRITE 2U

/** Watch @p fd (not owned). Returns 0, ES_E(NOMEM) or ES_E(SYS). */
int watch_new(struct engine *e, int fd, struct watch **out) ES_MUST_CHECK;
/** Wake @p token once @p events (WATCH_ bits) or an error show. Replaces what
 * was armed before. */
void watch_arm(struct watch *w, unsigned events, struct wait_token token);
void watch_disarm(struct watch *w);
/** Stop for good; the descriptor may be closed right after. NULL is allowed. */
void watch_free(struct watch *w);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chan: one end of a socket pair between two roles, with a bounded queue of messages that the other side has not
 * taken yet. Not tied to an event loop: the owner polls chan_fd and calls chan_flush / chan_receive.
 *
 * The monitor keeps both ends of every pair open, so a role that is restarted inherits the end of its predecessor
 * and its peer notices only a HELLO. ES_E(CLOSED) therefore means that the whole program is going down.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/ipc/msg.h"

struct chan;

struct chan_stats {
	uint64_t sent;
	uint64_t received;
	uint64_t dropped; /* queue full */
	uint64_t invalid; /* refused by msg_parse */
	size_t queued;	  /* octets waiting now */
};

/**
 * @p fd is owned from here on and made non-blocking; on failure (NULL) it stays the caller's. @p queue_max bounds
 * what waits, in octets; it is allocated at once.
 */
struct chan *chan_new(int fd, size_t queue_max);
void chan_free(struct chan *c);
int chan_fd(const struct chan *c);
struct chan_stats chan_stats(const struct chan *c);

/**
 * Send a finished message (msg_begin ... msg_end). Queues it when the peer is slow. Returns 0; ES_E(FULL) when the
 * queue is full: the message is dropped and counted; ES_E(CLOSED) or ES_E(SYS).
 */
int chan_send(struct chan *c, const struct buf *message) ES_MUST_CHECK;

/**
 * As chan_send, but waits until the peer has taken enough; for replay, which must not lose anything. ES_E(FULL) is
 * left for a message that the whole queue could not hold.
 */
int chan_send_wait(struct chan *c, const struct buf *message) ES_MUST_CHECK;
/** Wait until all that is queued is sent. */
int chan_drain(struct chan *c) ES_MUST_CHECK;
/** @p fn is called several times a second while one of the two above waits: the role's heartbeat. */
void chan_on_wait(struct chan *c, void (*fn)(void *arg), void *arg);

/** Octets that the queue could still take. */
size_t chan_room(const struct chan *c);
/** True when something waits to be sent: the owner then also polls for writing. */
bool chan_wants_write(const struct chan *c);
/** Send what waits, as far as the peer takes it. Returns 0, ES_E(CLOSED) or ES_E(SYS). */
int chan_flush(struct chan *c) ES_MUST_CHECK;

/**
 * Take one message. Returns 1 and a view that lives until the next call, 0 when none is there, ES_E(CLOSED) when
 * nobody holds the other end any more, or ES_E(SYS). Invalid datagrams are counted and skipped.
 */
int chan_receive(struct chan *c, struct msg *out) ES_MUST_CHECK;

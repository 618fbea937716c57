/* SPDX-License-Identifier: Apache-2.0 */
/*
 * targetq: which hosts wait to be asked, since when, and which are being asked. One entry an address; a heap orders
 * those that wait by when they are due. Bounded; never asks one host twice at a time, nor too many of one network.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/mono.h"
#include "sensor/model/addr.h"

struct targetq;

enum targetq_state {
	TARGETQ_IDLE, /* remembered for what was asked when */
	TARGETQ_WAITING,
	TARGETQ_ACTIVE
};

struct asked_port {
	uint16_t port;
	uint8_t proto;
	struct wall at;
};

struct targetq_entry {
	uint64_t segment;
	struct addr addr;
	uint64_t id; /* of the target while active */
	struct wall due;
	struct wall asked; /* the host as such; 0 = never */
	char reason[32];
	char again[32]; /* something came up while active: why */
	enum targetq_state state;
	uint8_t failures;
	bool refresh; /* waits only because it is long ago */
	bool retry; /* the last run failed: what it asked counts as not asked */
	uint16_t nports;
	struct asked_port *ports;
};

struct targetq_limits {
	uint32_t entries;
	uint32_t active;
	uint32_t active_net; /* of one /24 or /64 */
};

struct targetq *targetq_new(const struct targetq_limits *limits);
void targetq_free(struct targetq *q);

/** Find or make; NULL when the queue is full. */
struct targetq_entry *targetq_get(
    struct targetq *q, uint64_t segment, const struct addr *addr);
struct targetq_entry *targetq_find(
    struct targetq *q, uint64_t segment, const struct addr *addr);

/** Let @p e wait until @p due, or sooner when it waits for less already. */
void targetq_wait(struct targetq *q, struct targetq_entry *e, struct wall due);

/** The first that is due and whose network has room, made active with a new id; NULL when there is none. */
struct targetq_entry *targetq_next(struct targetq *q, struct wall now);
/** 0 when nothing waits. */
struct wall targetq_due(const struct targetq *q);

struct targetq_entry *targetq_active(struct targetq *q, uint64_t id);
/** It is idle again, its ports stay remembered. */
void targetq_done(struct targetq *q, struct targetq_entry *e);
void targetq_forget(struct targetq *q, struct targetq_entry *e);
/** All that are active wait again, due at @p now. */
void targetq_requeue(struct targetq *q, struct wall now);

/** An id for a target that is not in the queue (broadcast). */
uint64_t targetq_id(struct targetq *q);

/** When (@p proto, @p port) was asked; 0 = never. */
struct wall targetq_asked(
    const struct targetq_entry *e, unsigned proto, uint16_t port);
/** Note it; forgets the one asked longest ago when there are too many. */
void targetq_note(
    struct targetq_entry *e, unsigned proto, uint16_t port, struct wall at);

size_t targetq_waiting(const struct targetq *q);
size_t targetq_count_active(const struct targetq *q);

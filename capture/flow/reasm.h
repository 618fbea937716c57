/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reasm: TCP segments of one side, in order, with bounded memory.
 *
 * Octets in order with nothing waiting are given straight from the packet. A block (a window of REASM_WINDOW octets
 * from a fixed pool) is used only while octets wait: before a hole, or because their reader keeps them. Of octets
 * that come twice the first ones win. A hole is given up when the other side has acknowledged what is behind it,
 * or when it holds up too much; the reader is told of the gap.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "capture/flow/flow.h"
#include "sensor/base/cursor.h"

#define REASM_WINDOW 16384U

struct reasm;

enum reasm_result {
	REASM_NOTHING, /* nothing new in order */
	REASM_DATA,    /* octets in order */
	REASM_GAP      /* octets in order, but some before them are lost */
};

/* Told when a block is taken from a flow that lives: its stream is lost. */
typedef void (*reasm_lost_fn)(void *arg, struct flow *f);

/** Blocks for @p octets in all (two at least). Returns NULL without memory. */
struct reasm *reasm_new(uint32_t octets, reasm_lost_fn on_lost, void *arg);
void reasm_free(struct reasm *r);

/**
 * Take the payload of @p pkt, sent by @p side of @p f after flow_tcp saw it. @p out gets all octets that are in
 * order and not consumed; it is valid until the next call here. The caller says with reasm_consume what it used, and
 * calls again until REASM_NOTHING: a large segment may come in parts.
 */
enum reasm_result reasm_put(struct reasm *r, struct flow *f, enum side side,
    const struct packet *pkt, struct cursor *out);

/** @p used octets of the last @p out are done with; the rest is kept for later. */
void reasm_consume(struct reasm *r, struct flow *f, enum side side,
    const struct cursor *out, size_t used);

/** The side sends no more: give what waits behind holes, one stretch a call, until REASM_NOTHING. */
enum reasm_result reasm_flush(
    struct reasm *r, struct flow *f, enum side side, struct cursor *out);

/** Release the blocks of a flow. */
void reasm_drop(struct reasm *r, struct flow *f);

/** Octets given up so far. */
uint64_t reasm_dropped(const struct reasm *r);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: the side of dissect that capture drives: which dissector sees what, within which budgets. Dissectors include
 * dissect.h instead.
 */
#pragma once

#include "capture/dissect/dissect.h"
#include "capture/flow/flow.h"

struct dissect_stats {
	uint64_t malformed;
	uint64_t budget;
};

/* Where committed observations go; they are borrowed. */
typedef void (*dissect_tell_fn)(void *arg, const struct observation *obs);

/* Octets of a flow, and what is known of their place in it. */
struct dissect_input {
	const struct packet *pkt; /* NULL at the end of a flow */
	struct cursor octets;
	enum side side;
	bool begin;
	bool gap;
	bool end;
};

/** @p states: flows that may have a dissector's state. Returns NULL without memory. */
struct dissect_run *dissect_run_new(
    dissect_tell_fn tell, void *arg, uint32_t states);
void dissect_run_free(struct dissect_run *run);

/** A packet without a flow, by its ethertype, SNAP or LLC key, or IP protocol. */
void dissect_frame(struct dissect_run *run, const struct packet *pkt);

/**
 * A datagram, or the octets of a stream that are in order, of a flow that is not FLOW_IGNORED. Returns how many of
 * them are done with. May claim the flow, name its service, say who serves, or set it to FLOW_IGNORED.
 */
size_t dissect_flow(
    struct dissect_run *run, struct flow *f, const struct dissect_input *in);

/** The flow ends: the dissector tells what is open, its state is released. */
void dissect_flow_end(struct dissect_run *run, struct flow *f);

/** Is a flow to @p end one that a dissector said would come? */
bool dissect_expected(const struct dissect_run *run, unsigned proto,
    const struct endpoint *end, uint64_t segment);
bool dissect_any_expected(const struct dissect_run *run);
void dissect_stats_get(
    const struct dissect_run *run, struct dissect_stats *out);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk: what TCP and UDP packets say: flows are followed, their octets shown to dissectors, and services told:
 * accepted connections, midstream ones whose server shows itself, answered requests, refusals, first octets.
 */
#pragma once

#include "capture/dissect/run.h"
#include "capture/hosts.h"

struct talk;

struct talk_options {
	struct teller *teller;
	struct hosts *hosts;
	struct dissect_run *dissect;
	uint32_t max_flows;
	uint32_t max_reassembly_octets;
	uint64_t seed;
};

struct talk_stats {
	uint64_t flows;
	uint64_t flows_evicted;
	uint64_t stream_octets;
	uint64_t stream_dropped;
};

/** Returns NULL without memory. */
struct talk *talk_new(const struct talk_options *options);
void talk_free(struct talk *t);

/** A TCP or UDP packet. */
void talk_packet(struct talk *t, const struct packet *pkt);

/** Packet time moved on by about a second. */
void talk_expire(struct talk *t, struct wall now);

/** End all flows. */
void talk_finish(struct talk *t);
void talk_stats_get(const struct talk *t, struct talk_stats *out);

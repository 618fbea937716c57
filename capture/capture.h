/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: the public face of the room that turns packets into observations.
 *
 *	source -> decode -> flow (defragment, reassemble) -> dissect -> the sink below
 *
 * Opening needs CAP_NET_RAW (live) or a readable file; after capture_open nothing here opens, connects or forks, so
 * the role drops everything before the first capture_poll. Nothing allocates after the first packets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/model/observation.h"

struct capture;

struct capture_options {
	const char *const *interfaces; /* live: names; NULL for a file */
	size_t ninterfaces;
	const char
	    *file; /* pcap or pcapng, "-" = standard input; NULL for live */
	const char *filter;   /* BPF expression or NULL */
	uint32_t snaplen;     /* 0 = 262144 */
	uint32_t ring_octets; /* kernel ring per interface; 0 = 16 MiB */
	bool no_promisc;
	uint32_t max_hosts; /* bounds, 0 = default: see capture/limits.h */
	uint32_t max_flows;
	uint32_t max_reassembly_octets;
	uint32_t
	    heartbeat_s; /* a known fact is said again after this; 0 = 60 (live), never (file) */
};

/* Where observations go. Called inside capture_poll; the observation is borrowed. */
struct capture_sink {
	void *arg;
	/* Returns false when it had to drop it (queue full): capture then forgets that it told. */
	bool (*observe)(void *arg, const struct observation *obs);
	/* Replay only: packet time moved on by at least a second. */
	void (*clock)(void *arg, struct wall now);
};

struct capture_stats {
#define COUNTER(name, unit, help) uint64_t name;
#include "capture/counters.def"
#undef COUNTER
};

/** Open everything. Returns 0 or a negative code with what and the remedy in @p eb. */
int capture_open(const struct capture_options *options,
    const struct capture_sink *sink, struct capture **out,
    struct errbuf *eb) ES_MUST_CHECK;

/**
 * Process what is there; wait up to @p timeout_ms for the first packet. Returns the number of packets (>= 0),
 * ES_E(EOF) when a file is read to its end, or another negative code with text in @p eb: ES_E(TRUNC) for a file cut
 * mid-packet (everything before was processed), ES_E(CLOSED) when an interface went away.
 */
int capture_poll(
    struct capture *c, int timeout_ms, struct errbuf *eb) ES_MUST_CHECK;

/** Tell what is still open (flows, partial streams) to the sink: at the end of a file or at shut-down. */
void capture_finish(struct capture *c);
void capture_stats_get(struct capture *c, struct capture_stats *out);

/** Progress of a file: octets read so far and in all (0 when unknown: a pipe). */
void capture_progress(const struct capture *c, uint64_t *done, uint64_t *all);
void capture_free(struct capture *c);

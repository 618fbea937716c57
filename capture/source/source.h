/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: where records come from: interfaces (libpcap) or a capture file.
 *
 * Both are pulled one record at a time; the octets of a record live until
 * the next call. Files are read by our own bounded reader, which takes
 * pcapng with interfaces of several link types and reads pipes as well.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/base/mono.h"

struct record {
	struct wall ts;
	uint32_t ifindex;  /* live: which interface; file: which of its own */
	uint32_t linktype; /* LINKTYPE_ registry */
	uint32_t caplen;
	uint32_t len; /* on the wire */
	const uint8_t *data;
};

struct source_options {
	const char *const *interfaces;
	size_t ninterfaces;
	const char *file; /* "-" = standard input; NULL = interfaces */
	const char *filter;
	uint32_t snaplen;
	uint32_t ring_octets;
	bool no_promisc;
};

struct source_stats {
	uint64_t kernel_drops;
	uint64_t nic_drops;
	uint64_t filtered; /* file records that the filter left out */
};

struct source;

/** Returns 0 or a negative code with the thing and the remedy in @p eb. */
int source_open(const struct source_options *options, struct source **out,
    struct errbuf *eb) ES_MUST_CHECK;

/**
 * The next record. Returns 1; 0 when none is there now (live, pipe);
 * ES_E(EOF); ES_E(TRUNC) when the file ends inside a record; ES_E(FORMAT);
 * ES_E(CLOSED) when an interface went away.
 */
int source_next(
    struct source *s, struct record *rec, struct errbuf *eb) ES_MUST_CHECK;

/** Wait until a record may be there. Returns 0, or ES_E(SYS). */
int source_wait(struct source *s, int timeout_ms) ES_MUST_CHECK;

/** True for interfaces. */
bool source_is_live(const struct source *s);

/** Link type of all records, or -1 when it is not known (yet) or mixed. */
int source_linktype(const struct source *s);

/** Text of a link type for people: "IEEE802_15_4 (IEEE 802.15.4)". */
const char *source_linktype_text(uint32_t linktype, char *dst, size_t size);

void source_stats_get(struct source *s, struct source_stats *out);
void source_progress(const struct source *s, uint64_t *done, uint64_t *all);
void source_free(struct source *s);

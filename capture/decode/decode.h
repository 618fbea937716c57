/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode: the headers of one record, from the link type down to the payload,
 * through every tunnel.
 *
 *	decode_begin(&d, &rec, frame);
 *	while (decode_next(&d))
 *		... d.pkt is one level: a frame, or an IP packet ...
 *
 * It is a small machine: each step reads one header from d->cur, may fill
 * d->pkt, and says which step is next. A level is shown as soon as its
 * headers are read; the tunnels inside it come after it. Steps never recurse,
 * and both the levels and the headers of a record are bounded.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"
#include "sensor/base/mono.h"
#include "sensor/model/packet.h"

struct decoder {
	struct packet pkt; /* the level that decode_next showed */
	struct cursor cur; /* what was not read yet */
	enum verdict (*step)(struct decoder *d); /* NULL: done */
	uint64_t next_type; /* for steps that need it: ethertype, protocol */
	uint64_t segment;   /* grows with tags and tunnels */
	enum verdict verdict;
	unsigned headers;
	unsigned levels;
	bool emit;
	bool cut;	 /* by the snaplen */
	bool mac_hidden; /* the frame's MAC belongs to a tunnel's end */
};

/* A link type: one file link_NAME.c and one row in links.def. */
struct link {
	const char *name;
	enum verdict (*step)(struct decoder *d);
};

struct decode_input {
	struct wall ts;
	uint64_t frame;
	uint32_t ifindex;
	const uint8_t *data;
	uint32_t caplen;
	bool cut; /* the frame was longer on the wire */
};

/** The decoder of a LINKTYPE_ number; NULL when there is none. */
const struct link *link_find(uint32_t linktype);

void decode_begin(
    struct decoder *d, const struct link *link, const struct decode_input *in);

/** Show the next level in d->pkt; false at the end (see d->verdict). */
bool decode_next(struct decoder *d);

/**
 * Go on with a datagram put together from fragments, the last of which is
 * @p pkt: reads its transport header, and lets decode_next enter its tunnels.
 */
void decode_datagram(
    struct decoder *d, struct packet *pkt, struct cursor datagram);

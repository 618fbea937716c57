/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits: every bound of the capture room in one place, with what happens at
 * the bound. The ones that matter to an operator are options of capture.h;
 * these are their defaults.
 */
#pragma once

/* ---- options (capture_options, 0 = these) ---- */

#define LIMIT_SNAPLEN 262144U
#define LIMIT_RING_OCTETS (16U << 20)
#define LIMIT_HEARTBEAT_S 60U

/* Hosts remembered as told. Full: the weakest, then the oldest of a set of
 * eight is forgotten (hosts_evicted) and would be told again. */
#define LIMIT_HOSTS 98304U

/* Flows. Full: the oldest un-established one goes, else the oldest. */
#define LIMIT_FLOWS 131072U

/* Octets in blocks of one side's window (reasm.h). Full: the block that was
 * begun first loses its flow's dissector (stream_dropped). */
#define LIMIT_REASSEMBLY_OCTETS (32U << 20)

/* ---- fixed ---- */

/* One record of a file: more is garbage, not a packet. */
#define LIMIT_RECORD 262144U
#define LIMIT_READ_BUFFER (1U << 20)
#define LIMIT_FILE_INTERFACES 1024U
#define LIMIT_INTERFACES 64U

/* Levels of encapsulation shown as packets; deeper ones are not opened. */
#define LIMIT_DEPTH 8U
/* Headers walked in one record (tags, labels, extension headers). */
#define LIMIT_HEADERS 64U

/* Datagrams being put together: one for so many reassembly octets, between
 * the two bounds. Full: the oldest goes. */
#define LIMIT_FRAG_SHARE (512U << 10)
#define LIMIT_FRAG_CONTEXTS 64U
#define LIMIT_FRAG_CONTEXTS_MIN 4U
#define LIMIT_FRAG_PIECES 64U
#define LIMIT_FRAG_S 30

/* Facts remembered as told (or max_hosts of them). Full: the oldest of a
 * set of eight goes, and would be told again. */
#define LIMIT_FACTS 131072U

/* Idle times of flows, by packet clock. */
#define LIMIT_TCP_NEW_S 30
#define LIMIT_TCP_OPEN_S 600
#define LIMIT_TCP_CLOSED_S 10
#define LIMIT_UDP_S 120

/* What a flow may show to probes before it is left alone. */
#define LIMIT_PROBE_OCTETS 1024U
#define LIMIT_PROBE_CALLS 6U

/* Ranges of out-of-order octets of one side; arrivals before a hole is
 * given up. */
#define LIMIT_REASM_RANGES 8U
#define LIMIT_REASM_WAIT 32U

/* Dissector states: one for so many flows. Full: the flow is not dissected. */
#define LIMIT_FLOWS_PER_STATE 8U

/* Data channels expected (FTP). Full: the oldest is forgotten. */
#define LIMIT_EXPECTED 256U

/* First octets of clients, kept until their server answers: one for so many
 * flows. Full: the oldest is forgotten. */
#define LIMIT_FLOWS_PER_OPENING 64U
#define LIMIT_OPENING_OCTETS 512U

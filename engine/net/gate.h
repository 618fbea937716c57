/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: the one place that decides every contact of a script with the network:
 * connect, datagram, frame, resolver.
 *
 * Scripts cannot pass it: each C function that is about to cause a packet asks
 * first, with the address (never a name). The rules are struct scope's; rates
 * are token buckets here and delay rather than refuse. What was allowed is told
 * as one audit record when it ends, refusals as one record per verdict and
 * destination and hour.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/attrs.h"
#include "sensor/model/addr.h"
#include "sensor/model/audit.h"
#include "sensor/model/scope.h"

struct gate;

enum gate_answer {
	GATE_GO,   /* do it now, then gate_done */
	GATE_WAIT, /* a rate is used up: ask again after *wait_ms */
	GATE_NO	   /* refused; told and counted */
};

/* Who wants to reach what. Fill with gate_contact_init, or thread_contact from
 * a script's call. */
struct contact {
	struct addr dst;
	uint16_t port; /* 0 = none */
	uint8_t proto; /* IPPROTO_; 0 = frame */
	uint64_t target_id;
	const char *script; /* borrowed for the call */
};

struct gate_counts {
	uint64_t allowed;
	uint64_t refused;
	uint64_t delayed;
	uint64_t octets_out;
	uint64_t octets_in;
};

/** Starts with the empty scope: everything is refused. @p tell gets the audit
 * records. */
int gate_new(void (*tell)(void *arg, const struct audit *a), void *arg,
    struct gate **out) ES_MUST_CHECK;
void gate_free(struct gate *g);

/** Take a copy of @p scope. Returns 0 or ES_E(NOMEM), then the old one stays.
 */
int gate_scope_set(struct gate *g, const struct scope *scope) ES_MUST_CHECK;
const struct scope *gate_scope(const struct gate *g);

/** May this contact be made now? @p wait_ms is set for GATE_WAIT only. */
enum gate_answer gate_ask(
    struct gate *g, const struct contact *c, int64_t *wait_ms);

/** Refuse for a reason found elsewhere: counted and told. Returns GATE_NO. */
enum gate_answer gate_refuse(
    struct gate *g, const struct contact *c, enum scope_verdict verdict);

/**
 * The same for a packet that a script built: @p ethernet tells whether it
 * starts with an Ethernet or an IP header. The destination is read from the
 * packet itself (ARP: the asked address). Needs scope.raw.
 */
enum gate_answer gate_ask_packet(struct gate *g, struct contact *c,
    const void *packet, size_t len, bool ethernet, int64_t *wait_ms);

/** True when a GATE_WAIT is for a connection to the same host to end, not for a rate. */
bool gate_is_crowded(struct gate *g, const struct contact *c);

/** May names be looked up, that is: may the system's DNS servers be asked? */
bool gate_may_resolve(struct gate *g, const struct contact *who);

/* An allowed contact under way: opened after GATE_GO for a connection (or a run
 * of datagrams), closed at its end. */
struct gate_contact {
	bool open;
	bool counted; /* among the open connections of its host */
	struct audit audit;
};

void gate_contact_open(struct gate *g, struct gate_contact *gc,
    const struct contact *c, const struct addr *src, uint16_t sport);
/** @p outcome: 0 or an ES_ERR_ number. Tells the audit record. Harmless when
 * not open. */
void gate_contact_close(
    struct gate *g, struct gate_contact *gc, unsigned outcome);
void gate_contact_count(
    struct gate *g, struct gate_contact *gc, size_t out, size_t in);

void gate_counts_get(const struct gate *g, struct gate_counts *out);

/** Tell the refusals counted so far (also called when an hour is over). */
void gate_flush(struct gate *g);

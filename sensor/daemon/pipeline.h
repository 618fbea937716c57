/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline: the sentence that the product is (DESIGN, first page), one function for each arrow:
 *
 *	pipeline_hear      observations ─► inventory
 *	on_candidate       inventory ─► policy
 *	pipeline_ask       policy ─► targets ─► engine
 *	pipeline_answer    engine ─► findings ─► inventory
 *	on_event           inventory ─► events ─► outbox ─► publishers
 *
 * It is what the sensor role does, without the loop and the sockets around it: `run` drives it by libuv, `replay` by
 * the packets' own clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/daemon/run.h"
#include "sensor/inventory/inventory.h"
#include "sensor/ipc/chan.h"
#include "sensor/policy/policy.h"

struct pipeline;

struct pipeline_options {
	const struct run *run;
	bool replay;	     /* time is the packets' */
	bool facts_only;     /* no store and no events */
	const char *dir;     /* state folder; NULL = in memory */
	struct chan *engine; /* borrowed; NULL: nobody is asked */
};

struct pipeline_stats {
	uint64_t observations;
	uint64_t events;
	uint64_t targets;
	uint64_t findings;
	uint64_t audits;
	uint64_t refused; /* bodies of messages that their codec refused */
	uint64_t in_flight;
};

/* Told of every event after it is stored. */
struct pipeline_listener {
	void *arg;
	void (*event)(void *arg, const struct event *e);
};

int pipeline_new(const struct pipeline_options *options,
    const struct pipeline_listener *listener, struct pipeline **out,
    struct errbuf *eb) ES_MUST_CHECK;
void pipeline_free(struct pipeline *p);

/** Several arrows in one transaction. On replay these do nothing: there the packets themselves say when. */
void pipeline_begin(struct pipeline *p);
void pipeline_commit(struct pipeline *p);
/** Replay: commit what was heard, at the end of the file. */
void pipeline_flush(struct pipeline *p);

void pipeline_hear(struct pipeline *p, const struct observation *obs);
void pipeline_answer(struct pipeline *p, const struct finding *f);
void pipeline_audit(struct pipeline *p, const struct audit *a);
void pipeline_done(struct pipeline *p, const struct target_done *done);

/** Send to the engine what is due. */
void pipeline_ask(struct pipeline *p);

/** Time passes; on replay only by this. */
void pipeline_tick(struct pipeline *p, struct wall now);

/** The engine said HELLO: greet it, give it the scope, ask again what its predecessor had under way. */
void pipeline_engine_started(struct pipeline *p, const struct hello *own);

/** True from its greeting on. */
bool pipeline_engine_is_up(const struct pipeline *p);

/** Silence all asking, or end that. Kept over restarts. */
void pipeline_halt(struct pipeline *p, bool halted, const char *who);

/** Take one message of a role apart and do what it says. Bodies that lie are counted. */
void pipeline_message(struct pipeline *p, const struct msg *m);

/** A sentence about the sensor itself, as an event. @p detail: a JSON object under earshot.@p key, or NULL. */
void pipeline_tell(struct pipeline *p, enum event_code code,
    const char *message, const char *key, const char *detail);

/** The wall clock, or on replay the packets'. */
struct wall pipeline_now(const struct pipeline *p);
struct pipeline_stats pipeline_stats_get(const struct pipeline *p);
struct inventory *pipeline_inventory(struct pipeline *p);
struct policy *pipeline_policy(struct pipeline *p);
struct store *pipeline_store(struct pipeline *p);

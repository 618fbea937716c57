/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arrows of the product; see pipeline.h.
 */
#include "sensor/daemon/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine.h"
#include "sensor/base/log.h"
#include "sensor/daemon/policy_setup.h"

/* Targets that the engine has and has not finished; policy keeps fewer active. */
#define FLIGHT_MAX 64
/* Observations of one transaction on replay: counted, so that the same file makes the same transactions, however it
   was cut into messages. */
#define REPLAY_BATCH 512

struct pipeline {
	struct pipeline_options opt;
	struct pipeline_listener listener;
	struct store *store;
	struct inventory *inventory;
	struct policy *policy;
	struct wall now;		  /* replay: packet time */
	struct target flight[FLIGHT_MAX]; /* id 0 = free */
	struct pipeline_stats stats;
	struct buf message;
	uint64_t seq;
	unsigned batched; /* replay: observations since the last commit */
	bool engine_up;	  /* it said HELLO and has the scope */
};

struct wall
pipeline_now(const struct pipeline *p)
{
	return p->opt.replay ? p->now : wall_now();
}

/* A failure of the store: nothing is lost that was stored, and the sensor goes on hearing. */
static void
complain(const char *what, int rc)
{
	if (rc < 0)
		log_err("pipeline", "%s: %s", what, err_text(rc));
}

/* ---- observations ─► inventory ---- */

void
pipeline_begin(struct pipeline *p)
{
	if (!p->opt.replay)
		complain("cannot begin a transaction",
		    inventory_begin(p->inventory));
}

void
pipeline_commit(struct pipeline *p)
{
	if (!p->opt.replay)
		complain("cannot store what was heard",
		    inventory_commit(p->inventory));
}

void
pipeline_flush(struct pipeline *p)
{
	if (p->batched > 0)
		complain("cannot store what was heard",
		    inventory_commit(p->inventory));
	p->batched = 0;
}

void
pipeline_hear(struct pipeline *p, const struct observation *obs)
{
	bool replay = p->opt.replay;

	if (obs->kind == OBS_CLOCK) {
		pipeline_flush(p);
		if (replay)
			pipeline_tick(p, obs->ts);
		return;
	}
	p->stats.observations++;
	if (replay && obs->ts.ns > p->now.ns)
		p->now = obs->ts;
	if (replay && p->batched++ == 0)
		complain("cannot begin a transaction",
		    inventory_begin(p->inventory));
	complain("cannot store an observation",
	    inventory_observe(p->inventory, obs));
	if (p->batched == REPLAY_BATCH)
		pipeline_flush(p);
}

/* ---- inventory ─► policy ---- */

static void
on_candidate(void *arg, const struct asset *asset, uint64_t segment,
    const struct addr *addr, const char *reason)
{
	struct pipeline *p = arg;

	(void)asset;
	if (p->policy != NULL)
		policy_candidate(
		    p->policy, segment, addr, reason, pipeline_now(p));
}

/* ---- policy ─► targets ─► engine ---- */

static int
send_message(struct pipeline *p)
{
	int rc = msg_end(&p->message);

	if (rc == 0)
		rc = p->opt.replay ? chan_send_wait(p->opt.engine, &p->message)
				   : chan_send(p->opt.engine, &p->message);
	return rc;
}

static struct target *
find_flight(struct pipeline *p, uint64_t id)
{
	size_t i;

	for (i = 0; i < FLIGHT_MAX; i++)
		if (p->flight[i].id == id)
			return &p->flight[i];
	return NULL;
}

/* Make one target of what is due and send it. */
static void
ask_one(struct pipeline *p, const struct policy_ask *ask, struct target *slot)
{
	struct target t;
	int rc = 0;

	memset(&t, 0, sizeof(t));
	if (addr_is_set(&ask->addr))
		rc = inventory_fill_target(
		    p->inventory, ask->segment, &ask->addr, &t);
	/* Forgotten since it came up: policy forgets it too. */
	if (rc == 0 || rc == ES_E(NOTFOUND))
		rc = policy_prepare(
		    p->policy, ask, rc == 0 ? &t : NULL, pipeline_now(p));
	else
		policy_done(p->policy, ask->id, false, pipeline_now(p));
	if (rc < 0) {
		target_fini(&t);
		return;
	}
	msg_begin(&p->message, MSG_TARGET, p->seq++);
	target_pack(&p->message, &t);
	rc = send_message(p);
	if (rc < 0) {
		complain("cannot send a target", rc);
		policy_done(p->policy, t.id, false, pipeline_now(p));
		target_fini(&t);
		return;
	}
	p->stats.targets++;
	p->stats.in_flight++;
	*slot = t;
}

void
pipeline_ask(struct pipeline *p)
{
	struct policy_ask ask;
	struct target *slot;

	if (!p->engine_up || p->policy == NULL)
		return;
	while ((slot = find_flight(p, 0)) != NULL &&
	       policy_next(p->policy, pipeline_now(p), &ask) == 1)
		ask_one(p, &ask, slot);
}

static void
send_scope(struct pipeline *p)
{
	struct scope scope;
	int rc = policy_scope(p->policy, &scope);

	if (rc == 0) {
		msg_begin(&p->message, MSG_SCOPE, p->seq++);
		scope_pack(&p->message, &scope);
		rc = send_message(p);
	}
	scope_fini(&scope);
	complain("cannot tell the engine its scope", rc);
}

static void
land(struct pipeline *p, struct target *t)
{
	target_fini(t);
	p->stats.in_flight--;
}

void
pipeline_engine_started(struct pipeline *p, const struct hello *own)
{
	size_t i;

	if (p->opt.engine == NULL || p->policy == NULL)
		return;
	for (i = 0; i < FLIGHT_MAX; i++)
		if (p->flight[i].id != 0)
			land(p, &p->flight[i]);
	policy_requeue(p->policy, pipeline_now(p));
	msg_begin(&p->message, MSG_HELLO, p->seq++);
	hello_pack(&p->message, own);
	complain("cannot greet the engine", send_message(p));
	send_scope(p);
	p->engine_up = true;
	pipeline_ask(p);
}

bool
pipeline_engine_is_up(const struct pipeline *p)
{
	return p->engine_up;
}

void
pipeline_halt(struct pipeline *p, bool halted, const char *who)
{
	if (p->policy == NULL || policy_halted(p->policy) == halted)
		return;
	complain("cannot store that probing is halted",
	    policy_halt(p->policy, halted));
	if (p->engine_up)
		send_scope(p);
	pipeline_tell(p, halted ? EV_PROBE_HALTED : EV_PROBE_RESUMED,
	    halted ? "probing was halted" : "probing was resumed", NULL, NULL);
	log_notice(
	    "pipeline", "probing %s by %s", halted ? "halted" : "resumed", who);
	if (!halted)
		pipeline_ask(p);
}

/* ---- engine ─► findings ─► inventory ---- */

void
pipeline_answer(struct pipeline *p, const struct finding *f)
{
	const struct target *t =
	    f->target_id == 0 ? NULL : find_flight(p, f->target_id);

	p->stats.findings++;
	complain(
	    "cannot store a finding", inventory_finding(p->inventory, f, t));
}

void
pipeline_audit(struct pipeline *p, const struct audit *a)
{
	p->stats.audits++;
	complain("cannot store the audit", inventory_audit(p->inventory, a));
}

void
pipeline_done(struct pipeline *p, const struct target_done *done)
{
	struct target *t =
	    done->target_id == 0 ? NULL : find_flight(p, done->target_id);

	if (t == NULL)
		return;
	land(p, t);
	if (done->status == TARGET_HALTED)
		policy_cut_short(p->policy, done->target_id, pipeline_now(p));
	else
		policy_done(p->policy, done->target_id,
		    done->status == TARGET_OK, pipeline_now(p));
	pipeline_ask(p);
}

/* ---- inventory ─► events ─► outbox ─► publishers ---- */

static void
on_event(void *arg, const struct event *e)
{
	struct pipeline *p = arg;

	p->stats.events++;
	if (p->listener.event != NULL)
		p->listener.event(p->listener.arg, e);
}

void
pipeline_tell(struct pipeline *p, enum event_code code, const char *message,
    const char *key, const char *detail)
{
	if (!p->opt.facts_only)
		complain("cannot store an event",
		    inventory_tell(p->inventory, code, message, key, detail));
}

void
pipeline_tick(struct pipeline *p, struct wall now)
{
	if (now.ns > p->now.ns)
		p->now = now;
	complain("cannot store what time changed",
	    inventory_tick(p->inventory, pipeline_now(p)));
	pipeline_ask(p);
}

/* ---- messages ---- */

static int
take_observations(struct pipeline *p, struct cursor body)
{
	struct observation obs;
	int rc;

	pipeline_begin(p);
	while ((rc = observation_unpack(&body, &obs)) == 1)
		pipeline_hear(p, &obs);
	pipeline_commit(p);
	return rc;
}

static int
take_finding(struct pipeline *p, struct cursor body)
{
	struct finding f;
	int rc = finding_unpack(&body, &f);

	if (rc == 0) {
		pipeline_answer(p, &f);
		finding_fini(&f);
	}
	return rc;
}

static int
take_small(struct pipeline *p, const struct msg *m)
{
	struct cursor body = m->body;
	struct target_done done;
	struct audit audit;
	int rc = 0;

	if (m->type == MSG_AUDIT) {
		rc = audit_unpack(&body, &audit);
		if (rc == 0)
			pipeline_audit(p, &audit);
	} else if (m->type == MSG_TARGET_DONE) {
		rc = target_done_unpack(&body, &done);
		if (rc == 0)
			pipeline_done(p, &done);
	}
	return rc;
}

void
pipeline_message(struct pipeline *p, const struct msg *m)
{
	int rc;

	if (m->type == MSG_OBSERVATIONS || m->type == MSG_DISCOVERED)
		rc = take_observations(p, m->body);
	else if (m->type == MSG_FINDING)
		rc = take_finding(p, m->body);
	else
		rc = take_small(p, m);
	if (rc < 0) {
		p->stats.refused++;
		log_debug("pipeline", "refused a message type=%s",
		    msg_type_text(m->type));
	}
}

/* ---- life ---- */

static int
open_inventory(struct pipeline *p, struct errbuf *eb)
{
	const struct run *run = p->opt.run;
	const struct config *c = &run->config;
	const struct inventory_options options = {
		.store = p->store,
		.sensor_name = run->sensor_name,
		.site = c->sensor_site,
		.ifnames = (const char *const *)run->interfaces.items,
		.nifnames = p->opt.replay ? 0 : run->interfaces.count,
		.max_assets = c->max_assets,
		.host_gone_s = (uint32_t)(c->host_gone / 1000),
		.service_gone_s = (uint32_t)(c->service_gone / 1000),
		.replay = p->opt.replay,
	};
	const struct inventory_callbacks callbacks = {
		.arg = p, .candidate = on_candidate, .event = on_event
	};

	return inventory_new(&options, &callbacks, &p->inventory, eb);
}

static int
open_all(struct pipeline *p, struct errbuf *eb)
{
	const struct config *c = &p->opt.run->config;
	const struct store_options options = { .dir = p->opt.dir,
		.power_safe = c->power_safe,
		.outbox_max_octets = c->outbox_max,
		.outbox_max_age_s = (uint32_t)(c->outbox_age / 1000) };
	int rc = 0;

	if (!p->opt.facts_only)
		rc = store_open(&options, &p->store, eb);
	if (rc == 0 && p->opt.engine != NULL)
		rc = policy_setup(p->opt.run, p->store, &p->policy, eb);
	if (rc == 0)
		rc = open_inventory(p, eb);
	return rc;
}

int
pipeline_new(const struct pipeline_options *options,
    const struct pipeline_listener *listener, struct pipeline **out,
    struct errbuf *eb)
{
	struct pipeline *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	p->opt = *options;
	if (listener != NULL)
		p->listener = *listener;
	buf_init(&p->message, MSG_HEADER + MSG_MAX);
	rc = open_all(p, eb);
	if (rc < 0) {
		pipeline_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

void
pipeline_free(struct pipeline *p)
{
	size_t i;

	if (p == NULL)
		return;
	if (p->inventory != NULL)
		inventory_free(p->inventory);
	if (p->policy != NULL)
		policy_free(p->policy);
	if (p->store != NULL)
		store_close(p->store);
	for (i = 0; i < FLIGHT_MAX; i++)
		target_fini(&p->flight[i]);
	buf_fini(&p->message);
	free(p);
}

struct pipeline_stats
pipeline_stats_get(const struct pipeline *p)
{
	return p->stats;
}

struct inventory *
pipeline_inventory(struct pipeline *p)
{
	return p->inventory;
}

struct policy *
pipeline_policy(struct pipeline *p)
{
	return p->policy;
}

struct store *
pipeline_store(struct pipeline *p)
{
	return p->store;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a candidate to a target and back.
 *
 * A host waits for `settle` after it came up, so that what else is heard of it in that time goes into the same visit.
 * What was asked is remembered, over restarts too, and not asked again before `reprobe`; then the host comes up by
 * itself as "refresh". A failed visit is tried again after a minute, two, four ... a day.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/policy/policy_priv.h"

#define RETRY_S 60
#define RETRY_MAX_S 86400
#define FAILURES_MAX 12

static struct wall
later(struct wall t, int64_t ms)
{
	return (struct wall){ t.ns + ms * NS_PER_MS };
}

static bool
asked_lately(const struct policy *p, struct wall asked, struct wall now)
{
	return asked.ns != 0 &&
	       now.ns - asked.ns < (int64_t)p->opt.reprobe_s * NS_PER_S;
}

/* ---- coming up ---- */

static void
come_up(struct policy *p, struct targetq_entry *e, const char *reason,
    struct wall now)
{
	struct wall due = later(now, p->opt.settle_ms);

	if (strcmp(reason, "service.changed") == 0 && e->asked.ns != 0) {
		struct wall least =
		    later(e->asked, (int64_t)p->opt.changed_s * 1000);

		if (least.ns > due.ns)
			due = least;
	}
	if (e->state != TARGETQ_WAITING || e->refresh || due.ns < e->due.ns)
		str_copy(e->reason, sizeof(e->reason), reason);
	e->refresh = false;
	targetq_wait(p->queue, e, due);
}

void
policy_candidate(struct policy *p, uint64_t segment, const struct addr *addr,
    const char *reason, struct wall now)
{
	struct policy_decision decision;
	struct targetq_entry *e;

	p->stats.candidates++;
	if (!decide_lasting(p, addr, 0, 0, &decision)) {
		p->stats.refused++;
		return;
	}
	e = targetq_get(p->queue, segment, addr);
	if (e == NULL) {
		p->stats.full++;
		return;
	}
	if (e->state == TARGETQ_ACTIVE) {
		str_copy(e->again, sizeof(e->again), reason);
		return;
	}
	if (strcmp(reason, "host.new") == 0 && asked_lately(p, e->asked, now))
		return;
	come_up(p, e, reason, now);
}

/* ---- going out ---- */

static bool
next_broadcast(struct policy *p, struct wall now, struct policy_ask *out)
{
	size_t i;

	for (i = 0; i < p->nbroadcasts; i++) {
		struct broadcast_run *run = &p->broadcasts[i];

		if (run->due.ns == 0)
			run->due = later(now, p->opt.settle_ms);
		if (run->id != 0 || run->due.ns > now.ns)
			continue;
		run->id = targetq_id(p->queue);
		run->due = later(now, (int64_t)p->opt.broadcast.every_s * 1000);
		*out =
		    (struct policy_ask){ .id = run->id, .reason = "broadcast" };
		memcpy(out->ifname, run->ifname, sizeof(out->ifname));
		p->stats.broadcasts++;
		return true;
	}
	return false;
}

int
policy_next(struct policy *p, struct wall now, struct policy_ask *out)
{
	struct targetq_entry *e;

	if (p->halted || !p->opt.enabled || quiet_at(&p->quiet, now) != NULL)
		return 0;
	if (next_broadcast(p, now, out))
		return 1;
	e = targetq_next(p->queue, now);
	if (e == NULL)
		return 0;
	*out = (struct policy_ask){
		.id = e->id, .segment = e->segment, .addr = e->addr
	};
	memcpy(out->reason, e->reason, sizeof(out->reason));
	return 1;
}

struct wall
policy_next_due(const struct policy *p)
{
	struct wall due = targetq_due(p->queue);
	size_t i;

	for (i = 0; i < p->nbroadcasts; i++) {
		struct wall run = p->broadcasts[i].due;

		if (due.ns == 0 || run.ns < due.ns)
			due = run;
	}
	return due;
}

/* Does this visit ask again what was asked lately? */
static bool
asks_all(const struct targetq_entry *e)
{
	return e->retry || strcmp(e->reason, "refresh") == 0 ||
	       strcmp(e->reason, "service.changed") == 0 ||
	       strcmp(e->reason, "operator") == 0;
}

/* Keep the ports that may be asked now. */
static void
choose_ports(struct policy *p, const struct targetq_entry *e, struct target *t,
    struct wall now)
{
	struct policy_decision decision;
	uint16_t i, kept = 0;

	for (i = 0; i < t->nports; i++) {
		struct target_port *port = &t->ports[i];
		bool take =
		    decide_lasting(p, &t->addr, port->svc.proto, port->svc.port,
			&decision) &&
		    (asks_all(e) ||
			!asked_lately(p,
			    targetq_asked(e, port->svc.proto, port->svc.port),
			    now));

		if (!take)
			free(port->heard);
		else if (kept++ != i)
			t->ports[kept - 1] = *port;
	}
	t->nports = kept;
}

static int
note_asked(struct policy *p, struct targetq_entry *e, const struct target *t,
    struct wall now)
{
	struct store *store = p->opt.store;
	char addr[ADDR_TEXT];
	struct asked_row row = { .segment = (int64_t)e->segment,
		.addr = addr_fmt(&e->addr, addr),
		.at = now.ns,
		.failures = e->failures };
	int rc = 0;
	uint16_t i;

	e->asked = now;
	if (store != NULL) {
		rc = store_begin(store);
		if (rc < 0)
			return rc;
		rc = store_put_asked(store, &row);
	}
	for (i = 0; i < t->nports; i++) {
		row.proto = t->ports[i].svc.proto;
		row.port = t->ports[i].svc.port;
		targetq_note(e, (unsigned)row.proto, (uint16_t)row.port, now);
		if (store != NULL && rc == 0)
			rc = store_put_asked(store, &row);
	}
	if (store == NULL)
		return 0;
	if (rc == 0)
		return store_commit(store);
	store_rollback(store);
	return rc;
}

/* What every target carries. */
static int
dress(struct policy *p, const struct policy_ask *ask, const char *scripts,
    struct target *t)
{
	t->id = ask->id;
	t->deadline_ms = p->opt.deadline_ms;
	str_copy(t->reason, sizeof(t->reason), ask->reason);
	t->scripts = strdup(scripts);
	t->script_args = p->script_args == NULL ? NULL : strdup(p->script_args);
	return t->scripts == NULL ||
		       (p->script_args != NULL && t->script_args == NULL)
		   ? ES_E(NOMEM)
		   : 0;
}

static int
prepare_broadcast(
    struct policy *p, const struct policy_ask *ask, struct target *t)
{
	str_copy(t->ifname, sizeof(t->ifname), ask->ifname);
	snprintf(t->rule, sizeof(t->rule), "broadcast %s", ask->ifname);
	return dress(p, ask, p->broadcast_scripts, t);
}

int
policy_prepare(struct policy *p, const struct policy_ask *ask, struct target *t,
    struct wall now)
{
	struct targetq_entry *e = targetq_active(p->queue, ask->id);
	struct policy_decision decision;
	int rc;

	if (e == NULL)
		return t == NULL ? ES_E(NOTFOUND)
				 : prepare_broadcast(p, ask, t);
	if (t == NULL) {
		targetq_forget(p->queue, e);
		return ES_E(NOTFOUND);
	}
	if (decide_lasting(p, &e->addr, 0, 0, &decision))
		choose_ports(p, e, t, now);
	if (!decision.allowed || (t->nports == 0 && !asks_all(e) &&
				     asked_lately(p, e->asked, now))) {
		p->stats.empty++;
		policy_done(p, ask->id, true, now);
		return ES_E(NOTFOUND);
	}
	memcpy(t->rule, decision.rule, sizeof(t->rule));
	rc = dress(p, ask, p->scripts, t);
	if (rc == 0)
		rc = note_asked(p, e, t, now);
	if (rc < 0) {
		policy_done(p, ask->id, false, now);
		return rc;
	}
	p->stats.asked++;
	return 0;
}

/* ---- coming back ---- */

static bool
done_broadcast(struct policy *p, uint64_t id)
{
	size_t i;

	for (i = 0; i < p->nbroadcasts; i++) {
		if (p->broadcasts[i].id == id) {
			p->broadcasts[i].id = 0;
			return true;
		}
	}
	return false;
}

static void
wait_for_refresh(struct policy *p, struct targetq_entry *e)
{
	if (e->asked.ns == 0)
		return;
	memcpy(e->reason, "refresh", sizeof("refresh"));
	e->refresh = true;
	targetq_wait(
	    p->queue, e, later(e->asked, (int64_t)p->opt.reprobe_s * 1000));
}

void
policy_done(struct policy *p, uint64_t id, bool ok, struct wall now)
{
	struct targetq_entry *e = targetq_active(p->queue, id);
	char again[sizeof(e->again)];
	int64_t pause = RETRY_S;

	if (e == NULL) {
		if (done_broadcast(p, id))
			p->stats.done++;
		return;
	}
	memcpy(again, e->again, sizeof(again));
	targetq_done(p->queue, e);
	e->retry = !ok;
	if (ok) {
		p->stats.done++;
		e->failures = 0;
		if (again[0] != '\0')
			come_up(p, e, again, now);
		else
			wait_for_refresh(p, e);
		return;
	}
	p->stats.failed++;
	if (e->failures < FAILURES_MAX)
		e->failures++;
	pause <<= e->failures - 1;
	targetq_wait(p->queue, e,
	    later(now, (pause < RETRY_MAX_S ? pause : RETRY_MAX_S) * 1000));
}

void
policy_cut_short(struct policy *p, uint64_t id, struct wall now)
{
	struct targetq_entry *e = targetq_active(p->queue, id);

	if (e == NULL) {
		(void)done_broadcast(p, id);
		return;
	}
	targetq_done(p->queue, e);
	e->retry = true;
	targetq_wait(p->queue, e, now);
}

void
policy_requeue(struct policy *p, struct wall now)
{
	size_t i;

	targetq_requeue(p->queue, now);
	for (i = 0; i < p->nbroadcasts; i++) {
		if (p->broadcasts[i].id != 0) {
			p->broadcasts[i].id = 0;
			p->broadcasts[i].due = now;
		}
	}
}

/* ---- after a restart ---- */

static bool
load_asked(void *arg, const void *data)
{
	const struct asked_row *row = data;
	struct policy *p = arg;
	struct targetq_entry *e;
	struct addr addr;

	if (addr_parse(row->addr, &addr) < 0)
		return true;
	e = targetq_get(p->queue, (uint64_t)row->segment, &addr);
	if (e == NULL)
		return true;
	if (row->port != 0) {
		targetq_note(e, (unsigned)row->proto, (uint16_t)row->port,
		    (struct wall){ row->at });
		return true;
	}
	e->asked.ns = row->at;
	wait_for_refresh(p, e);
	return true;
}

int
ask_load(struct policy *p, struct errbuf *eb)
{
	int rc = store_each_asked(p->opt.store, load_asked, p);

	if (rc == 0)
		rc = plan_resume(p, p->opt.store, wall_now());
	return rc < 0 ? err_set(eb, rc, "%s", store_error(p->opt.store)) : 0;
}

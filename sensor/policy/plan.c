/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: every address and service that the store knows, with the decision on it: what would be asked and when, or
 * which rule says no. It reads the store and changes nothing, so it works beside a running sensor and without one.
 *
 * The same list says after a restart what was heard and not asked yet: those that waited come up again.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/base/str.h"
#include "sensor/model/json.h"
#include "sensor/model/observation.h"
#include "sensor/policy/policy_priv.h"

struct place {
	char asset[40];
	char text[ADDR_TEXT];
	char service[64];
	struct addr addr;
	uint64_t segment;
	uint8_t proto;
	uint16_t port; /* 0: the host */
	unsigned strength;
	struct wall first;
	struct wall asked;
};

struct plan {
	struct place *places;
	size_t count, cap;
	bool no_memory;
};

static struct place *
add_place(struct plan *plan, int64_t segment, const char *addr)
{
	struct place *pl;

	if (plan->count == plan->cap) {
		size_t cap = plan->cap == 0 ? 256 : plan->cap * 2;
		struct place *grown =
		    realloc(plan->places, cap * sizeof(*grown));

		if (grown == NULL) {
			plan->no_memory = true;
			return NULL;
		}
		plan->places = grown;
		plan->cap = cap;
	}
	pl = &plan->places[plan->count];
	memset(pl, 0, sizeof(*pl));
	if (addr_parse(addr, &pl->addr) < 0)
		return NULL;
	addr_fmt(&pl->addr, pl->text);
	pl->segment = (uint64_t)segment;
	plan->count++;
	return pl;
}

static bool
take_address(void *arg, const void *data)
{
	const struct address_row *row = data;
	struct plan *plan = arg;
	struct place *pl;

	if (row->current == 0)
		return true;
	pl = add_place(plan, row->segment, row->addr);
	if (pl != NULL) {
		str_copy(pl->asset, sizeof(pl->asset), row->asset);
		pl->strength = (unsigned)row->strength;
		pl->first.ns = row->first_seen;
	}
	return !plan->no_memory;
}

static bool
take_service(void *arg, const void *data)
{
	const struct service_row *row = data;
	struct plan *plan = arg;
	struct place *pl;

	if (strcmp(row->state, "open") != 0 &&
	    strcmp(row->state, "announced") != 0)
		return true;
	pl = add_place(plan, row->segment, row->addr);
	if (pl != NULL) {
		str_copy(pl->asset, sizeof(pl->asset), row->asset);
		str_copy(pl->service, sizeof(pl->service), row->name);
		pl->proto = (uint8_t)row->proto;
		pl->port = (uint16_t)row->port;
		pl->first.ns = row->first_seen;
	}
	return !plan->no_memory;
}

static int
compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = (x->segment > y->segment) - (x->segment < y->segment);

	if (order == 0)
		order = addr_cmp(&x->addr, &y->addr);
	if (order == 0)
		order = (x->proto > y->proto) - (x->proto < y->proto);
	return order != 0 ? order : (x->port > y->port) - (x->port < y->port);
}

static bool
take_asked(void *arg, const void *data)
{
	const struct asked_row *row = data;
	struct plan *plan = arg;
	struct place key = { .segment = (uint64_t)row->segment,
		.proto = (uint8_t)row->proto,
		.port = (uint16_t)row->port };
	struct place *pl;

	if (addr_parse(row->addr, &key.addr) < 0 || plan->count == 0)
		return true;
	pl = bsearch(&key, plan->places, plan->count, sizeof(*plan->places),
	    compare_places);
	if (pl != NULL)
		pl->asked.ns = row->at;
	return true;
}

static void
tell_place(struct policy *p, const struct place *pl, struct wall now,
    void (*visit)(void *arg, const struct policy_plan_line *line), void *arg)
{
	struct policy_plan_line line = { .asset = pl->asset,
		.addr = pl->text,
		.segment = pl->segment,
		.proto = pl->proto,
		.port = pl->port,
		.service = pl->service,
		.scripts = "" };

	policy_decide(p, &pl->addr, pl->proto, pl->port, now, &line.decision);
	if (line.decision.allowed && pl->strength < STRENGTH_TWO_WAY) {
		line.decision = (struct policy_decision){ .rule = "one-way",
			.reason = "it never answered anybody: whoever spoke "
				  "may have invented it" };
	}
	if (line.decision.allowed) {
		line.scripts = p->scripts;
		line.due.ns =
		    pl->asked.ns != 0
			? pl->asked.ns + (int64_t)p->opt.reprobe_s * NS_PER_S
			: pl->first.ns + p->opt.settle_ms * NS_PER_MS;
		if (line.due.ns < now.ns)
			line.due = now;
	}
	visit(arg, &line);
}

/* A service is as sure as its host, which stands before it. */
static void
inherit_strength(struct plan *plan)
{
	const struct place *host = NULL;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		struct place *pl = &plan->places[i];

		if (pl->port == 0)
			host = pl;
		else if (host != NULL && host->segment == pl->segment &&
			 addr_eq(&host->addr, &pl->addr))
			pl->strength = host->strength;
	}
}

static int
read_plan(struct store *store, struct plan *plan)
{
	int rc = store_each_address(store, take_address, plan);

	if (rc == 0)
		rc = store_each_service(store, take_service, plan);
	if (rc == 0 && plan->no_memory)
		rc = ES_E(NOMEM);
	if (plan->count > 0)
		qsort(plan->places, plan->count, sizeof(*plan->places),
		    compare_places);
	inherit_strength(plan);
	if (rc == 0)
		rc = store_each_asked(store, take_asked, plan);
	return rc;
}

int
policy_plan(struct policy *p, struct store *store, struct wall now,
    void (*visit)(void *arg, const struct policy_plan_line *line), void *arg)
{
	struct plan plan = { .places = NULL };
	int rc = read_plan(store, &plan);
	size_t i;

	for (i = 0; i < plan.count && rc == 0; i++)
		tell_place(p, &plan.places[i], now, visit, arg);
	free(plan.places);
	return rc;
}

int
plan_resume(struct policy *p, struct store *store, struct wall now)
{
	struct policy_decision decision;
	struct plan plan = { .places = NULL };
	int rc = read_plan(store, &plan);
	size_t i;

	for (i = 0; i < plan.count && rc == 0; i++) {
		const struct place *pl = &plan.places[i];

		if (pl->asked.ns == 0 && pl->strength >= STRENGTH_TWO_WAY &&
		    decide_lasting(
			p, &pl->addr, pl->proto, pl->port, &decision))
			policy_candidate(p, pl->segment, &pl->addr,
			    pl->port == 0 ? "host.new" : "service.new", now);
	}
	free(plan.places);
	return rc;
}

void
policy_plan_json(const struct policy_plan_line *line, struct buf *out)
{
	struct json j = json_new(out);

	json_open(&j, NULL, '{');
	json_text(&j, "ip", line->addr);
	if (line->segment != 0)
		json_uint(&j, "segment", line->segment);
	if (line->port != 0) {
		json_uint(&j, "port", line->port);
		json_text(&j, "proto", proto_text(line->proto));
		json_text(&j, "service", line->service);
	}
	json_text(&j, "asset", line->asset);
	json_bool(&j, "ask", line->decision.allowed);
	json_text(&j, "rule", line->decision.rule);
	json_text(&j, "reason", line->decision.reason);
	json_time(&j, "due", line->due);
	json_text(&j, "scripts", line->scripts);
	json_close(&j, '}');
}

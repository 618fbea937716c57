/* SPDX-License-Identifier: Apache-2.0 */
/*
 * target: what the sensor asks for (struct target) as a group of one host, and what scripts say as findings.
 *
 * A target without an address runs its prerules and then its postrules. Selections are kept per script expression, so
 * that a thousand targets of one policy load their scripts once.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/netdb.h"
#include "engine/state.h"
#include "sensor/base/err.h"
#include "sensor/base/log.h"
#include "sensor/base/str.h"

#define KEPT_MAX 64

/* One target under way. */
struct job {
	struct engine *engine;
	struct kept_selection *kept;
	uint64_t id;
	struct nse_host host;
	bool has_host;
	char *script_args;
	char *heard;
	uint32_t scripts_run;
	uint32_t deadline_ms;
	bool confirm;
};

static void
kept_free(struct engine *e, struct kept_selection *k)
{
	TAILQ_REMOVE(&e->kept, k, link);
	e->nkept--;
	selection_free(k->selection);
	free(k->rules);
	free(k);
}

/* Make room: the least recently used one without users goes. */
static void
kept_evict(struct engine *e)
{
	struct kept_selection *k;

	if (e->nkept < KEPT_MAX)
		return;
	TAILQ_FOREACH_REVERSE(k, &e->kept, kept_list, link)
	{
		if (k->users == 0) {
			kept_free(e, k);
			return;
		}
	}
}

static struct kept_selection *
kept_get(struct engine *e, const char *rules, struct errbuf *eb)
{
	struct kept_selection *k;

	TAILQ_FOREACH(k, &e->kept, link)
	{
		if (strcmp(k->rules, rules) == 0) {
			TAILQ_REMOVE(&e->kept, k, link);
			TAILQ_INSERT_HEAD(&e->kept, k, link);
			return k;
		}
	}
	kept_evict(e);
	k = calloc(1, sizeof(*k));
	if (k == NULL || (k->rules = strdup(rules)) == NULL) {
		free(k);
		err_set(eb, ES_E(NOMEM), "no memory for a selection");
		return NULL;
	}
	if (engine_select(e, (const char *const *)&k->rules, 1,
		e->opt.version_detection, &k->selection, eb) != 0) {
		free(k->rules);
		free(k);
		return NULL;
	}
	TAILQ_INSERT_HEAD(&e->kept, k, link);
	e->nkept++;
	return k;
}

void
targets_fini(struct engine *e)
{
	struct kept_selection *k;

	/* kept_free takes it off the list, which the analyzer cannot follow. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	while ((k = TAILQ_FIRST(&e->kept)) != NULL)
		kept_free(e, k); /* NOLINT(clang-analyzer-unix.Malloc) */
}

static void
job_free(struct job *j)
{
	for (size_t i = 0; i < j->host.nports; i++) {
		free(j->host.ports[i].fp);
		free(j->host.ports[i].heard);
	}
	free(j->host.ports);
	free(j->script_args);
	free(j->heard);
	if (j->kept != NULL)
		j->kept->users--;
	free(j);
}

static void
tell(struct job *j, struct finding *f)
{
	struct engine *e = j->engine;

	e->stats.findings++;
	if (e->cb.finding != NULL)
		e->cb.finding(e->cb.arg, f);
}

static void
count_status(struct engine *e, enum finding_status status)
{
	if (status == FINDING_ERROR)
		e->stats.script_errors++;
	else if (status == FINDING_TIMEOUT)
		e->stats.script_timeouts++;
}

/* Texts of a finding end at a NUL: show such octets as NSE shows them. */
static char *
copy_text(const struct nse_result *r)
{
	const char *text = r->text != NULL ? r->text : r->error;
	size_t len = r->text != NULL ? r->text_len
		     : text != NULL  ? strlen(text)
				     : 0;
	struct buf b;
	char *copy;

	buf_init(&b, FINDING_OUTPUT_MAX);
	for (size_t i = 0; i < len && !b.bad; i++) {
		if (text[i] == '\0')
			buf_str(&b, "\\x00");
		else
			buf_u8(&b, (uint8_t)text[i]);
	}
	copy = strndup(b.data == NULL ? "" : (const char *)b.data, b.len);
	buf_fini(&b);
	return copy;
}

/* An answer without a contact, where something was heard: a probe that needed not be made. */
static bool
is_saved(const struct nse_result *r)
{
	const char *heard = r->port != NULL   ? r->port->heard
			    : r->host != NULL ? r->host->heard
					      : NULL;

	return heard != NULL && !r->asked && r->status == FINDING_OK;
}

static void
on_result(void *arg, const struct nse_result *r)
{
	struct job *j = arg;
	struct finding f = { .target_id = j->id,
		.started = r->started,
		.ended = r->ended,
		.rule = (uint8_t)r->rule,
		.status = (uint8_t)r->status,
		.heard = is_saved(r) };

	count_status(j->engine, r->status);
	j->engine->stats.saved += f.heard;
	if (r->host != NULL)
		f.addr = r->host->addr;
	if (r->port != NULL) {
		f.port = r->port->svc.port;
		f.proto = r->port->svc.proto;
		if (r->port->changed)
			f.svc = &r->port->svc;
	}
	str_copy(f.script, sizeof(f.script), r->id);
	str_copy(f.sha256, sizeof(f.sha256), r->sha256);
	str_copy(f.categories, sizeof(f.categories), r->categories);
	f.output = copy_text(r);
	if (r->json != NULL)
		f.data = strdup(r->json);
	tell(j, &f);
	if (r->port != NULL)
		r->port->changed = false;
	free(f.output);
	free(f.data);
}

/* Ports that a script changed without saying anything. */
static void
tell_changed_ports(struct job *j)
{
	for (size_t i = 0; i < j->host.nports; i++) {
		struct nse_port *p = &j->host.ports[i];
		struct finding f = { .target_id = j->id,
			.started = wall_now(),
			.addr = j->host.addr,
			.port = p->svc.port,
			.proto = p->svc.proto,
			.rule = RULE_VERSION,
			.status = FINDING_OK,
			.svc = &p->svc };

		if (!p->changed)
			continue;
		f.ended = f.started;
		tell(j, &f);
	}
}

static void on_done(void *arg, enum target_status status, uint32_t scripts);

static int
submit_phase(struct job *j, enum nse_phase phase)
{
	struct nse_group g = { .phase = phase,
		.confirm = j->confirm,
		.ifname = j->host.ifname[0] == '\0' ? NULL : j->host.ifname,
		.selection = j->kept->selection,
		.hosts = j->has_host ? &j->host : NULL,
		.nhosts = j->has_host ? 1 : 0,
		.script_args = j->script_args,
		.target_id = j->id,
		.deadline_ms = j->deadline_ms,
		.arg = j,
		.result = on_result,
		.done = on_done };

	return engine_group_submit(j->engine, &g);
}

static void
on_done_post(void *arg, enum target_status status, uint32_t scripts)
{
	struct job *j = arg;
	struct engine *e = j->engine;

	tell_changed_ports(j);
	if (e->cb.done != NULL)
		e->cb.done(e->cb.arg, j->id, status, j->scripts_run + scripts);
	job_free(j);
}

static void
on_done(void *arg, enum target_status status, uint32_t scripts)
{
	struct job *j = arg;
	struct nse_group g = { .phase = PHASE_POST,
		.ifname = j->host.ifname[0] == '\0' ? NULL : j->host.ifname,
		.selection = j->kept->selection,
		.script_args = j->script_args,
		.target_id = j->id,
		.deadline_ms = j->deadline_ms,
		.arg = j,
		.result = on_result,
		.done = on_done_post };

	if (!j->has_host && status == TARGET_OK) {
		j->scripts_run += scripts;
		if (engine_group_submit(j->engine, &g) == 0)
			return;
		scripts = 0;
	}
	on_done_post(j, status, scripts);
}

/* Where nothing told the protocol, the number suggests one, as in NSE. */
static void
copy_service(struct engine *e, const struct service *svc, struct nse_port *p)
{
	const char *listed;

	p->svc = *svc;
	if (p->svc.state == PORT_UNKNOWN)
		p->svc.state = PORT_OPEN;
	if (p->svc.name[0] == '\0') {
		listed = netdb_service(engine_netdb(e), svc->proto, svc->port);
		if (listed != NULL)
			str_copy(p->svc.name, sizeof(p->svc.name), listed);
		p->svc.confidence = 3;
	}
	p->probed = p->svc.confidence > 3;
	str_copy(p->reason, sizeof(p->reason), "passive");
}

static int
copy_host(struct job *j, const struct target *t)
{
	struct nse_host *h = &j->host;

	j->has_host = addr_is_set(&t->addr);
	h->addr = t->addr;
	str_copy(h->name, sizeof(h->name), t->name);
	str_copy(h->ifname, sizeof(h->ifname), t->ifname);
	str_copy(h->reason, sizeof(h->reason), "passive");
	h->direct = t->has_mac ? 1 : -1;
	h->has_mac = t->has_mac;
	h->mac = t->mac;
	h->srtt_s = h->rttvar_s = -1;
	h->timeout_s = 1;
	h->heard = j->heard;
	h->ports = calloc((size_t)t->nports + 1, sizeof(*h->ports));
	if (h->ports == NULL)
		return ES_E(NOMEM);
	h->nports = t->nports;
	for (size_t i = 0; i < h->nports; i++) {
		struct nse_port *p = &h->ports[i];

		copy_service(j->engine, &t->ports[i].svc, p);
		if (t->ports[i].heard != NULL)
			p->heard = strdup(t->ports[i].heard);
	}
	return 0;
}

int
engine_submit(struct engine *e, const struct target *t)
{
	struct errbuf eb = { { 0 } };
	struct job *j = calloc(1, sizeof(*j));
	int ret = ES_E(NOMEM);

	if (j == NULL)
		return ret;
	j->engine = e;
	j->id = t->id;
	j->deadline_ms = t->deadline_ms;
	j->confirm = t->confirm;
	if (t->script_args != NULL && t->script_args[0] != '\0')
		j->script_args = strdup(t->script_args);
	if (t->heard != NULL)
		j->heard = strdup(t->heard);
	if (copy_host(j, t) != 0)
		goto fail;
	j->kept = kept_get(e, t->scripts == NULL ? "" : t->scripts, &eb);
	if (j->kept == NULL) {
		log_warn("engine", "no scripts for a target: %s", eb.text);
		ret = ES_E(FORMAT);
		goto fail;
	}
	j->kept->users++;
	ret = submit_phase(j, j->has_host ? PHASE_SCAN : PHASE_PRE);
	if (ret == 0)
		return 0;
fail:
	job_free(j);
	return ret;
}

bool
engine_discovered(struct engine *e, const char *text)
{
	struct observation obs = { .kind = OBS_HOST,
		.ts = wall_now(),
		.source = SRC_SCRIPT,
		.strength = STRENGTH_UNICAST };

	if (e->cb.discovered == NULL)
		return false;
	/* Names and ranges are for scans; a sensor takes addresses. */
	if (addr_parse(text, &obs.addr) == 0)
		e->cb.discovered(e->cb.arg, &obs);
	return true;
}

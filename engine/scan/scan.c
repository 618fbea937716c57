/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scan from beginning to end; see scan.h. It reads as its steps: prerules, groups, postrules; a group is gathered,
 * reached, probed, named, asked by scripts and reported. Each step starts something on the loop and turns the loop
 * until that is done.
 */
#include "engine/scan/scan.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/scan/names.h"
#include "engine/scan/record.h"
#include "engine/scan/session.h"
#include "engine/scan/widen.h"
#include "engine/thread.h"
#include "sensor/base/log.h"

#define BEAT_MS 100
#define GROUP_DEFAULT 256U
/* Records of ports kept at a time: about 1 KiB each. */
#define GROUP_PORTS 65536U

/* ---- session ------------------------------------------------------------- */

static void
on_beat(uv_timer_t *timer)
{
	(void)timer; /* the loop has turned: that is all */
}

bool
session_turn(struct session *s)
{
	uv_run(&s->loop, UV_RUN_ONCE);
	return !session_stopped(s);
}

int
session_scope(struct session *s, struct errbuf *eb)
{
	int rc = engine_scope_set(s->engine, &s->scope);

	return rc == 0 ? 0 : err_set(eb, rc, "%s", err_text(rc));
}

static void
on_output(void *arg, const char *text, size_t len)
{
	struct session *s = arg;

	progress_clear(&s->progress);
	if (s->report.screen == NULL)
		return;
	fwrite(text, 1, len, s->report.screen);
	fflush(s->report.screen);
}

static int
session_open(
    struct session *s, const struct scan_options *opt, struct errbuf *eb)
{
	struct engine_options engine = opt->engine;
	struct engine_callbacks callbacks = { .arg = s, .output = on_output };
	int rc;

	*s = (struct session){ .opt = opt };
	scope_init(&s->scope);
	s->scope.raw = opt->engine.privileged;
	s->scope.rate_total = opt->max_rate;
	s->report.screen = report_screen(&opt->report);
	targetlist_init(&s->targets, opt->engine.ipv6);
	progress_init(&s->progress, opt->progress);
	if (uv_loop_init(&s->loop) != 0)
		return err_set(eb, ES_E(SYS), "cannot make an event loop");
	uv_timer_init(&s->loop, &s->beat);
	uv_timer_start(&s->beat, on_beat, BEAT_MS, BEAT_MS);
	engine.loop = &s->loop;
	rc = engine_new(&engine, &callbacks, &s->engine, eb);
	if (rc != 0)
		return rc;
	s->gate = engine_gate(s->engine);
	s->netdb = engine_netdb(s->engine);
	return 0;
}

static void
session_close(struct session *s)
{
	if (s->selection != NULL)
		selection_free(s->selection);
	if (s->engine != NULL)
		engine_free(s->engine);
	uv_close((uv_handle_t *)&s->beat, NULL);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&s->loop) != 0)
		log_debug("scan", "handles are left on the loop");
	port_list_fini(&s->tcp);
	port_list_fini(&s->udp);
	scope_fini(&s->scope);
	targetlist_fini(&s->targets);
}

/* ---- probing ------------------------------------------------------------- */

static struct probe_timing
timing(const struct session *s)
{
	struct probe_timing t = probe_timing_for(s->opt->engine.timing);

	if (s->opt->parallel > 0) {
		t.parallel = s->opt->parallel;
		if (t.per_host > t.parallel)
			t.per_host = t.parallel;
	}
	if (s->opt->tries > 0)
		t.tries = s->opt->tries;
	return t;
}

int
session_probe(struct session *s, const struct probe_run *run, const char *step,
    struct errbuf *eb)
{
	struct probe_run mine = *run;
	struct wall began = wall_now();
	uint64_t ended = 0, all = 0;
	struct prober *prober;
	char extra[64];
	int rc;

	mine.loop = &s->loop;
	mine.gate = s->gate;
	mine.interface = s->opt->engine.interface;
	mine.timing = timing(s);
	report_task_begin(&s->report, step);
	rc = prober_new(&mine, &prober, eb);
	if (rc != 0)
		return rc;
	progress_step(&s->progress, step);
	while (!prober_done(prober) && session_turn(s)) {
		prober_progress(prober, &ended, &all);
		progress_show(&s->progress, ended, all, "");
	}
	progress_clear(&s->progress);
	prober_progress(prober, &ended, &all);
	prober_free(prober);
	uv_run(&s->loop, UV_RUN_NOWAIT); /* lets its handles close */
	snprintf(extra, sizeof(extra), "%llu total %s", (unsigned long long)all,
	    run->first_answer ? "probes" : "ports");
	report_task_end(&s->report, step, began, extra);
	return 0;
}

static int
probe_group(struct session *s, struct host_group *g, struct errbuf *eb)
{
	struct scan_host **hosts = calloc(g->up + 1, sizeof(void *));
	struct probe_run run = { .hosts = hosts, .nhosts = g->up };
	int rc = 0;

	if (hosts == NULL)
		return err_set(eb, ES_E(NOMEM), "%s", err_text(ES_E(NOMEM)));
	for (size_t i = 0; i < g->up; i++)
		hosts[i] = &g->records[i].probe;
	if (s->tcp.count > 0) {
		run.proto = IPPROTO_TCP;
		run.ports = &s->tcp;
		rc = session_probe(s, &run, "Connect Scan", eb);
	}
	if (s->udp.count > 0 && rc == 0 && !session_stopped(s)) {
		run.proto = IPPROTO_UDP;
		run.ports = &s->udp;
		rc = session_probe(s, &run, "UDP Scan", eb);
	}
	free(hosts);
	return rc;
}

/* ---- a group ------------------------------------------------------------- */

static size_t
group_limit(const struct session *s)
{
	size_t ports = s->tcp.count + s->udp.count;
	size_t n = GROUP_PORTS / (ports + 1);

	n = n > GROUP_DEFAULT ? GROUP_DEFAULT : n == 0 ? 1 : n;
	if (n < s->opt->group_min)
		n = s->opt->group_min;
	if (s->opt->group_max > 0 && n > s->opt->group_max)
		n = s->opt->group_max;
	return n;
}

/* Take the next hosts of the list; the group is empty at its end. */
static int
gather(struct session *s, struct host_group *g, struct errbuf *eb)
{
	size_t limit = group_limit(s), cap = 0;
	const char *name;
	struct addr a;

	while (g->count < limit && targetlist_next(&s->targets, &a, &name)) {
		if (g->count == cap) {
			cap = cap == 0 ? 16 : cap * 2;
			struct scan_record *p =
			    realloc(g->records, cap * sizeof(*p));

			if (p == NULL)
				return err_set(eb, ES_E(NOMEM), "%s",
				    err_text(ES_E(NOMEM)));
			g->records = p;
		}
		struct scan_record *rec = &g->records[g->count];

		*rec = (struct scan_record){ 0 };
		if (scan_host_init(
			&rec->probe, &a, name, s->tcp.count, s->udp.count) != 0)
			return err_set(
			    eb, ES_E(NOMEM), "%s", err_text(ES_E(NOMEM)));
		rec->probe.started = wall_now();
		g->count++;
	}
	return 0;
}

/* Those that are up to the front, in their order; the others' order does not matter. */
static void
sort_up_first(struct host_group *g)
{
	g->up = 0;
	for (size_t i = 0; i < g->count; i++) {
		if (!g->records[i].probe.up)
			continue;
		struct scan_record rec = g->records[g->up];

		g->records[g->up++] = g->records[i];
		if (i >= g->up)
			g->records[i] = rec;
	}
}

static int
build_records(struct session *s, struct host_group *g, struct errbuf *eb)
{
	int rc = 0;

	g->nse = calloc(g->count + 1, sizeof(*g->nse));
	if (g->nse == NULL)
		rc = ES_E(NOMEM);
	for (size_t i = 0; i < g->count && rc == 0; i++)
		rc = record_build(
		    &g->records[i], &g->nse[i], &s->tcp, &s->udp, s->netdb);
	return rc == 0 ? 0 : err_set(eb, rc, "%s", err_text(rc));
}

static int
look_up_names(struct session *s, struct host_group *g, struct errbuf *eb)
{
	struct contact who = { .script = "" };
	struct names *names;
	int rc;

	if (!s->opt->resolve || g->up == 0 || !gate_may_resolve(s->gate, &who))
		return 0;
	rc = names_new(&s->loop, g->nse, g->up, &names);
	if (rc != 0)
		return err_set(eb, rc, "%s", err_text(rc));
	while (!names_done(names) && session_turn(s))
		;
	names_free(names);
	return 0;
}

static int
scan_group(struct session *s, struct host_group *g, struct errbuf *eb)
{
	int rc = reach_group(s, g, eb);

	if (rc != 0)
		return rc;
	sort_up_first(g);
	rc = probe_group(s, g, eb);
	if (rc == 0)
		rc = build_records(s, g, eb);
	if (rc == 0)
		rc = look_up_names(s, g, eb);
	if (rc == 0 && !session_stopped(s))
		rc = phase_run(s, PHASE_SCAN, g, eb);
	for (size_t i = 0; i < g->count && rc == 0; i++) {
		g->records[i].probe.ended = wall_now();
		report_host(&s->report, &g->records[i]);
	}
	return rc;
}

static void
group_fini(struct host_group *g)
{
	for (size_t i = 0; i < g->count; i++)
		record_fini(&g->records[i]);
	free(g->records);
	free(g->nse);
	*g = (struct host_group){ 0 };
}

/* What scripts found and want scanned too. The user has asked for that with the newtargets argument. */
static int
take_new_targets(struct session *s, struct errbuf *eb)
{
	char expression[1024];
	bool any = false;
	int rc;

	while (engine_next_target(s->engine, expression)) {
		any = true;
		rc = targetlist_add(&s->targets, expression);
		if (rc != 0)
			return err_set(eb, rc, "%s", err_text(rc));
	}
	if (!any)
		return 0;
	rc = targetlist_scope(&s->targets, &s->scope, eb);
	return rc == 0 ? session_scope(s, eb) : rc;
}

static int
scan_groups(struct session *s, struct errbuf *eb)
{
	for (;;) {
		struct host_group g = { 0 };
		int rc = take_new_targets(s, eb);

		if (rc == 0)
			rc = gather(s, &g, eb);
		if (rc == 0 && g.count > 0)
			rc = scan_group(s, &g, eb);
		bool last = g.count == 0;
		group_fini(&g);
		if (rc != 0 || last || session_stopped(s))
			return rc;
	}
}

/* ---- the whole ----------------------------------------------------------- */

static int
select_scripts(struct session *s, struct errbuf *eb)
{
	const struct scan_options *o = s->opt;

	if (o->nscripts == 0)
		return 0;
	return engine_select(s->engine, o->scripts, o->nscripts,
	    o->engine.version_detection, &s->selection, eb);
}

static void
on_bad_target(void *arg, const char *expression, const char *why)
{
	struct session *s = arg;

	progress_clear(&s->progress);
	log_warn("scan", "%s", why);
	report_bad_target(&s->report, expression);
}

static int
take_targets(struct session *s, struct errbuf *eb)
{
	const struct scan_options *o = s->opt;
	int rc = 0;

	s->targets.bad = on_bad_target;
	s->targets.arg = s;
	for (size_t i = 0; i < o->ntargets && rc == 0; i++)
		rc = targetlist_add(&s->targets, o->targets[i]);
	if (rc != 0)
		return err_set(eb, rc, "%s", err_text(rc));
	if (o->target_file != NULL)
		rc = targetlist_add_file(&s->targets, o->target_file, eb);
	if (rc == 0 && s->targets.count == 0 && s->selection == NULL)
		log_warn("scan", "no target is left, so no host is scanned");
	if (rc == 0 && o->exclude != NULL)
		rc = targetlist_exclude(&s->targets, o->exclude, eb);
	return rc;
}

static int
make_scope(struct session *s, struct errbuf *eb)
{
	int rc = targetlist_scope(&s->targets, &s->scope, eb);

	if (rc != 0)
		return rc;
	rc = widen_name_servers(&s->scope);
	if (rc == 0 && s->selection != NULL &&
	    selection_has_category(s->selection, "broadcast"))
		rc = widen_links(&s->scope, s->opt->engine.interface);
	if (rc != 0)
		return err_set(
		    eb, rc, "cannot make the scope: %s", err_text(rc));
	return session_scope(s, eb);
}

static int
begin_report(struct session *s, struct errbuf *eb)
{
	struct report_options o = s->opt->report;

	o.tcp = &s->tcp;
	o.udp_ports = &s->udp;
	o.connect = s->tcp.count > 0;
	o.udp = s->udp.count > 0;
	o.netdb = s->netdb;
	return report_begin(&s->report, &o, eb);
}

static int
run(struct session *s, struct errbuf *eb)
{
	int rc = phase_run(s, PHASE_PRE, NULL, eb);

	if (rc == 0 && !session_stopped(s))
		rc = scan_groups(s, eb);
	if (rc == 0 && !session_stopped(s))
		rc = phase_run(s, PHASE_POST, NULL, eb);
	return rc;
}

int
scan_run(const struct scan_options *options, struct errbuf *eb)
{
	struct session s;
	int rc = session_open(&s, options, eb);

	if (rc == 0)
		rc = ports_choose(&options->ports, s.netdb, &s.tcp, &s.udp, eb);
	if (rc == 0)
		rc = begin_report(&s, eb);
	if (rc == 0)
		rc = select_scripts(&s, eb);
	if (rc == 0)
		rc = take_targets(&s, eb);
	if (rc == 0)
		rc = make_scope(&s, eb);
	if (rc == 0)
		rc = run(&s, eb);
	if (rc == 0)
		rc = report_end(&s.report, session_stopped(&s), eb);
	if (rc == 0 && session_stopped(&s))
		rc = SCAN_INTERRUPTED;
	session_close(&s);
	return rc;
}

int
scan_script_help(const struct scan_options *options, struct errbuf *eb)
{
	const char *path = options->report.xml_file;
	struct session s;
	struct buf text;
	int rc = session_open(&s, options, eb);

	buf_init(&text, 64U << 20);
	if (rc == 0)
		rc = select_scripts(&s, eb);
	if (rc == 0 && selection_help(s.selection, false, &text) == 0)
		fwrite(text.data, 1, text.len, stdout);
	buf_reset(&text);
	if (rc == 0 && path != NULL &&
	    selection_help(s.selection, true, &text) == 0) {
		FILE *f = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

		if (f == NULL)
			rc = err_sys(eb, "cannot write %s", path);
		else if (fwrite(text.data, 1, text.len, f) != text.len ||
			 fflush(f) != 0)
			rc = err_sys(eb, "cannot write all of %s", path);
		if (f != NULL && f != stdout)
			fclose(f);
	}
	buf_fini(&text);
	session_close(&s);
	return rc;
}

int
scan_update_db(const struct scan_options *options, struct errbuf *eb)
{
	struct session s;
	int rc = session_open(&s, options, eb);

	if (rc == 0)
		rc = engine_update_db(s.engine, eb);
	session_close(&s);
	return rc;
}

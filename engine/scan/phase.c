/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One phase of scripts: a group handed to the engine, its results kept with the hosts and ports they belong to until
 * these are printed. Results of prerules and postrules make a block of their own.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/scan/session.h"
#include "sensor/base/log.h"

struct phase {
	struct session *session;
	enum nse_phase phase;
	struct script_results block; /* of prerules and postrules */
	struct wall level_began;
	bool done;
	bool lost; /* a result could not be kept */
};

static void
on_result(void *arg, const struct nse_result *r)
{
	struct phase *p = arg;
	struct script_results *list = &p->block;

	if (r->text_len == 0 && r->xml == NULL)
		return;
	if (r->host != NULL) {
		struct scan_record *rec = r->host->user;

		list = r->port == NULL
			   ? &rec->scripts
			   : &rec->per_port[r->port - r->host->ports];
	}
	if (script_results_add(list, r) != 0)
		p->lost = true;
}

static void
on_runlevel(void *arg, unsigned level, unsigned levels, bool begin)
{
	struct phase *p = arg;
	struct session *s = p->session;

	(void)level;
	(void)levels;
	progress_clear(&s->progress);
	if (!begin) {
		report_task_end(&s->report, "NSE", p->level_began, NULL);
		return;
	}
	p->level_began = wall_now();
	report_task_begin(&s->report, "NSE");
}

static void
on_done(void *arg, enum target_status status, uint32_t scripts_run)
{
	struct phase *p = arg;

	(void)status;
	(void)scripts_run;
	p->done = true;
}

static void
show_progress(struct session *s)
{
	struct nse_progress now;
	char detail[64];

	engine_progress(s->engine, &now);
	snprintf(detail, sizeof(detail), "%u running, %u waiting", now.running,
	    now.waiting);
	progress_show(&s->progress, now.finished,
	    now.expected > now.finished ? now.expected : now.started, detail);
}

static const char *
step_name(enum nse_phase phase)
{
	switch (phase) {
	case PHASE_PRE:
		return "Pre-scan scripts";
	case PHASE_SCAN:
		return "Scripts";
	case PHASE_POST:
		return "Post-scan scripts";
	}
	return "";
}

/* The user has had enough. The kill switch makes the engine let go of everything, so its end is near. */
static void
stop_scripts(struct session *s, const struct phase *p)
{
	s->scope.halted = true;
	if (engine_scope_set(s->engine, &s->scope) != 0)
		log_err("scan", "cannot halt the scripts");
	while (!p->done)
		uv_run(&s->loop, UV_RUN_ONCE);
}

int
phase_run(struct session *s, enum nse_phase phase, struct host_group *group,
    struct errbuf *eb)
{
	struct phase p = { .session = s, .phase = phase };
	struct nse_group g = { .phase = phase,
		.selection = s->selection,
		.hosts = group == NULL ? NULL : group->nse,
		.nhosts = group == NULL ? 0 : group->up,
		.arg = &p,
		.result = on_result,
		.runlevel = on_runlevel,
		.done = on_done };
	int rc;

	if (s->selection == NULL || (group != NULL && group->up == 0))
		return 0;
	rc = engine_group_submit(s->engine, &g);
	if (rc != 0)
		return err_set(
		    eb, rc, "scripts cannot be started: %s", err_text(rc));
	progress_step(&s->progress, step_name(phase));
	while (!p.done && session_turn(s))
		show_progress(s);
	progress_clear(&s->progress);
	if (!p.done)
		stop_scripts(s, &p);
	if (p.lost)
		log_err("scan", "out of memory: results were lost");
	report_block(
	    &s->report, phase == PHASE_PRE ? BLOCK_PRE : BLOCK_POST, &p.block);
	script_results_fini(&p.block);
	return 0;
}

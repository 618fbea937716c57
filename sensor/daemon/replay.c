/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replay of a capture file; see replay.h.
 *
 *	capture (a child, sandboxed) ── observations ──► this process: pipeline ──► standard output
 *
 * This process is the sensor. Messages are never dropped: who is faster waits. With --single the capture's sink is the
 * pipeline itself. Both ways give the same output, octet for octet.
 *
 * With --probe there is an engine, a second child. When the file has ended, the clock jumps from one due question to
 * the next until nothing more is due within what settling takes.
 */
#include "sensor/daemon/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/base/hash.h"
#include "sensor/base/log.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/feed.h"
#include "sensor/daemon/pipeline.h"
#include "sensor/daemon/show.h"

#define QUEUE_OCTETS (4 << 20)
#define FACTS_MAX (1U << 30)
#define REPORT_MS 200

/* After the last packet, besides probing.settle: how far ahead questions are still asked. */
#define AFTERMATH_NS (60 * NS_PER_S)

struct replay {
	const struct replay_options *opt;
	const struct run *run;
	struct pipeline *pipeline;
	struct chan *capture;
	struct chan *engine; /* NULL: nobody is asked */
	struct progress progress;
	struct capture_report report;
	struct capture_end end;
	bool ended;
	struct wall last; /* with an engine: no question after this */
};

/* ---- output ---- */

static void
print_event(void *arg, const struct event *e)
{
	const struct replay *r = arg;

	if (r->opt->json)
		printf("%s\n", e->json);
	else
		show_event(stdout, e->json);
}

static void
print_fact(void *arg, const char *text, size_t len)
{
	fwrite(text, 1, len, arg);
}

static void
print_facts(struct replay *r)
{
	struct buf scratch;

	buf_init(&scratch, FACTS_MAX);
	inventory_facts(
	    pipeline_inventory(r->pipeline), &scratch, print_fact, stdout);
	buf_fini(&scratch);
}

static void
show_progress(struct replay *r)
{
	const struct capture_report *p = &r->report;
	struct inventory_stats inv;
	char part[16] = "";

	if (!progress_due(&r->progress))
		return;
	inventory_stats_get(pipeline_inventory(r->pipeline), &inv);
	if (p->octets_all > 0)
		snprintf(part, sizeof(part), "%3.0f %%  ",
		    100.0 * (double)p->octets_done / (double)p->octets_all);
	progress_line(&r->progress,
	    "%s%" PRIu64 " packets  %.0f/s  %" PRIu64 " hosts  %" PRIu64
	    " services",
	    part, p->stats.received,
	    (double)p->stats.received / progress_seconds(&r->progress),
	    inv.stations, inv.services);
}

static void
print_summary(const struct replay *r)
{
	struct pipeline_stats stats = pipeline_stats_get(r->pipeline);
	struct inventory_stats inv;

	inventory_stats_get(pipeline_inventory(r->pipeline), &inv);
	printf("%" PRIu64 " packets, %" PRIu64 " hosts, %" PRIu64
	       " services, %" PRIu64 " events in %.2f s\n",
	    r->report.stats.received, inv.stations, inv.services, stats.events,
	    progress_seconds(&r->progress));
}

/* What the end of the file means for the exit code; says what broke. */
static int
conclude(const struct replay *r)
{
	if (r->end.code == 0 || r->end.code == ES_E(EOF))
		return CLI_OK;
	cli_fail(CLI_RUNTIME, "%s", r->end.text);
	/* What was heard up to there is told all the same. */
	return r->end.code == ES_E(TRUNC) ? CLI_PARTIAL : CLI_RUNTIME;
}

/* ---- capture ---- */

static int
open_capture(const struct replay *r, const struct capture_sink *sink,
    struct capture **out, struct errbuf *eb)
{
	const struct config *c = &r->run->config;
	const struct capture_options options = { .file = r->opt->file,
		.filter = c->filter[0] != '\0' ? c->filter : NULL,
		.max_hosts = c->max_hosts,
		.max_flows = c->max_flows,
		.max_reassembly_octets = (uint32_t)c->max_reassembly };

	return capture_open(&options, sink, out, eb);
}

static void
report_of(struct capture *c, struct capture_report *out)
{
	capture_stats_get(c, &out->stats);
	capture_progress(c, &out->octets_done, &out->octets_all);
}

/* The child: packets to messages, with nothing but the open file and the channel. */
static int
run_capture(struct replay *r, int fd)
{
	struct chan *chan = chan_new(fd, QUEUE_OCTETS);
	struct capture_report report;
	struct capture_sink sink;
	struct capture *capture;
	struct feed feed;
	struct errbuf eb = { "" };
	struct mono due = mono_now();
	int rc;

	if (chan == NULL)
		return cli_fail(CLI_RUNTIME, "out of memory");
	feed_init(&feed, chan, true);
	sink = feed_sink(&feed, true);
	rc = open_capture(r, &sink, &capture, &eb);
	if (rc == 0 && r->run->identity.change)
		rc = privilege_become(&r->run->identity, &eb);
	if (rc == 0)
		rc = privilege_drop(false, &eb);
	if (rc == 0)
		rc = sandbox_capture(&eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	while (rc >= 0 && !feed.broken) {
		rc = capture_poll(capture, REPORT_MS, &eb);
		if (mono_now().ns < due.ns)
			continue;
		due.ns = mono_now().ns + REPORT_MS * NS_PER_MS;
		report_of(capture, &report);
		feed_report(&feed, &report);
	}
	capture_finish(capture);
	report_of(capture, &report);
	feed_report(&feed, &report);
	feed_end(&feed, rc == ES_E(EOF) ? 0 : rc, eb.text);
	return feed.broken || chan_drain(chan) < 0 ? CLI_RUNTIME : CLI_OK;
}

/* ---- the sensor's side ---- */

static void
take(struct replay *r, const struct msg *m)
{
	struct cursor body = m->body;

	if (m->type == MSG_CAPTURE_STATS) {
		if (capture_report_unpack(&body, &r->report) == 0)
			show_progress(r);
	} else if (m->type == MSG_CAPTURE_END) {
		r->ended = capture_end_unpack(&body, &r->end) == 0;
		pipeline_flush(r->pipeline);
	} else {
		pipeline_message(r->pipeline, m);
	}
}

static void
take_from_engine(struct replay *r, const struct msg *m)
{
	const struct hello own = { .role = ROLE_SENSOR, .generation = 1 };

	if (m->type == MSG_HELLO)
		pipeline_engine_started(r->pipeline, &own);
	else
		pipeline_message(r->pipeline, m);
}

/* All that one channel has now. */
static int
drain(struct replay *r, struct chan *chan,
    void (*handle)(struct replay *r, const struct msg *m))
{
	struct msg m;
	int rc;

	while ((rc = chan_receive(chan, &m)) == 1) {
		handle(r, &m);
		if (chan == r->capture && r->ended)
			return 0;
	}
	return rc;
}

/* Nothing more is to come: the file has ended, and every question is answered. Else the clock jumps to the next. */
static bool
finished(struct replay *r)
{
	struct wall due;

	if (!r->ended || r->engine == NULL)
		return r->ended;
	if (pipeline_stats_get(r->pipeline).in_flight > 0)
		return false;
	if (r->last.ns == 0)
		r->last.ns = pipeline_now(r->pipeline).ns + AFTERMATH_NS +
			     (int64_t)r->run->config.settle * NS_PER_MS;
	due = policy_next_due(pipeline_policy(r->pipeline));
	if (due.ns == 0 || due.ns > r->last.ns)
		return pipeline_engine_is_up(r->pipeline);
	pipeline_tick(r->pipeline, due);
	return false;
}

static int
receive_all(struct replay *r)
{
	struct pollfd pfd[2] = { { .fd = chan_fd(r->capture),
				     .events = POLLIN },
		{ .fd = r->engine != NULL ? chan_fd(r->engine) : -1,
		    .events = POLLIN } };
	int rc = 0;

	while (rc >= 0 && !finished(r)) {
		if (!r->ended)
			rc = drain(r, r->capture, take);
		if (rc >= 0 && r->engine != NULL)
			rc = drain(r, r->engine, take_from_engine);
		if (rc < 0 || finished(r))
			break;
		pfd[0].fd = r->ended ? -1 : chan_fd(r->capture);
		if (poll(pfd, 2, REPORT_MS) < 0 && errno != EINTR)
			rc = ES_E(SYS);
	}
	return rc;
}

/* Exit code of the capture process, which had no more to say. */
static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CLI_RUNTIME;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return cli_fail(CLI_RUNTIME,
	    "the capture process ended by signal %d; what it had told is "
	    "shown",
	    WTERMSIG(status));
}

/* The engine's child: as in `run`, with nobody watching its beats. */
static int
run_engine(struct replay *r, int fd)
{
	struct seat seat = { .role = ROLE_ENGINE,
		.generation = 1,
		.beats = beats_new(),
		.capture_fd = -1,
		.engine_fd = fd };
	struct errbuf eb;

	if (seat.beats == NULL)
		return cli_fail(CLI_RUNTIME, "out of memory");
	if (privilege_become(&r->run->identity, &eb) < 0)
		return cli_fail(CLI_RUNTIME, "%s", eb.text);
	return role_engine(r->run, &seat);
}

/* Start a child on one end of a socket pair; returns our end as a channel, NULL after saying why not. */
static struct chan *
start_child(struct replay *r, int (*run)(struct replay *r, int fd), pid_t *pid)
{
	struct chan *chan;
	pid_t parent = getpid();
	int fds[2], code;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		cli_fail(CLI_RUNTIME, "socketpair: %s", strerror(errno));
		return NULL;
	}
	fflush(NULL);
	*pid = fork();
	if (*pid == 0) {
		close(fds[1]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(CLI_RUNTIME);
		code = run(r, fds[0]);
		fflush(NULL);
		_exit(code);
	}
	close(fds[0]);
	chan = *pid < 0 ? NULL : chan_new(fds[1], QUEUE_OCTETS);
	if (chan == NULL) {
		cli_fail(CLI_RUNTIME, "cannot start a role");
		close(fds[1]);
	}
	return chan;
}

static int
open_pipeline(struct replay *r)
{
	const struct pipeline_options options = { .run = r->run,
		.replay = true,
		.facts_only = r->opt->facts,
		.engine = r->engine };
	const struct pipeline_listener listener = { .arg = r,
		.event = print_event };
	struct errbuf eb;
	int rc = pipeline_new(&options, &listener, &r->pipeline, &eb);

	return rc < 0 ? cli_fail_with(rc, &eb) : CLI_OK;
}

/* What is left of the children: the capture's exit code decides. */
static int
end_children(struct replay *r, int rc, pid_t capture, pid_t engine)
{
	int code;

	if (engine != 0) {
		kill(engine, SIGTERM);
		wait_for(engine);
	}
	/* Closed before it said that the file has ended: its exit code tells more. */
	code = wait_for(capture);
	if (code != CLI_OK)
		return code;
	return rc < 0 ? CLI_RUNTIME : conclude(r);
}

static int
with_processes(struct replay *r)
{
	pid_t capture, engine = 0;
	int code, rc;

	/* The children come first: they start with nothing open. */
	if (r->opt->probe &&
	    (r->engine = start_child(r, run_engine, &engine)) == NULL)
		return CLI_RUNTIME;
	r->capture = start_child(r, run_capture, &capture);
	if (r->capture == NULL)
		return CLI_RUNTIME;
	code = open_pipeline(r);
	if (code != CLI_OK)
		return code;
	rc = receive_all(r);
	code = end_children(r, rc, capture, engine);
	chan_free(r->capture);
	chan_free(r->engine);
	return code;
}

/* ---- all in one process ---- */

static bool
hear(void *arg, const struct observation *obs)
{
	struct replay *r = arg;

	pipeline_hear(r->pipeline, obs);
	return true;
}

static void
tell_clock(void *arg, struct wall now)
{
	const struct observation tick = { .kind = OBS_CLOCK, .ts = now };

	hear(arg, &tick);
}

static int
in_one_process(struct replay *r)
{
	const struct capture_sink sink = {
		.arg = r, .observe = hear, .clock = tell_clock
	};
	struct capture *capture;
	struct errbuf eb = { "" };
	int rc = open_pipeline(r);

	if (rc != CLI_OK)
		return rc;
	rc = open_capture(r, &sink, &capture, &eb);
	if (rc < 0)
		return cli_fail_with(rc, &eb);
	do {
		rc = capture_poll(capture, REPORT_MS, &eb);
		if (r->progress.out != NULL)
			report_of(capture, &r->report);
		show_progress(r);
	} while (rc >= 0);
	capture_finish(capture);
	report_of(capture, &r->report);
	capture_free(capture);
	r->end.code = rc;
	memcpy(r->end.text, eb.text, sizeof(r->end.text));
	return conclude(r);
}

int
replay_file(const struct replay_options *options, const struct run *run)
{
	struct replay r = { .opt = options, .run = run };
	int code;

	/* The same file gives the same output. */
	hash_seed_fixed();
	progress_begin(&r.progress, stderr);
	code = options->single ? in_one_process(&r) : with_processes(&r);
	progress_end(&r.progress);
	if (r.pipeline == NULL)
		return code;
	pipeline_flush(r.pipeline);
	if (options->facts)
		print_facts(&r);
	else if (!options->json && (code == CLI_OK || code == CLI_PARTIAL))
		print_summary(&r);
	pipeline_free(r.pipeline);
	if (fflush(stdout) != 0)
		return cli_fail(
		    CLI_RUNTIME, "standard output: %s", strerror(errno));
	return code;
}

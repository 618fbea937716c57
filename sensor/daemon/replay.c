/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replay of a capture file; see replay.h.
 *
 *	capture (a child, sandboxed) ── observations ──► this process: pipeline ──► standard output
 *
 * This process is the sensor. Messages are never dropped: who is faster waits. With --single the capture's sink is the
 * pipeline itself. Both ways give the same output, octet for octet.
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
#define BATCH 512 /* observations of one transaction with --single */
#define FACTS_MAX (1U << 30)
#define REPORT_MS 200

struct replay {
	const struct replay_options *opt;
	const struct run *run;
	struct pipeline *pipeline;
	struct progress progress;
	struct capture_report report;
	struct capture_end end;
	bool ended;
	unsigned batched;
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
run_capture(const struct replay *r, int fd)
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
	} else {
		pipeline_message(r->pipeline, m);
	}
}

static int
receive_all(struct replay *r, struct chan *chan)
{
	struct pollfd pfd = { .fd = chan_fd(chan), .events = POLLIN };
	struct msg m;
	int rc;

	while (!r->ended) {
		rc = chan_receive(chan, &m);
		if (rc == 1)
			take(r, &m);
		else if (rc < 0)
			return rc;
		else if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return ES_E(SYS);
	}
	return 0;
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

static int
with_processes(struct replay *r)
{
	struct chan *chan;
	pid_t pid, parent = getpid();
	int fds[2], code;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return cli_fail(CLI_RUNTIME, "socketpair: %s", strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return cli_fail(CLI_RUNTIME, "fork: %s", strerror(errno));
	if (pid == 0) {
		close(fds[1]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
			_exit(CLI_RUNTIME);
		code = run_capture(r, fds[0]);
		fflush(NULL);
		_exit(code);
	}
	close(fds[0]);
	chan = chan_new(fds[1], 1);
	if (chan == NULL)
		return cli_fail(CLI_RUNTIME, "out of memory");
	/* Closed before it said that the file has ended: its exit code tells more. */
	if (receive_all(r, chan) < 0 && !r->ended) {
		code = wait_for(pid);
		chan_free(chan);
		return code != CLI_OK ? code : CLI_RUNTIME;
	}
	code = wait_for(pid);
	chan_free(chan);
	return code != CLI_OK ? code : conclude(r);
}

/* ---- all in one process ---- */

static bool
hear(void *arg, const struct observation *obs)
{
	struct replay *r = arg;

	if (r->batched == 0)
		pipeline_begin(r->pipeline);
	pipeline_hear(r->pipeline, obs);
	if (++r->batched == BATCH) {
		pipeline_commit(r->pipeline);
		r->batched = 0;
	}
	return true;
}

static void
flush(struct replay *r)
{
	if (r->batched > 0)
		pipeline_commit(r->pipeline);
	r->batched = 0;
}

static void
tell_clock(void *arg, struct wall now)
{
	struct replay *r = arg;

	flush(r);
	pipeline_tick(r->pipeline, now);
}

static int
in_one_process(struct replay *r)
{
	const struct capture_sink sink = {
		.arg = r, .observe = hear, .clock = tell_clock
	};
	struct capture *capture;
	struct errbuf eb = { "" };
	int rc = open_capture(r, &sink, &capture, &eb);

	if (rc < 0)
		return cli_fail_with(rc, &eb);
	do {
		rc = capture_poll(capture, REPORT_MS, &eb);
		if (r->progress.out != NULL)
			report_of(capture, &r->report);
		show_progress(r);
	} while (rc >= 0);
	capture_finish(capture);
	flush(r);
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
	const struct pipeline_options pipeline = {
		.run = run, .replay = true, .facts_only = options->facts
	};
	const struct pipeline_listener listener = { .arg = &r,
		.event = print_event };
	struct errbuf eb;
	int code;

	/* The same file gives the same output. */
	hash_seed_fixed();
	progress_begin(&r.progress, stderr);
	if (pipeline_new(&pipeline, &listener, &r.pipeline, &eb) < 0)
		return cli_fail(CLI_RUNTIME, "%s", eb.text);
	code = options->single ? in_one_process(&r) : with_processes(&r);
	progress_end(&r.progress);
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

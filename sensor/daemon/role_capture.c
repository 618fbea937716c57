/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The capture role: open, give up everything, then turn packets into messages until told to stop.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/daemon/cli.h"
#include "sensor/daemon/feed.h"
#include "sensor/daemon/run.h"

#define QUEUE_OCTETS (8 << 20)
#define POLL_MS 100
#define STATS_MS 1000

struct listener {
	const struct seat *seat;
	struct chan *chan;
	struct feed feed;
	struct capture *capture;
	int signals; /* readable when we shall stop */
	struct mono stats_due;
};

/* SIGTERM as a descriptor: nothing interrupts a packet. */
static int
open_signals(struct errbuf *eb)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? err_sys(eb, "cannot watch for signals") : fd;
}

static bool
told_to_stop(const struct listener *r)
{
	struct signalfd_siginfo info;

	return read(r->signals, &info, sizeof(info)) == sizeof(info);
}

static struct capture_options
options_of(const struct run *run)
{
	const struct config *c = &run->config;

	return (struct capture_options){
		.interfaces = (const char *const *)run->interfaces.items,
		.ninterfaces = run->interfaces.count,
		.filter = c->filter[0] != '\0' ? c->filter : NULL,
		.snaplen = (uint32_t)c->snaplen,
		.ring_octets = (uint32_t)c->ring,
		.no_promisc = !c->promiscuous,
		.max_hosts = c->max_hosts,
		.max_flows = c->max_flows,
		.max_reassembly_octets = (uint32_t)c->max_reassembly,
		.heartbeat_s = (uint32_t)(c->heartbeat / 1000),
	};
}

static int
start(struct listener *r, const struct run *run, struct errbuf *eb)
{
	struct capture_options options = options_of(run);
	struct capture_sink sink;
	int rc;

	r->signals = open_signals(eb);
	if (r->signals < 0)
		return r->signals;
	r->chan = chan_new(r->seat->capture_fd, QUEUE_OCTETS);
	if (r->chan == NULL)
		return err_set(eb, ES_E(NOMEM), "out of memory");
	feed_init(&r->feed, r->chan, false);
	sink = feed_sink(&r->feed, false);
	rc = capture_open(&options, &sink, &r->capture, eb);
	if (rc == 0)
		rc = privilege_drop(false, eb);
	if (rc == 0)
		rc = sandbox_capture(eb);
	return rc;
}

static void
tell_stats(struct listener *r)
{
	struct capture_report report = { .octets_all = 0 };
	struct mono now = mono_now();

	if (now.ns < r->stats_due.ns)
		return;
	r->stats_due.ns = now.ns + STATS_MS * NS_PER_MS;
	capture_stats_get(r->capture, &report.stats);
	feed_report(&r->feed, &report);
}

/* Returns 0 when told to stop, or why the packets ended. */
static int
listen_on(struct listener *r, struct errbuf *eb)
{
	int rc;

	while (!told_to_stop(r) && !r->feed.broken) {
		seat_beat(r->seat);
		rc = capture_poll(r->capture, POLL_MS, eb);
		feed_flush(&r->feed);
		tell_stats(r);
		if (rc < 0)
			return rc;
		if (chan_wants_write(r->chan) && chan_flush(r->chan) < 0)
			break;
	}
	return 0;
}

int
role_capture(const struct run *run, const struct seat *seat)
{
	struct listener r = { .seat = seat };
	struct errbuf eb = { "" };
	int rc = start(&r, run, &eb);

	if (rc < 0)
		return cli_fail_with(rc, &eb);
	feed_hello(&r.feed, &(struct hello){ .role = ROLE_CAPTURE,
				.pid = (uint32_t)getpid(),
				.generation = seat->generation });
	seat_ready(seat);
	rc = listen_on(&r, &eb);
	capture_finish(r.capture);
	feed_end(&r.feed, rc, eb.text);
	if (rc < 0)
		log_err("capture", "%s", eb.text);
	else if (chan_flush(r.chan) < 0)
		log_info("capture", "nobody takes the last observations");
	/* The process ends here; its memory goes with it. */
	return rc < 0 ? CLI_RUNTIME : CLI_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor over roles that die, hang, fail and talk. It runs in a process of its own; its roles tell through a pipe
 * what they see, one line each.
 */
#include "tests/unit/test.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/base/mono.h"
#include "sensor/daemon/monitor.h"
#include "sensor/ipc/chan.h"

#define ALL (1U << ROLE_CAPTURE | 1U << ROLE_SENSOR | 1U << ROLE_ENGINE)
#define SLICE_US 20000
#define LINES_MAX 64
#define LINE_OCTETS 128

static const struct monitor_limits quick = {
	.silent_ms = 400,
	.backoff_ms = 100,
	.backoff_max_ms = 400,
	.settled_ms = 100,
	.stop_ms = 500,
};

struct world {
	int (*role)(struct world *w, const struct seat *seat);
	int out; /* where roles tell */
	int in;
	FILE *lines;
	pid_t monitor;
	size_t count;
	char seen[LINES_MAX][LINE_OCTETS];
};

static void
say(const struct world *w, const struct seat *seat, const char *what)
{
	dprintf(w->out, "%s %u %s\n", role_text(seat->role), seat->generation,
	    what);
}

static int
run_role(void *arg, const struct seat *seat)
{
	struct world *w = arg;

	signal(SIGTERM, SIG_DFL);
	return w->role(w, seat);
}

static unsigned
reload_engine(void *arg)
{
	(void)arg;
	return 1U << ROLE_ENGINE;
}

static void
begin(struct world *w, int (*role)(struct world *, const struct seat *))
{
	const struct monitor_ops ops = {
		.arg = w, .run = run_role, .reload = reload_engine
	};
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	*w = (struct world){ .role = role, .out = fds[1], .in = fds[0] };
	w->monitor = fork();
	assert_true(w->monitor >= 0);
	if (w->monitor == 0) {
		/* What it would log is expected here. */
		log_setup((enum log_level)0, LOG_TEXT, "");
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(fds[0]);
		_exit(monitor_run(&ops, ALL, &quick));
	}
	close(fds[1]);
	w->lines = fdopen(fds[0], "r");
	assert_non_null(w->lines);
	setvbuf(w->lines, NULL, _IONBF, 0);
}

/* Wait for a line that starts with this, whatever came before or comes between; returns what follows. */
static const char *
expect(struct world *w, const char *start)
{
	struct pollfd pfd = { .fd = w->in, .events = POLLIN };
	size_t at, n = strlen(start);

	for (;;) {
		for (at = 0; at < w->count; at++)
			if (strncmp(w->seen[at], start, n) == 0)
				return w->seen[at] + n;
		if (w->count == LINES_MAX || poll(&pfd, 1, 5000) != 1 ||
		    fgets(w->seen[w->count], LINE_OCTETS, w->lines) == NULL)
			break;
		w->count++;
	}
	fail_msg("no '%s' within 5 s", start);
	return NULL;
}

static int
finish(struct world *w, int sig)
{
	int status;

	if (sig != 0)
		kill(w->monitor, sig);
	assert_int_equal(waitpid(w->monitor, &status, 0), w->monitor);
	fclose(w->lines);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Beats until SIGTERM ends it. */
static int
steady(struct world *w, const struct seat *seat)
{
	char text[32];

	seat_ready(seat);
	snprintf(text, sizeof(text), "pid %d", (int)getpid());
	say(w, seat, text);
	for (;;) {
		seat_beat(seat);
		usleep(SLICE_US);
	}
	return 0;
}

static void
starts_every_role_and_ends_in_order(void **unused)
{
	struct world w;

	(void)unused;
	begin(&w, steady);
	expect(&w, "capture 1 ");
	expect(&w, "sensor 1 ");
	expect(&w, "engine 1 ");
	assert_int_equal(finish(&w, SIGTERM), 0);
}

static void
a_killed_role_comes_back_and_the_others_stay(void **unused)
{
	struct world w;
	int round, pid;

	(void)unused;
	begin(&w, steady);
	assert_int_equal(sscanf(expect(&w, "engine 1 pid "), "%d", &pid), 1);
	for (round = 2; round <= 5; round++) {
		char start[32];

		usleep(120000);
		kill((pid_t)pid, SIGKILL);
		snprintf(start, sizeof(start), "engine %d pid ", round);
		assert_int_equal(sscanf(expect(&w, start), "%d", &pid), 1);
	}
	assert_int_equal(finish(&w, SIGINT), 0);
}

static void
a_reload_starts_the_named_roles_again(void **unused)
{
	struct world w;

	(void)unused;
	begin(&w, steady);
	expect(&w, "engine 1 ");
	expect(&w, "sensor 1 ");
	kill(w.monitor, SIGHUP);
	expect(&w, "engine 2 ");
	kill(w.monitor, SIGHUP);
	expect(&w, "engine 3 ");
	assert_int_equal(finish(&w, SIGTERM), 0);
}

/* The first engine stops beating; its successors are well. */
static int
hanging_engine(struct world *w, const struct seat *seat)
{
	if (seat->role != ROLE_ENGINE || seat->generation > 1)
		return steady(w, seat);
	seat_ready(seat);
	say(w, seat, "hangs");
	for (;;)
		pause();
	return 0;
}

static void
a_silent_role_is_killed_and_started_again(void **unused)
{
	struct world w;
	struct mono since;

	(void)unused;
	begin(&w, hanging_engine);
	expect(&w, "engine 1 hangs");
	since = mono_now();
	expect(&w, "engine 2 pid");
	assert_in_range(mono_ms_between(since, mono_now()), 200, 2000);
	assert_int_equal(finish(&w, SIGTERM), 0);
}

/* The capture role crashes again and again, later each time. */
static int
crashing_capture(struct world *w, const struct seat *seat)
{
	char text[64];

	if (seat->role != ROLE_CAPTURE)
		return steady(w, seat);
	seat_ready(seat);
	snprintf(text, sizeof(text), "at %lld died %u",
	    (long long)(mono_now().ns / NS_PER_MS),
	    seat->beats->role[ROLE_CAPTURE].died);
	say(w, seat, text);
	raise(SIGKILL);
	return 0;
}

static void
a_crash_loop_is_slowed_down_and_counted(void **unused)
{
	long long at[6];
	unsigned died;
	struct world w;
	int i;

	(void)unused;
	begin(&w, crashing_capture);
	for (i = 0; i < 6; i++) {
		char start[32];

		snprintf(start, sizeof(start), "capture %d ", i + 1);
		assert_int_equal(
		    sscanf(expect(&w, start), "at %lld died %u", &at[i], &died),
		    2);
		assert_int_equal(died, i);
	}
	assert_in_range(at[1] - at[0], 90, 350);
	assert_in_range(at[3] - at[2], 390, 800);
	assert_in_range(at[5] - at[4], 390, 800);
	assert_int_equal(finish(&w, SIGTERM), 0);
}

static int
failing_sensor(struct world *w, const struct seat *seat)
{
	if (seat->role != ROLE_SENSOR)
		return steady(w, seat);
	return 3;
}

static void
a_role_that_cannot_start_ends_the_program(void **unused)
{
	struct world w;

	(void)unused;
	begin(&w, failing_sensor);
	assert_int_equal(finish(&w, 0), 3);
}

/* The capture role sends; the first sensor dies on the first message, the second takes the rest. */
static int
talking(struct world *w, const struct seat *seat)
{
	struct chan *c;
	struct msg m;
	struct buf b;
	uint64_t i;
	char text[32];

	seat_ready(seat);
	if (seat->role == ROLE_ENGINE)
		return steady(w, seat);
	c = chan_new(seat->capture_fd, 1 << 16);
	if (c == NULL)
		return 1;
	if (seat->role == ROLE_CAPTURE) {
		buf_init(&b, 1024);
		for (i = 0; i < 5; i++) {
			msg_begin(&b, MSG_SHUTDOWN, i);
			if (msg_end(&b) < 0 || chan_send_wait(c, &b) < 0)
				return 1;
		}
		return steady(w, seat);
	}
	for (;;) {
		seat_beat(seat);
		usleep(SLICE_US);
		if (chan_receive(c, &m) != 1)
			continue;
		snprintf(text, sizeof(text), "got %d", (int)m.seq);
		say(w, seat, text);
		if (seat->generation == 1)
			raise(SIGKILL);
	}
	return 0;
}

static void
a_successor_inherits_what_was_sent(void **unused)
{
	struct world w;

	(void)unused;
	begin(&w, talking);
	expect(&w, "sensor 1 got 0");
	expect(&w, "sensor 2 got 1");
	expect(&w, "sensor 2 got 4");
	assert_int_equal(finish(&w, SIGTERM), 0);
}

/* Does not care for SIGTERM. */
static int
stubborn(struct world *w, const struct seat *seat)
{
	signal(SIGTERM, SIG_IGN);
	return steady(w, seat);
}

static void
who_does_not_end_is_killed(void **unused)
{
	struct mono since = mono_now();
	struct world w;

	(void)unused;
	begin(&w, stubborn);
	expect(&w, "engine 1");
	assert_int_equal(finish(&w, SIGTERM), 0);
	assert_in_range(mono_ms_between(since, mono_now()), 1500, 6000);
}

static void
no_role_outlives_its_monitor(void **unused)
{
	struct world w;
	int status, tries = 100;
	pid_t pid;

	(void)unused;
	begin(&w, steady);
	assert_int_equal(
	    sscanf(expect(&w, "sensor 1 pid "), "%d", (int *)&pid), 1);
	kill(w.monitor, SIGKILL);
	assert_int_equal(waitpid(w.monitor, &status, 0), w.monitor);
	while (kill(pid, 0) == 0 && tries-- > 0)
		usleep(SLICE_US);
	assert_true(tries > 0);
	fclose(w.lines);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_every_role_and_ends_in_order),
		cmocka_unit_test(a_killed_role_comes_back_and_the_others_stay),
		cmocka_unit_test(a_reload_starts_the_named_roles_again),
		cmocka_unit_test(a_silent_role_is_killed_and_started_again),
		cmocka_unit_test(a_crash_loop_is_slowed_down_and_counted),
		cmocka_unit_test(a_role_that_cannot_start_ends_the_program),
		cmocka_unit_test(a_successor_inherits_what_was_sent),
		cmocka_unit_test(who_does_not_end_is_killed),
		cmocka_unit_test(no_role_outlives_its_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

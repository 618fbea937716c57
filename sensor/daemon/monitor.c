/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting, watching and restarting the roles; see monitor.h and DESIGN §1.
 *
 * One loop over sigtimedwait: a signal, or a tick every TICK_MS, then every role is looked at. Both ends of every
 * socket pair stay open here, so a role that starts again finds what its peer sent in the meantime. A role that ends
 * before it was ever ready cannot work with this configuration or on this machine: then everything ends, with its
 * exit code.
 */
#include "sensor/daemon/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sensor/base/log.h"
#include "sensor/base/mono.h"
#include "sensor/daemon/cli.h"

#define TICK_MS 100

const struct monitor_limits monitor_limits_default = {
	.silent_ms = 5000,
	.backoff_ms = 1000,
	.backoff_max_ms = 30000,
	.settled_ms = 5000,
	.stop_ms = 8000,
};

struct child {
	pid_t pid; /* 0 = not running */
	bool wanted;
	bool killed;  /* by us, for silence */
	bool restart; /* asked to end, to start with another configuration */
	int64_t started;
	int64_t due; /* when to start it, while it does not run */
	int64_t pause;
};

struct monitor {
	const struct monitor_ops *ops;
	const struct monitor_limits *limits;
	struct beats *beats;
	struct child child[ROLE_MAX];
	int capture_pair[2]; /* [0] capture's end, [1] the sensor's */
	int engine_pair[2];  /* [0] the engine's end, [1] the sensor's */
	sigset_t signals;
	bool stopping;
	int64_t stop_since; /* when the role that is ending now was asked to */
	int code;
};

/* Probing ends first, then listening; the sensor stores what they said. */
static const enum role stop_order[] = { ROLE_ENGINE, ROLE_CAPTURE,
	ROLE_SENSOR };

static int64_t
now_ms(void)
{
	return mono_now().ns / NS_PER_MS;
}

/* ---- starting ---- */

static struct seat
seat_for(const struct monitor *m, enum role role)
{
	bool capture = role == ROLE_CAPTURE, engine = role == ROLE_ENGINE;

	return (struct seat){ .role = role,
		.generation = atomic_load(&m->beats->role[role].generation),
		.beats = m->beats,
		.capture_fd = engine ? -1 : m->capture_pair[!capture],
		.engine_fd = capture ? -1 : m->engine_pair[!engine] };
}

static void
close_other_ends(const struct monitor *m, const struct seat *seat)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (m->capture_pair[i] != seat->capture_fd)
			close(m->capture_pair[i]);
		if (m->engine_pair[i] != seat->engine_fd)
			close(m->engine_pair[i]);
	}
}

/* The child's side of a fork: never returns. */
ES_NORETURN static void
become(const struct monitor *m, enum role role, pid_t parent)
{
	struct seat seat = seat_for(m, role);
	char name[16];
	int code;

	/* A role must not outlive its monitor. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(CLI_RUNTIME);
	snprintf(name, sizeof(name), "earshot:%s", role_text(role));
	(void)prctl(PR_SET_NAME, name);
	/* Terminal signals reach the whole group; only the monitor decides. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &m->signals, NULL);
	close_other_ends(m, &seat);
	code = m->ops->run(m->ops->arg, &seat);
	fflush(NULL);
	_exit(code);
}

static void
start(struct monitor *m, enum role role)
{
	struct child *c = &m->child[role];
	struct beat *beat = &m->beats->role[role];
	pid_t parent = getpid(), pid;

	atomic_store(&beat->at_ms, now_ms());
	atomic_store(&beat->ready, false);
	atomic_fetch_add(&beat->generation, 1);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(m, role, parent);
	c->killed = false;
	c->restart = false;
	c->started = now_ms();
	if (pid < 0) {
		log_err("monitor", "cannot start role=%s: %s", role_text(role),
		    strerror(errno));
		c->due = now_ms() + m->limits->backoff_max_ms;
		return;
	}
	c->pid = pid;
	atomic_store(&beat->pid, (uint32_t)pid);
	log_info("monitor", "started role=%s pid=%d generation=%u",
	    role_text(role), (int)pid, atomic_load(&beat->generation));
}

static void
start_due(struct monitor *m)
{
	enum role role;

	for (role = 0; role < ROLE_MAX; role++) {
		struct child *c = &m->child[role];

		if (c->wanted && c->pid == 0 && now_ms() >= c->due)
			start(m, role);
	}
}

/* ---- ending ---- */

static void
plan_restart(struct monitor *m, struct child *c)
{
	if (c->restart || now_ms() - c->started >= m->limits->settled_ms)
		c->pause = 0;
	else if (c->pause == 0)
		c->pause = m->limits->backoff_ms;
	else if (c->pause * 2 <= m->limits->backoff_max_ms)
		c->pause *= 2;
	else
		c->pause = m->limits->backoff_max_ms;
	c->due = now_ms() + c->pause;
}

static void
give_up(struct monitor *m, int code)
{
	m->stopping = true;
	m->stop_since = 0;
	if (m->code == CLI_OK)
		m->code = code;
}

static void
ended(struct monitor *m, enum role role, int status)
{
	struct child *c = &m->child[role];
	struct beat *beat = &m->beats->role[role];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : CLI_RUNTIME;

	c->pid = 0;
	m->stop_since = 0;
	atomic_store(&beat->pid, 0);
	if (m->stopping || c->restart) {
		plan_restart(m, c);
		return;
	}
	if (!atomic_load(&beat->ready) && !c->killed &&
	    atomic_load(&beat->generation) == 1) {
		/* With an exit code it has said why. */
		if (WIFSIGNALED(status))
			log_err("monitor", "role=%s cannot start: signal=%d",
			    role_text(role), WTERMSIG(status));
		give_up(m, code != CLI_OK ? code : CLI_RUNTIME);
		return;
	}
	if (!c->killed)
		atomic_fetch_add(&beat->died, 1);
	plan_restart(m, c);
	log_err("monitor", "role=%s ended %s=%d, starting again in %lld ms",
	    role_text(role), WIFSIGNALED(status) ? "signal" : "code",
	    WIFSIGNALED(status) ? WTERMSIG(status) : code, (long long)c->pause);
}

static void
reap(struct monitor *m)
{
	enum role role;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (role = 0; role < ROLE_MAX; role++)
			if (m->child[role].pid == pid)
				ended(m, role, status);
}

static void
kill_silent(struct monitor *m)
{
	enum role role;

	for (role = 0; role < ROLE_MAX; role++) {
		struct child *c = &m->child[role];
		struct beat *beat = &m->beats->role[role];

		if (c->pid == 0 || c->killed ||
		    now_ms() - atomic_load(&beat->at_ms) < m->limits->silent_ms)
			continue;
		log_err("monitor", "role=%s is silent, killing it",
		    role_text(role));
		c->killed = true;
		atomic_fetch_add(&beat->killed, 1);
		kill(c->pid, SIGKILL);
	}
}

/* Ask the roles to end, one after the other. */
static void
stop_next(struct monitor *m)
{
	size_t i;

	for (i = 0; i < ES_ARRAY_LEN(stop_order); i++) {
		struct child *c = &m->child[stop_order[i]];

		c->wanted = false;
		if (c->pid == 0)
			continue;
		if (m->stop_since == 0) {
			m->stop_since = now_ms();
			kill(c->pid, SIGTERM);
		} else if (now_ms() - m->stop_since > m->limits->stop_ms) {
			kill(c->pid, SIGKILL);
		}
		return;
	}
}

/* ---- signals ---- */

static void
reload(struct monitor *m)
{
	unsigned set = m->ops->reload != NULL ? m->ops->reload(m->ops->arg) : 0;
	enum role role;

	for (role = 0; role < ROLE_MAX; role++) {
		struct child *c = &m->child[role];

		if ((set & 1U << role) == 0 || c->pid == 0)
			continue;
		c->restart = true;
		kill(c->pid, SIGTERM);
	}
}

static void
take_signal(struct monitor *m, int sig)
{
	const struct child *sensor = &m->child[ROLE_SENSOR];

	if (sig == SIGTERM || sig == SIGINT)
		m->stopping = true;
	else if (sig == SIGHUP)
		reload(m);
	else if (sig == SIGUSR1 && sensor->pid != 0)
		kill(sensor->pid, SIGUSR1);
}

static bool
all_ended(const struct monitor *m)
{
	enum role role;

	for (role = 0; role < ROLE_MAX; role++)
		if (m->child[role].pid != 0)
			return false;
	return true;
}

static void
watch(struct monitor *m)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * NS_PER_MS };

	do {
		int sig;

		if (!m->stopping)
			start_due(m);
		sig = sigtimedwait(&m->signals, NULL, &tick);
		if (sig > 0)
			take_signal(m, sig);
		reap(m);
		kill_silent(m);
		if (m->stopping)
			stop_next(m);
	} while (!m->stopping || !all_ended(m));
}

int
monitor_run(const struct monitor_ops *ops, unsigned set,
    const struct monitor_limits *limits)
{
	static const int signals[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP,
		SIGUSR1 };
	struct monitor m = { .ops = ops, .limits = limits };
	sigset_t before;
	size_t i;

	for (i = 0; i < ROLE_MAX; i++)
		m.child[i].wanted = (set & 1U << i) != 0;
	m.beats = beats_new();
	if (m.beats == NULL ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		m.capture_pair) < 0 ||
	    socketpair(
		AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, m.engine_pair) < 0)
		return cli_fail(
		    CLI_RUNTIME, "cannot start: %s", strerror(errno));
	sigemptyset(&m.signals);
	for (i = 0; i < ES_ARRAY_LEN(signals); i++)
		sigaddset(&m.signals, signals[i]);
	sigprocmask(SIG_BLOCK, &m.signals, &before);
	watch(&m);
	sigprocmask(SIG_SETMASK, &before, NULL);
	for (i = 0; i < 2; i++) {
		close(m.capture_pair[i]);
		close(m.engine_pair[i]);
	}
	beats_free(m.beats);
	return m.code;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Schedules probes; see probe.h. An attempt is a slot: it takes a job, keeps it
 * over all its tries, then takes the next, so memory is bounded by the
 * parallelism whatever the number of jobs. The slots' sockets are in one epoll
 * set, which is itself one descriptor on the loop; one timer ends waits, which
 * all last about as long.
 *
 * When the machine has no descriptor or local port left, a slot waits with its
 * job until others have ended.
 */
#include "engine/scan/probe.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "engine/scan/attempt.h"

#define TICK_MS 10U
#define EVENTS 64
/* How often a job waits for a descriptor before it is given up: ten seconds. */
#define WAITS_MAX 1000U
/* Descriptors left to the rest of the process. */
#define FD_RESERVE 64U

/*
 * A host that limits its ICMP errors (Linux: one a second after the first six) gets this many UDP probes at a time,
 * each up to so many times: else its closed ports would look silent.
 */
#define LIMITED_PARALLEL 1U
#define LIMITED_TRIES 5U

/* What is left to do on one host. */
struct lane {
	size_t host;
	size_t next_port;
	unsigned active;
	unsigned limit; /* of active */
	bool refuses;	/* has sent ICMP port unreachable */
};

struct prober {
	const struct probe_run *run;
	const struct probe_method *method;
	struct attempt *slots;
	size_t nslots;
	struct attempt *idle;
	struct attempt *waiting; /* have a job, no socket to be had just now */
	struct lane *lanes;	 /* by host */
	size_t *turn;		 /* indices of lanes with ports left */
	size_t nturn, at;
	uint64_t jobs, ended;
	struct mono not_before; /* pace: no transmission earlier */
	int epfd;
	unsigned handles; /* not yet closed by the loop */
	uv_poll_t poll;
	uv_timer_t tick;
};

struct probe_timing
probe_timing_for(int template_level)
{
	static const struct probe_timing table[] = {
		{ 0.1, 300, 1, 1, 3, 300000 },
		{ 0.1, 15, 1, 1, 3, 15000 },
		{ 0.1, 10, 1, 1, 3, 400 },
		{ 0.1, 1, 400, 100, 3, 0 },
		{ 0.1, 0.5, 600, 200, 2, 0 },
		{ 0.05, 0.3, 1000, 300, 2, 0 },
	};
	int last = (int)ES_ARRAY_LEN(table) - 1;

	if (template_level < 0)
		template_level = 0;
	return table[template_level > last ? last : template_level];
}

int
attempt_socket(const struct attempt *a, const struct probe_run *run, int type)
{
	int family = a->host->addr.family == 4 ? AF_INET : AF_INET6;
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && run->interface != NULL)
		/* Where binding is not permitted, the route decides, as it
		 * would without -e. */
		(void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE,
		    run->interface, (socklen_t)strlen(run->interface));
	return fd;
}

static uint8_t
reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return REASON_CONN_REFUSED;
	case EHOSTUNREACH:
	case EHOSTDOWN:
		return REASON_HOST_UNREACH;
	case ENETUNREACH:
		return REASON_NET_UNREACH;
	case EACCES:
	case EPERM:
		return REASON_HOST_PROHIBITED;
	case ETIMEDOUT:
		return REASON_NO_RESPONSE;
	default:
		return REASON_UNKNOWN;
	}
}

enum attempt_verdict
attempt_conclude(struct attempt *a, int error)
{
	switch (error) {
	case EINPROGRESS:
	case EINTR:
		return ATTEMPT_WAIT;
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EAGAIN:
		return ATTEMPT_AGAIN;
	default:
		break;
	}
	a->result = (struct port_result){
		.state = error == ECONNREFUSED ? PORT_CLOSED : PORT_FILTERED,
		.reason = reason_of(error)
	};
	return ATTEMPT_DONE;
}

static struct mono
after_ms(struct mono t, int64_t ms)
{
	return (struct mono){ .ns = t.ns + ms * NS_PER_MS };
}

static void
push(struct attempt **list, struct attempt *a)
{
	a->next = *list;
	*list = a;
}

static struct attempt *
pop(struct attempt **list)
{
	struct attempt *a = *list;

	if (a != NULL)
		*list = a->next;
	return a;
}

static void
slot_close(struct prober *p, struct attempt *a, unsigned outcome)
{
	if (a->fd < 0)
		return;
	gate_contact_close(p->run->gate, &a->contact, outcome);
	close(a->fd); /* leaves the epoll set by itself */
	a->fd = -1;
}

/* The slot no longer waits for the network. */
static void
deactivate(struct prober *p, struct attempt *a)
{
	a->active = false;
	p->lanes[a->host_index].active--;
}

/* The job has its result: keep it and free the slot. */
static void
finish(struct prober *p, struct attempt *a)
{
	struct scan_host *h = a->host;
	bool spoke =
	    a->result.state == PORT_OPEN || a->result.state == PORT_CLOSED;

	if (p->run->first_answer && spoke && !h->answered) {
		h->reason = a->result.reason;
		h->reason_ttl = a->result.ttl;
	}
	h->answered = h->answered || spoke;
	if (!p->run->first_answer && p->run->proto == IPPROTO_TCP)
		h->tcp[a->port_index] = a->result;
	else if (!p->run->first_answer)
		h->udp[a->port_index] = a->result;
	if (a->result.reason == REASON_PORT_UNREACH)
		p->lanes[a->host_index].refuses = true;
	slot_close(p, a, spoke ? 0 : ES_ERR_TIMEOUT);
	deactivate(p, a);
	p->ended++;
	push(&p->idle, a);
}

/* Keep the job for later. */
static void
put_off(struct prober *p, struct attempt *a)
{
	slot_close(p, a, ES_ERR_TIMEOUT);
	deactivate(p, a);
	push(&p->waiting, a);
}

static void
wait_for_room(struct prober *p, struct attempt *a)
{
	if (++a->waits > WAITS_MAX) {
		a->result = (struct port_result){ .state = PORT_FILTERED,
			.reason = REASON_UNKNOWN };
		finish(p, a);
		return;
	}
	put_off(p, a);
	p->not_before = after_ms(mono_now(), TICK_MS);
}

static void
arm(struct prober *p, struct attempt *a)
{
	const struct probe_timing *t = &p->run->timing;
	/* A UDP server may think before it answers; a TCP stack does not. */
	double wait_s = p->run->proto == IPPROTO_UDP
			    ? t->max_timeout_s
			    : rtt_timeout_s(&a->host->rtt, t->min_timeout_s,
				  t->max_timeout_s);

	a->deadline = after_ms(a->sent, (int64_t)(wait_s * 1000));
}

/* Put a new socket into the set. */
static bool
watch(struct prober *p, struct attempt *a)
{
	struct epoll_event event = { .events = p->method->events,
		.data.ptr = a };

	return epoll_ctl(p->epfd, EPOLL_CTL_ADD, a->fd, &event) == 0;
}

static void
send_now(struct prober *p, struct attempt *a, const struct contact *contact)
{
	if (p->method->reopen)
		slot_close(p, a, ES_ERR_TIMEOUT);
	bool fresh = a->fd < 0;
	a->sent = mono_now();
	enum attempt_verdict verdict = p->method->send(a, p->run);
	if (fresh && a->fd >= 0)
		gate_contact_open(
		    p->run->gate, &a->contact, contact, &(struct addr){ 0 }, 0);
	if (verdict == ATTEMPT_WAIT && fresh && !watch(p, a))
		verdict = ATTEMPT_AGAIN;
	if (p->run->timing.delay_ms > 0)
		p->not_before = after_ms(a->sent, p->run->timing.delay_ms);
	if (verdict == ATTEMPT_DONE) {
		finish(p, a);
	} else if (verdict == ATTEMPT_AGAIN) {
		wait_for_room(p, a);
	} else {
		a->tries++;
		arm(p, a);
	}
}

/* One transmission, if the gate agrees. */
static void
transmit(struct prober *p, struct attempt *a)
{
	struct contact contact = { .dst = a->host->addr,
		.port = a->port,
		.proto = (uint8_t)p->run->proto,
		.script = "" };
	int64_t wait_ms = 0;

	switch (gate_ask(p->run->gate, &contact, &wait_ms)) {
	case GATE_WAIT:
		p->not_before = after_ms(mono_now(), wait_ms > 0 ? wait_ms : 1);
		a->deadline = p->not_before;
		break;
	case GATE_NO:
		a->result = (struct port_result){ .state = PORT_FILTERED,
			.reason = REASON_PERM_DENIED };
		finish(p, a);
		break;
	case GATE_GO:
		send_now(p, a, &contact);
		break;
	}
}

static bool
host_done(const struct prober *p, const struct scan_host *h)
{
	return p->run->first_answer && h->answered;
}

/* The next host in turn that may get a probe; NULL when all are busy or done.
 */
static struct lane *
next_lane(struct prober *p)
{
	for (size_t tried = 0; tried < p->nturn;) {
		p->at = p->at < p->nturn ? p->at : 0;
		struct lane *lane = &p->lanes[p->turn[p->at]];
		size_t left = p->run->ports->count - lane->next_port;

		if (left == 0 || host_done(p, p->run->hosts[lane->host])) {
			p->ended += left;
			lane->next_port = p->run->ports->count;
			p->turn[p->at] = p->turn[--p->nturn];
			continue;
		}
		p->at++;
		if (lane->active < lane->limit)
			return lane;
		tried++;
	}
	return NULL;
}

static void
take_job(struct prober *p, struct attempt *a, struct lane *lane)
{
	size_t i = lane->next_port++;

	*a = (struct attempt){ .host = p->run->hosts[lane->host],
		.host_index = lane->host,
		.port_index = i,
		.port = p->run->ports->ports[i],
		.fd = -1 };
}

/* Take a job that was put off and whose host has room now. */
static struct attempt *
take_waiting(struct prober *p)
{
	for (struct attempt **at = &p->waiting; *at != NULL;
	     at = &(*at)->next) {
		struct attempt *a = *at;
		const struct lane *lane = &p->lanes[a->host_index];

		if (lane->active >= lane->limit)
			continue;
		*at = a->next;
		return a;
	}
	return NULL;
}

/* Give work to idle slots. */
static void
fill(struct prober *p)
{
	while (mono_now().ns >= p->not_before.ns) {
		struct attempt *a = take_waiting(p);

		if (a == NULL) {
			struct lane *lane =
			    p->idle == NULL ? NULL : next_lane(p);

			if (lane == NULL)
				return;
			a = pop(&p->idle);
			take_job(p, a, lane);
		}
		a->active = true;
		p->lanes[a->host_index].active++;
		transmit(p, a);
	}
}

static void
silence(struct prober *p, struct attempt *a)
{
	struct lane *lane = &p->lanes[a->host_index];
	unsigned tries = p->run->timing.tries;

	if (lane->refuses) {
		lane->limit = LIMITED_PARALLEL;
		tries = tries < LIMITED_TRIES ? LIMITED_TRIES : tries;
	} else if (!a->host->answered && tries > 2) {
		tries--; /* most likely nobody is there */
	}
	if (a->tries >= tries) {
		a->result =
		    (struct port_result){ .state = p->method->on_silence,
			    .reason = REASON_NO_RESPONSE };
		finish(p, a);
	} else if (lane->active > lane->limit) {
		put_off(p, a);
	} else {
		transmit(p, a);
	}
}

static void
on_tick(uv_timer_t *timer)
{
	struct prober *p = timer->data;
	struct mono now = mono_now();

	for (size_t i = 0; i < p->nslots; i++) {
		struct attempt *a = &p->slots[i];

		if (!a->active)
			continue;
		if (host_done(p, a->host))
			finish(p, a);
		else if (now.ns >= a->deadline.ns && now.ns >= p->not_before.ns)
			silence(p, a);
	}
	fill(p);
}

static void
on_event(struct prober *p, struct attempt *a)
{
	switch (p->method->ready(a)) {
	case ATTEMPT_WAIT:
		return;
	case ATTEMPT_AGAIN:
		wait_for_room(p, a);
		return;
	case ATTEMPT_DONE:
		break;
	}
	if (a->tries ==
	    1) /* after a repeat nobody knows which one was answered */
		rtt_add(&a->host->rtt,
		    (double)(mono_now().ns - a->sent.ns) / (double)NS_PER_S);
	finish(p, a);
}

static void
on_ready(uv_poll_t *poll, int status, int events)
{
	struct prober *p = poll->data;
	struct epoll_event ready[EVENTS];
	int n = epoll_wait(p->epfd, ready, EVENTS, 0);

	(void)status;
	(void)events;
	for (int i = 0; i < n; i++) {
		struct attempt *a = ready[i].data.ptr;

		/* A slot may have ended, and even begun anew, within this
		 * batch. */
		if (a->active && a->fd >= 0)
			on_event(p, a);
	}
	fill(p);
}

/* ---- life ---------------------------------------------------------------- */

static size_t
slot_count(const struct probe_run *run, uint64_t jobs)
{
	struct rlimit limit;
	uint64_t n = run->timing.parallel;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && n + FD_RESERVE > limit.rlim_cur)
		n = limit.rlim_cur / 2 > FD_RESERVE
			? limit.rlim_cur - FD_RESERVE
			: limit.rlim_cur / 2;
	n = n < jobs ? n : jobs;
	return n > 0 ? (size_t)n : 1;
}

static int
prober_alloc(struct prober *p)
{
	const struct probe_run *run = p->run;

	p->nslots = slot_count(run, p->jobs);
	p->slots = calloc(p->nslots, sizeof(*p->slots));
	p->lanes = calloc(run->nhosts + 1, sizeof(*p->lanes));
	p->turn = calloc(run->nhosts + 1, sizeof(*p->turn));
	if (p->slots == NULL || p->lanes == NULL || p->turn == NULL)
		return ES_E(NOMEM);
	for (size_t i = p->nslots; i-- > 0;) {
		p->slots[i].fd = -1;
		push(&p->idle, &p->slots[i]);
	}
	for (size_t i = 0; i < run->nhosts; i++) {
		p->lanes[i].host = i;
		p->lanes[i].limit = run->timing.per_host;
		p->turn[p->nturn++] = i;
	}
	return 0;
}

static int
prober_start(struct prober *p, struct errbuf *eb)
{
	uint64_t tick = p->run->timing.delay_ms / 10;

	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	if (p->epfd < 0)
		return err_sys(eb, "cannot make an epoll set");
	if (uv_timer_init(p->run->loop, &p->tick) != 0)
		return err_set(eb, ES_E(NOMEM), "cannot make a timer");
	p->handles++;
	if (uv_poll_init(p->run->loop, &p->poll, p->epfd) != 0)
		return err_set(eb, ES_E(SYS), "cannot watch an epoll set");
	p->handles++;
	p->tick.data = p->poll.data = p;
	tick = tick < TICK_MS ? TICK_MS : tick > 1000 ? 1000 : tick;
	uv_poll_start(&p->poll, UV_READABLE, on_ready);
	uv_timer_start(&p->tick, on_tick, 0, tick);
	return 0;
}

int
prober_new(const struct probe_run *run, struct prober **out, struct errbuf *eb)
{
	struct prober *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (p == NULL)
		return err_set(eb, ES_E(NOMEM), "%s", err_text(ES_E(NOMEM)));
	p->run = run;
	p->method = run->proto == IPPROTO_TCP ? &probe_tcp : &probe_udp;
	p->jobs = (uint64_t)run->nhosts * run->ports->count;
	p->epfd = -1;
	rc = prober_alloc(p);
	if (rc != 0)
		err_set(eb, rc, "%s", err_text(rc));
	else
		rc = prober_start(p, eb);
	if (rc != 0) {
		prober_free(p);
		return rc;
	}
	*out = p;
	return 0;
}

bool
prober_done(const struct prober *p)
{
	return p->ended == p->jobs;
}

void
prober_progress(const struct prober *p, uint64_t *ended, uint64_t *all)
{
	*ended = p->ended;
	*all = p->jobs;
}

static void
release(struct prober *p)
{
	free(p->slots);
	free(p->lanes);
	free(p->turn);
	free(p);
}

static void
on_closed(uv_handle_t *handle)
{
	struct prober *p = handle->data;

	if (--p->handles == 0)
		release(p);
}

void
prober_free(struct prober *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; p->slots != NULL && i < p->nslots; i++)
		slot_close(p, &p->slots[i], ES_ERR_CLOSED);
	unsigned handles = p->handles;
	p->tick.data = p->poll.data = p;
	if (handles > 1)
		uv_close((uv_handle_t *)&p->poll, on_closed);
	if (p->epfd >= 0)
		close(p->epfd);
	if (handles > 0)
		uv_close((uv_handle_t *)&p->tick, on_closed);
	else
		release(p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prober against real sockets on loopback: every state, the scope gate, retries and the bound on what is open.
 */
#include "tests/unit/test.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "engine/net/gate.h"
#include "engine/scan/probe.h"

#define PORTS_MAX 600

struct bench {
	uv_loop_t loop;
	unsigned audits;
	struct gate *gate;
	struct scan_host host;
	struct scan_host *hosts[1];
	uint16_t ports[PORTS_MAX];
	struct port_list list;
	struct probe_run run;
};

static void
allow(struct bench *b, const char *prefix)
{
	struct scope scope;
	struct cidr cidr;

	scope_init(&scope);
	assert_int_equal(cidr_parse(prefix, &cidr), 0);
	assert_int_equal(cidrset_add(&scope.allow, &cidr), 0);
	assert_int_equal(gate_scope_set(b->gate, &scope), 0);
	scope_fini(&scope);
}

static void
on_audit(void *arg, const struct audit *a)
{
	struct bench *b = arg;

	assert_int_not_equal(a->proto, 0);
	b->audits++;
}

static int
bench_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct addr a;

	assert_non_null(b);
	assert_int_equal(uv_loop_init(&b->loop), 0);
	assert_int_equal(gate_new(on_audit, b, &b->gate), 0);
	allow(b, "127.0.0.0/8");
	assert_int_equal(addr_parse("127.0.0.1", &a), 0);
	assert_int_equal(
	    scan_host_init(&b->host, &a, NULL, PORTS_MAX, PORTS_MAX), 0);
	b->hosts[0] = &b->host;
	b->list.ports = b->ports;
	b->run = (struct probe_run){ .loop = &b->loop,
		.gate = b->gate,
		.proto = IPPROTO_TCP,
		.ports = &b->list,
		.hosts = b->hosts,
		.nhosts = 1,
		.timing = { .parallel = 50,
		    .per_host = 50,
		    .tries = 2,
		    .min_timeout_s = 0.05,
		    .max_timeout_s = 0.1 } };
	*state = b;
	return 0;
}

static int
bench_down(void **state)
{
	struct bench *b = *state;

	scan_host_fini(&b->host);
	gate_free(b->gate);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&b->loop), 0);
	free(b);
	return 0;
}

/* A socket on a free port of 127.0.0.1. */
static int
listen_on(int type, uint16_t *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sin, len), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 600), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

static uint16_t
free_port(int type)
{
	uint16_t port;

	close(listen_on(type, &port));
	return port;
}

static void
probe(struct bench *b)
{
	struct prober *p;
	struct errbuf eb = { "" };
	uint64_t ended, all;

	if (prober_new(&b->run, &p, &eb) != 0)
		fail_msg("%s", eb.text);
	while (!prober_done(p))
		uv_run(&b->loop, UV_RUN_ONCE);
	prober_progress(p, &ended, &all);
	assert_int_equal(ended, all);
	prober_free(p);
	uv_run(&b->loop, UV_RUN_NOWAIT);
}

static void
tells_open_from_closed(void **state)
{
	struct bench *b = *state;
	int fd = listen_on(SOCK_STREAM, &b->ports[0]);

	b->ports[1] = free_port(SOCK_STREAM);
	b->list.count = 2;
	probe(b);
	assert_int_equal(b->host.tcp[0].state, PORT_OPEN);
	assert_string_equal(reason_text(b->host.tcp[0].reason), "syn-ack");
	assert_int_equal(b->host.tcp[1].state, PORT_CLOSED);
	assert_string_equal(reason_text(b->host.tcp[1].reason), "conn-refused");
	assert_true(b->host.answered);
	assert_true(b->host.rtt.samples >= 1);
	assert_int_equal(b->audits, 2);
	close(fd);
}

/* A listener whose queue is full drops SYNs: silence. */
static void
calls_silence_filtered(void **state)
{
	struct sockaddr_storage to;
	struct bench *b = *state;
	int fd = listen_on(SOCK_STREAM, &b->ports[0]), fill[4];
	socklen_t len = addr_to_sockaddr(&b->host.addr, b->ports[0], &to);

	assert_int_equal(listen(fd, 0), 0);
	for (size_t i = 0; i < ES_ARRAY_LEN(fill); i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(fill[i], (struct sockaddr *)&to, len);
	}
	b->list.count = 1;
	probe(b);
	assert_int_equal(b->host.tcp[0].state, PORT_FILTERED);
	assert_string_equal(reason_text(b->host.tcp[0].reason), "no-response");
	for (size_t i = 0; i < ES_ARRAY_LEN(fill); i++)
		close(fill[i]);
	close(fd);
}

struct udp_server {
	int fd;
	unsigned skip; /* datagrams to ignore first */
};

static void
on_datagram(uv_poll_t *poll, int status, int events)
{
	struct udp_server *s = poll->data;
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char body[512];

	(void)status;
	(void)events;
	if (recvfrom(s->fd, body, sizeof(body), 0, (struct sockaddr *)&from,
		&len) >= 0 &&
	    s->skip-- == 0)
		(void)!sendto(s->fd, "x", 1, 0, (struct sockaddr *)&from, len);
}

static void
judges_udp_by_answer_error_and_silence(void **state)
{
	struct bench *b = *state;
	struct udp_server server = { .skip = 1 };
	uv_poll_t poll = { .data = &server };
	int silent = listen_on(SOCK_DGRAM, &b->ports[0]);

	server.fd = listen_on(SOCK_DGRAM, &b->ports[1]);
	uv_poll_init(&b->loop, &poll, server.fd);
	uv_poll_start(&poll, UV_READABLE, on_datagram);
	b->ports[2] = free_port(SOCK_DGRAM);
	b->list.count = 3;
	b->run.proto = IPPROTO_UDP;
	probe(b);
	assert_int_equal(b->host.udp[0].state, PORT_OPEN_FILTERED);
	assert_int_equal(b->host.udp[1].state, PORT_OPEN); /* the second try */
	assert_int_equal(b->host.udp[1].reason, REASON_UDP_RESPONSE);
	assert_int_equal(b->host.udp[1].ttl, 64);
	assert_int_equal(b->host.udp[2].state, PORT_CLOSED);
	assert_int_equal(b->host.udp[2].reason, REASON_PORT_UNREACH);
	uv_close((uv_handle_t *)&poll, NULL);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	close(server.fd);
	close(silent);
}

static void
sends_nothing_that_the_gate_refuses(void **state)
{
	struct bench *b = *state;
	struct gate_counts counts;
	int fd = listen_on(SOCK_STREAM, &b->ports[0]);

	allow(b, "192.0.2.0/24");
	b->list.count = 1;
	probe(b);
	assert_int_equal(b->host.tcp[0].state, PORT_FILTERED);
	assert_string_equal(reason_text(b->host.tcp[0].reason), "perm-denied");
	assert_int_equal(recv(fd, &counts, 1, MSG_DONTWAIT), -1);
	gate_counts_get(b->gate, &counts);
	assert_int_equal(counts.allowed, 0);
	close(fd);
}

/* Far more jobs than descriptors: every port still gets its true state. */
static void
lives_with_few_descriptors(void **state)
{
	struct bench *b = *state;
	struct rlimit old, few;
	int fd = listen_on(SOCK_STREAM, &b->ports[0]);

	for (size_t i = 1; i < PORTS_MAX; i++)
		b->ports[i] = (i % 2) == 0 ? b->ports[0] : 1;
	b->list.count = PORTS_MAX;
	b->run.timing.parallel = b->run.timing.per_host = 1000;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	few = old;
	few.rlim_cur = 32;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	probe(b);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	for (size_t i = 0; i < PORTS_MAX; i++)
		assert_int_equal(b->host.tcp[i].state,
		    (i % 2) == 0 ? PORT_OPEN : PORT_CLOSED);
	close(fd);
}

static void
liveness_ends_with_the_first_answer(void **state)
{
	struct bench *b = *state;

	b->ports[0] = free_port(SOCK_STREAM);
	for (size_t i = 1; i < 20; i++)
		b->ports[i] = b->ports[0];
	b->list.count = 20;
	b->run.first_answer = true;
	b->run.timing.per_host = 1;
	probe(b);
	assert_true(b->host.answered);
	assert_int_equal(b->host.reason, REASON_CONN_REFUSED);
	assert_int_equal(b->host.rtt.samples, 1);
	assert_int_equal(b->host.tcp[0].state, PORT_UNKNOWN);
}

static void
can_be_dropped_half_way(void **state)
{
	struct bench *b = *state;
	struct prober *p;
	int fd = listen_on(SOCK_DGRAM, &b->ports[0]);

	b->list.count = 1;
	b->run.proto = IPPROTO_UDP;
	assert_int_equal(prober_new(&b->run, &p, NULL), 0);
	uv_run(&b->loop, UV_RUN_ONCE);
	assert_false(prober_done(p));
	prober_free(p);
	uv_run(&b->loop, UV_RUN_DEFAULT);
	close(fd);
}

#define PROBE_TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		PROBE_TEST(tells_open_from_closed),
		PROBE_TEST(calls_silence_filtered),
		PROBE_TEST(judges_udp_by_answer_error_and_silence),
		PROBE_TEST(sends_nothing_that_the_gate_refuses),
		PROBE_TEST(lives_with_few_descriptors),
		PROBE_TEST(liveness_ends_with_the_first_answer),
		PROBE_TEST(can_be_dropped_half_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live: interfaces of a network namespace of its own: two at once, the filter in the kernel, heartbeats by the clock,
 * an interface that goes away. Skipped where no namespace can be made.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <sched.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frames.h"
#include "heard.h"

extern char **environ;

/* ip(8) with up to eight words. */
static void
ip(const char *words)
{
	char copy[128];
	char *argv[12] = { "ip" };
	size_t n = 1;
	pid_t pid;
	int status;

	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok(copy, " "); w != NULL; w = strtok(NULL, " "))
		argv[n++] = w;
	if (posix_spawnp(&pid, "ip", NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		fail_msg("ip %s failed", words);
}

static void
send_frame(const char *ifname, const struct buf *frame)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(ifname),
		.sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, frame->data, frame->len, 0,
			     (const struct sockaddr *)&to, sizeof(to)),
	    (ssize_t)frame->len);
	(void)close(fd);
}

static void
send_udp(const char *ifname, unsigned from, unsigned sport, unsigned to,
    unsigned dport)
{
	struct buf b;

	buf_init(&b, 2048);
	put_udp_frame(&b, from, sport, to, dport, "zork");
	send_frame(ifname, &b);
	buf_fini(&b);
}

static struct capture *
open_live(
    struct heard *h, const char *const *names, size_t n, const char *filter)
{
	struct capture_options o = { .interfaces = names,
		.ninterfaces = n,
		.filter = filter,
		.ring_octets = 1U << 21 };
	struct capture_sink sink = heard_sink(h);
	struct capture *c = NULL;
	struct errbuf eb = { "" };

	if (capture_open(&o, &sink, &c, &eb) != 0)
		fail_msg("%s", eb.text);
	return c;
}

/* Poll until @p packets have come, or two seconds are over. */
static uint64_t
poll_for(struct capture *c, uint64_t packets)
{
	struct capture_stats st = { 0 };
	struct errbuf eb;

	for (unsigned i = 0; i < 40 && st.received < packets; i++) {
		assert_true(capture_poll(c, 50, &eb) >= 0);
		capture_stats_get(c, &st);
	}
	return st.received;
}

static void
hears_two_interfaces_at_once(void **state)
{
	static const char *const names[] = { "es-a0", "es-b0" };
	struct heard *h = calloc(1, sizeof(*h));
	struct capture *c = open_live(h, names, 2, "udp port 7777");
	const struct heard_fact *f;
	struct capture_stats st;

	(void)state;
	send_udp("es-a1", 1, 4000, 2, 7777);
	send_udp("es-b1", 2, 7777, 1, 4000);
	send_udp("es-b1", 3, 4000, 4, 9999); /* filtered out */
	send_udp("es-b1", 5, 4000, 6, 7777);
	assert_int_equal(poll_for(c, 3), 3);
	f = heard_find(h, OBS_SERVICE, 2, 7777);
	assert_non_null(f);
	assert_int_equal(f->aux, SVC_OPEN_REPLY);
	assert_non_null(heard_find(h, OBS_HOST, 5, 0));
	assert_null(heard_find(h, OBS_HOST, 3, 0));
	capture_stats_get(c, &st);
	assert_int_equal(st.decoded, 3);
	assert_int_equal(st.kernel_drops, 0);
	capture_free(c);
	free(h);
}

static void
waits_no_longer_than_it_was_told(void **state)
{
	static const char *const names[] = { "es-a0" };
	struct heard *h = calloc(1, sizeof(*h));
	struct capture *c = open_live(h, names, 1, "udp port 1");
	struct mono start = mono_now();
	struct errbuf eb;

	(void)state;
	assert_int_equal(capture_poll(c, 30, &eb), 0);
	assert_true(mono_ms_between(start, mono_now()) < 1000);
	capture_free(c);
	free(h);
}

static void
says_that_an_interface_went_away(void **state)
{
	static const char *const names[] = { "es-a0", "es-c0" };
	struct heard *h = calloc(1, sizeof(*h));
	struct capture *c;
	struct errbuf eb = { "" };
	int rc = 0;

	(void)state;
	ip("link add es-c0 type veth peer name es-c1");
	ip("link set es-c0 up");
	c = open_live(h, names, 2, NULL);
	ip("link del es-c0");
	for (unsigned i = 0; i < 40 && rc >= 0; i++)
		rc = capture_poll(c, 50, &eb);
	assert_int_equal(rc, ES_E(CLOSED));
	assert_non_null(strstr(eb.text, "'es-c0'"));
	capture_free(c);
	free(h);
}

static void
says_what_is_wrong_with_a_filter(void **state)
{
	static const char *const names[] = { "es-a0" };
	struct heard *h = calloc(1, sizeof(*h));
	struct capture_options o = { .interfaces = names,
		.ninterfaces = 1,
		.filter = "port is closed" };
	struct capture_sink sink = heard_sink(h);
	struct capture *c = NULL;
	struct errbuf eb = { "" };

	(void)state;
	assert_int_equal(capture_open(&o, &sink, &c, &eb), ES_E(CONFIG));
	assert_non_null(strstr(eb.text, "'port is closed'"));
	free(h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hears_two_interfaces_at_once),
		cmocka_unit_test(waits_no_longer_than_it_was_told),
		cmocka_unit_test(says_that_an_interface_went_away),
		cmocka_unit_test(says_what_is_wrong_with_a_filter),
	};

	if (unshare(CLONE_NEWNET) != 0) {
		printf("no network namespace: %s\n", strerror(errno));
		return TEST_SKIPPED;
	}
	ip("link add es-a0 type veth peer name es-a1");
	ip("link add es-b0 type veth peer name es-b1");
	ip("link set es-a0 up");
	ip("link set es-a1 up");
	ip("link set es-b0 up");
	ip("link set es-b1 up");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapsock, on the loopback interface of a namespace of its own.
 */
#include "engine/net/pcapsock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/test.h"

#define PORT 5353

static int
enter_namespace(void **state)
{
	FILE *f;

	(void)state;
	if (unshare(CLONE_NEWNET) != 0) {
		print_message("needs root: no namespace\n");
		exit(TEST_SKIPPED);
	}
	f = popen("ip link set lo up", "r");
	assert_non_null(f);
	assert_int_equal(pclose(f), 0);
	return 0;
}

static void
send_datagram(uint16_t port, const void *data, size_t len)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, data, len, 0, (const struct sockaddr *)&sin,
			     sizeof(sin)),
	    (ssize_t)len);
	close(fd);
}

static struct pcapsock *
open_on(const char *device, int snaplen, const char *filter)
{
	struct pcapsock_options o = {
		.device = device, .snaplen = snaplen, .filter = filter
	};
	struct pcapsock *p;
	struct errbuf eb;

	assert_int_equal(pcapsock_open(&o, &p, &eb), 0);
	return p;
}

/* Wait until a packet is there. */
static int
next(struct pcapsock *p, struct pcapsock_packet *out)
{
	struct pollfd pfd = { .fd = pcapsock_fd(p), .events = POLLIN };
	int i;

	for (i = 0; i < 20; i++) {
		int rc = pcapsock_next(p, out);

		if (rc != ES_E(AGAIN))
			return rc;
		(void)poll(&pfd, 1, 100);
	}
	return ES_E(TIMEOUT);
}

static void
delivers_in_order_and_cut_to_snaplen(void **state)
{
	struct pcapsock *p = open_on("lo", 64, "udp port 5353");
	struct pcapsock_packet pkt;
	char data[300];
	int i;

	(void)state;
	send_datagram(PORT + 1, "not for us", 10);
	for (i = 1; i <= 3; i++) {
		memset(data, 'a' + i, sizeof(data));
		send_datagram(PORT, data, (size_t)i * 100);
	}
	for (i = 1; i <= 3; i++) {
		assert_int_equal(next(p, &pkt), 0);
		assert_int_equal(pkt.len, 14 + 20 + 8 + i * 100);
		assert_int_equal(pkt.caplen, 64);
		assert_int_equal(pkt.l2_len, 14);
		assert_int_equal(pkt.data[63], 'a' + i);
		assert_true(pkt.time > 1.6e9);
	}
	assert_int_equal(pcapsock_next(p, &pkt), ES_E(AGAIN));
	pcapsock_free(p);
}

static void
captures_on_any_device(void **state)
{
	struct pcapsock *p = open_on("any", 0, "udp port 5353");
	struct pcapsock_packet pkt;

	(void)state;
	send_datagram(PORT, "hello", 5);
	assert_int_equal(next(p, &pkt), 0);
	assert_int_equal(pkt.l2_len, 16);
	assert_memory_equal(pkt.data + pkt.caplen - 5, "hello", 5);
	pcapsock_free(p);
}

static void
says_why_it_cannot_open(void **state)
{
	char long_filter[5000];
	struct pcapsock_options o = { .device = "nosuch0", .filter = "" };
	struct pcapsock *p;
	struct errbuf eb;

	(void)state;
	assert_int_equal(pcapsock_open(&o, &p, &eb), ES_E(SYS));
	assert_non_null(strstr(eb.text, "nosuch0"));
	o.device = "lo";
	o.filter = "this is no filter";
	assert_int_equal(pcapsock_open(&o, &p, &eb), ES_E(FORMAT));
	memset(long_filter, ' ', sizeof(long_filter) - 1);
	long_filter[sizeof(long_filter) - 1] = '\0';
	o.filter = long_filter;
	assert_int_equal(pcapsock_open(&o, &p, &eb), ES_E(FORMAT));
}

static void
knows_link_headers(void **state)
{
	static const uint8_t tagged[14] = { [12] = 0x81, [13] = 0x00 };
	static const uint8_t plain[14] = { [12] = 0x08, [13] = 0x00 };

	(void)state;
	assert_int_equal(pcapsock_l2_len(DLT_EN10MB, tagged, 14), 18);
	assert_int_equal(pcapsock_l2_len(DLT_EN10MB, plain, 14), 14);
	assert_int_equal(pcapsock_l2_len(DLT_EN10MB, tagged, 13), 14);
	assert_int_equal(pcapsock_l2_len(DLT_RAW, plain, 14), 0);
	assert_int_equal(pcapsock_l2_len(DLT_LINUX_SLL, plain, 14), 16);
	assert_int_equal(pcapsock_l2_len(9999, plain, 14), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivers_in_order_and_cut_to_snaplen),
		cmocka_unit_test(captures_on_any_device),
		cmocka_unit_test(says_why_it_cannot_open),
		cmocka_unit_test(knows_link_headers),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject, seen by a capture at the other end of a veth pair, in a namespace of its own.
 */
#include "engine/net/inject.h"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/net/pcapsock.h"
#include "tests/unit/test.h"

static const uint8_t frame[60] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0,
	0x5e, 0, 0, 1, 0x88, 0xb5, 'm', 'a', 'r', 'k' };

/* UDP from 10.9.8.7:1 to 10.9.8.9:9, "hi"; the kernel fills in the checksum of the header. */
static const uint8_t packet4[30] = { 0x45, 0, 0, 30, 0, 1, 0, 0, 64, 17, 0, 0,
	10, 9, 8, 7, 10, 9, 8, 9, 0, 1, 0, 9, 0, 10, 0, 0, 'h', 'i' };

/* The same over IPv6, fd00::7 to fd00::9. */
static const uint8_t packet6[50] = { 0x60, 0, 0, 0, 0, 10, 17, 64, 0xfd, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 10, 0xf2, 0x4a, 'h', 'i' };

static void
shell(const char *command)
{
	FILE *f = popen(command, "r");

	assert_non_null(f);
	assert_int_equal(pclose(f), 0);
}

static int
enter_namespace(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET) != 0) {
		print_message("needs root: no namespace\n");
		exit(TEST_SKIPPED);
	}
	shell("ip link set lo up && ip link add va type veth peer name vb"
	      " && ip link set va address 02:00:5e:00:00:01"
	      " && ip addr add 10.9.8.7/24 dev va"
	      " && ip -6 addr add fd00::7/64 dev va nodad"
	      " && ip link set va up && ip link set vb up"
	      " && ip neigh add 10.9.8.9 lladdr 02:00:5e:00:00:09 dev va"
	      " && ip neigh add fd00::9 lladdr 02:00:5e:00:00:09 dev va");
	return 0;
}

/* The next packet that @p p sees within two seconds. */
static void
expect(struct pcapsock *p, struct pcapsock_packet *out)
{
	struct pollfd pfd = { .fd = pcapsock_fd(p), .events = POLLIN };
	int rc = ES_E(AGAIN);
	int i;

	for (i = 0; i < 20 && rc == ES_E(AGAIN); i++) {
		rc = pcapsock_next(p, out);
		if (rc == ES_E(AGAIN))
			(void)poll(&pfd, 1, 100);
	}
	assert_int_equal(rc, 0);
}

static struct pcapsock *
capture(const char *filter)
{
	struct pcapsock_options o = { .device = "vb", .filter = filter };
	struct pcapsock *p;
	struct errbuf eb;

	assert_int_equal(pcapsock_open(&o, &p, &eb), 0);
	return p;
}

static void
frames_arrive_as_they_are(void **state)
{
	struct pcapsock *p = capture("ether proto 0x88b5");
	struct inject_link *link;
	struct pcapsock_packet pkt;
	struct errbuf eb;
	char big[4000] = { 0 };

	(void)state;
	assert_int_equal(inject_link_open("va", &link, &eb), 0);
	assert_int_equal(inject_link_send(link, frame, sizeof(frame)), 0);
	expect(p, &pkt);
	assert_int_equal(pkt.caplen, sizeof(frame));
	assert_memory_equal(pkt.data, frame, sizeof(frame));
	assert_int_equal(inject_link_send(link, big, sizeof(big)), ES_E(SYS));
	assert_int_equal(inject_link_send(link, "", 0), ES_E(SYS));
	inject_link_free(link);
	pcapsock_free(p);
}

static void
only_ethernet_takes_frames(void **state)
{
	struct inject_link *link;
	struct errbuf eb;

	(void)state;
	assert_int_equal(inject_link_open("lo", &link, &eb), ES_E(UNSUPPORTED));
	assert_int_equal(
	    inject_link_open("nosuch0", &link, &eb), ES_E(NOTFOUND));
	assert_non_null(strstr(eb.text, "nosuch0"));
}

static void
send_packet(int family, const uint8_t *packet, size_t len)
{
	struct pcapsock *p = capture("udp port 9");
	struct pcapsock_packet pkt;
	struct addr dst;
	int fd = inject_ip_open(family);

	assert_true(fd >= 0);
	assert_true(inject_ip_parse(packet, len, &dst));
	assert_int_equal(inject_ip_send(fd, packet, len, &dst, 0), 0);
	expect(p, &pkt);
	assert_int_equal(pkt.caplen, 14 + len);
	assert_memory_equal(pkt.data, "\x02\x00\x5e\x00\x00\x09", 6);
	assert_memory_equal(pkt.data + pkt.caplen - 2, "hi", 2);
	close(fd);
	pcapsock_free(p);
}

static void
ip_packets_are_routed(void **state)
{
	(void)state;
	send_packet(AF_INET, packet4, sizeof(packet4));
	send_packet(AF_INET6, packet6, sizeof(packet6));
}

static void
only_whole_ip_packets_are_taken(void **state)
{
	struct addr dst;
	char text[ADDR_TEXT];
	uint8_t bad[sizeof(packet4)];
	size_t len;

	(void)state;
	assert_true(inject_ip_parse(packet4, sizeof(packet4), &dst));
	assert_string_equal(addr_fmt(&dst, text), "10.9.8.9");
	assert_true(inject_ip_parse(packet6, sizeof(packet6), &dst));
	assert_string_equal(addr_fmt(&dst, text), "fd00::9");
	for (len = 0; len < sizeof(packet4); len++)
		assert_false(inject_ip_parse(packet4, len, &dst));
	for (len = 0; len < sizeof(packet6); len++)
		assert_false(inject_ip_parse(packet6, len, &dst));
	memcpy(bad, packet4, sizeof(bad));
	bad[0] = 0x44; /* a header of 16 octets */
	assert_false(inject_ip_parse(bad, sizeof(bad), &dst));
	bad[0] = 0x4f; /* of 60, in a packet of 30 */
	assert_false(inject_ip_parse(bad, sizeof(bad), &dst));
	bad[0] = 0x55;
	assert_false(inject_ip_parse(bad, sizeof(bad), &dst));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_as_they_are),
		cmocka_unit_test(only_ethernet_takes_frames),
		cmocka_unit_test(ip_packets_are_routed),
		cmocka_unit_test(only_whole_ip_packets_are_taken),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}

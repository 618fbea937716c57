/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor to measure against: a bare pcap_loop that counts packets and octets of a file. Prints "packets octets".
 */
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>

struct count {
	uint64_t packets;
	uint64_t octets;
};

static void
on_packet(u_char *arg, const struct pcap_pkthdr *header, const u_char *data)
{
	struct count *count = (struct count *)(void *)arg;

	(void)data;
	count->packets++;
	count->octets += header->caplen;
}

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct count count = { 0, 0 };
	pcap_t *p = argc > 1 ? pcap_open_offline(argv[1], error) : NULL;

	if (p == NULL) {
		fprintf(stderr, "pcap_count: %s\n",
		    argc > 1 ? error : "usage: pcap_count FILE");
		return 1;
	}
	pcap_loop(p, -1, on_packet, (u_char *)&count);
	pcap_close(p);
	printf("%llu %llu\n", (unsigned long long)count.packets,
	    (unsigned long long)count.octets);
	return 0;
}

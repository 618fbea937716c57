/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapsock: see the header. The kernel's ring buffer bounds what waits for a script; what does not fit is lost, as
 * for any capture.
 */
#include "engine/net/pcapsock.h"

#include <pcap.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/cursor.h"

#define SNAPLEN_ALL 65535
#define RING_OCTETS (2 << 20)
#define FILTER_MAX 4096
#define ETHERTYPE_8021Q 0x8100

struct pcapsock {
	pcap_t *pcap;
	int linktype;
};

int
pcapsock_l2_len(int linktype, const uint8_t *data, size_t caplen)
{
	struct cursor cur = cur_new(data, caplen);

	switch (linktype) {
	case DLT_EN10MB:
		cur_skip(&cur, 12);
		return cur_be16(&cur) == ETHERTYPE_8021Q ? 18 : 14;
	case DLT_NULL:
	case DLT_LOOP:
		return 4;
	case DLT_IEEE802:
		return 22;
	case DLT_FDDI:
		return 21;
	case DLT_LINUX_SLL:
		return 16;
	case DLT_LINUX_SLL2:
		return 20;
	case DLT_RAW:
	case DLT_IPV4:
	case DLT_IPV6:
		return 0;
	case DLT_ENC:
		return 12;
	case DLT_IPNET:
	case DLT_PPP:
	case DLT_SLIP:
		return 24;
	default:
		return -1;
	}
}

static int
configure(pcap_t *pcap, const struct pcapsock_options *o, struct errbuf *eb)
{
	int rc;

	(void)pcap_set_snaplen(pcap, o->snaplen > 0 ? o->snaplen : SNAPLEN_ALL);
	(void)pcap_set_promisc(pcap, o->promisc);
	(void)pcap_set_timeout(pcap, 200);
	(void)pcap_set_immediate_mode(pcap, 1);
	(void)pcap_set_buffer_size(pcap, RING_OCTETS);
	rc = pcap_activate(pcap);
	if (rc < 0) {
		const char *why = pcap_geterr(pcap);

		return err_set(eb, ES_E(SYS), "%s: %s", o->device,
		    why[0] != '\0' ? why : pcap_statustostr(rc));
	}
	return 0;
}

static int
set_filter(pcap_t *pcap, const char *filter, struct errbuf *eb)
{
	struct bpf_program program;
	int rc;

	if (strlen(filter) >= FILTER_MAX)
		return err_set(eb, ES_E(FORMAT), "the filter is too long");
	if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return err_set(eb, ES_E(FORMAT), "%s", pcap_geterr(pcap));
	rc = pcap_setfilter(pcap, &program);
	pcap_freecode(&program);
	if (rc != 0)
		return err_set(eb, ES_E(SYS), "%s", pcap_geterr(pcap));
	return 0;
}

int
pcapsock_open(
    const struct pcapsock_options *o, struct pcapsock **out, struct errbuf *eb)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct pcapsock *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL)
		return ES_E(NOMEM);
	p->pcap = pcap_create(o->device, why);
	if (p->pcap == NULL) {
		rc = err_set(eb, ES_E(SYS), "%s", why);
		goto fail;
	}
	rc = configure(p->pcap, o, eb);
	if (rc != 0)
		goto fail;
	p->linktype = pcap_datalink(p->pcap);
	if (pcapsock_l2_len(p->linktype, NULL, 0) < 0) {
		rc = err_set(
		    eb, ES_E(UNSUPPORTED), "unknown link type %d", p->linktype);
		goto fail;
	}
	rc = set_filter(p->pcap, o->filter, eb);
	if (rc != 0)
		goto fail;
	if (pcap_setnonblock(p->pcap, 1, why) != 0) {
		rc = err_set(eb, ES_E(SYS), "%s", why);
		goto fail;
	}
	*out = p;
	return 0;
fail:
	pcapsock_free(p);
	return rc;
}

void
pcapsock_free(struct pcapsock *p)
{
	if (p == NULL)
		return;
	if (p->pcap != NULL)
		pcap_close(p->pcap);
	free(p);
}

int
pcapsock_fd(const struct pcapsock *p)
{
	return pcap_get_selectable_fd(p->pcap);
}

int
pcapsock_next(struct pcapsock *p, struct pcapsock_packet *out)
{
	struct pcap_pkthdr *head;
	const u_char *data;
	int rc = pcap_next_ex(p->pcap, &head, &data);
	size_t l2_len;

	if (rc == 0)
		return ES_E(AGAIN);
	if (rc < 0)
		return ES_E(SYS);
	/* The link type was known when the handle was opened. */
	l2_len = (size_t)pcapsock_l2_len(p->linktype, data, head->caplen);
	*out = (struct pcapsock_packet){
		.data = data,
		.caplen = head->caplen,
		.len = head->len,
		.l2_len = l2_len < head->caplen ? l2_len : head->caplen,
		.time =
		    (double)head->ts.tv_sec + (double)head->ts.tv_usec / 1e6,
	};
	return 0;
}

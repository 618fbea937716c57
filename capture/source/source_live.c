/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interfaces, through libpcap.
 *
 * The ring is TPACKET_V3 (libpcap's default as long as immediate mode is not
 * asked for; immediate mode loses packets at rates where V3 loses none). A
 * block of the ring is handed over when it is full or after TIMEOUT_MS, which
 * is therefore the latency of everything that is heard. Handles are not
 * blocking; source_wait polls all of them. Interfaces take turns.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/limits.h"
#include "capture/source/source_impl.h"

#define TIMEOUT_MS 10
#define BURST 64 /* records of one interface before the next has a turn */

struct live_if {
	pcap_t *pcap;
	char name[64];
	uint32_t linktype;
	bool nano;
};

struct source_live {
	size_t count;
	size_t turn;
	unsigned burst;
	struct live_if ifs[LIMIT_INTERFACES];
	struct pollfd fds[LIMIT_INTERFACES];
};

/* What libpcap's codes mean to the person at the keyboard. */
static int
live_explain(const struct live_if *it, int code, struct errbuf *eb)
{
	const char *text = pcap_geterr(it->pcap);

	switch (code) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return err_set(eb, ES_E(NOTFOUND),
		    "interface '%s' does not exist: 'ip link' lists those "
		    "that do",
		    it->name);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return err_set(eb, ES_E(DENIED),
		    "interface '%s': capturing needs CAP_NET_RAW: run as "
		    "root, or setcap cap_net_raw+ep on the program",
		    it->name);
	case PCAP_ERROR_IFACE_NOT_UP:
		return err_set(eb, ES_E(CLOSED),
		    "interface '%s' is down: 'ip link set %s up'", it->name,
		    it->name);
	default:
		return err_set(eb, ES_E(SYS), "interface '%s': %s%s%s",
		    it->name, pcap_statustostr(code), *text == '\0' ? "" : ": ",
		    text);
	}
}

static int
live_filter(struct live_if *it, const char *filter, struct errbuf *eb)
{
	struct bpf_program program;
	int rc;

	if (filter == NULL || *filter == '\0')
		return 0;
	if (pcap_compile(it->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) !=
	    0)
		return err_set(eb, ES_E(CONFIG),
		    "filter '%s': %s (see pcap-filter(7))", filter,
		    pcap_geterr(it->pcap));
	rc = pcap_setfilter(it->pcap, &program);
	pcap_freecode(&program);
	if (rc != 0)
		return err_set(eb, ES_E(SYS), "interface '%s': filter: %s",
		    it->name, pcap_geterr(it->pcap));
	return 0;
}

static int
live_open_one(
    struct live_if *it, const struct source_options *o, struct errbuf *eb)
{
	char text[PCAP_ERRBUF_SIZE];
	int rc;

	it->pcap = pcap_create(it->name, text);
	if (it->pcap == NULL)
		return err_set(
		    eb, ES_E(SYS), "interface '%s': %s", it->name, text);
	if (pcap_set_snaplen(it->pcap, (int)o->snaplen) != 0 ||
	    pcap_set_promisc(it->pcap, !o->no_promisc) != 0 ||
	    pcap_set_timeout(it->pcap, TIMEOUT_MS) != 0 ||
	    pcap_set_buffer_size(it->pcap, (int)o->ring_octets) != 0)
		return err_set(eb, ES_E(SYS), "interface '%s': %s", it->name,
		    "libpcap refuses the capture settings");
	it->nano = pcap_set_tstamp_precision(
		       it->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	rc = pcap_activate(it->pcap);
	if (rc < 0)
		return live_explain(it, rc, eb);
	if (pcap_setnonblock(it->pcap, 1, text) != 0)
		return err_set(
		    eb, ES_E(SYS), "interface '%s': %s", it->name, text);
	it->linktype = (uint32_t)pcap_datalink(it->pcap);
	return live_filter(it, o->filter, eb);
}

int
source_live_open(
    const struct source_options *o, struct source_live **out, struct errbuf *eb)
{
	struct source_live *s;
	int rc;

	if (o->ninterfaces == 0 || o->ninterfaces > LIMIT_INTERFACES)
		return err_set(eb, ES_E(CONFIG),
		    "%zu interfaces given: name between 1 and %u",
		    o->ninterfaces, LIMIT_INTERFACES);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for a source");
	for (size_t i = 0; i < o->ninterfaces; i++) {
		struct live_if *it = &s->ifs[s->count++];

		(void)snprintf(
		    it->name, sizeof(it->name), "%s", o->interfaces[i]);
		rc = live_open_one(it, o, eb);
		if (rc < 0) {
			source_live_free(s);
			return rc;
		}
		s->fds[i].fd = pcap_get_selectable_fd(it->pcap);
		s->fds[i].events = POLLIN;
	}
	*out = s;
	return 0;
}

/* Seconds and a fraction, whose unit the handle fixed. */
static struct wall
live_time(const struct live_if *it, const struct pcap_pkthdr *hdr)
{
	return (struct wall){ .ns = (int64_t)hdr->ts.tv_sec * NS_PER_S +
				    (int64_t)hdr->ts.tv_usec *
					(it->nano ? 1 : NS_PER_US) };
}

static void
live_turn(struct source_live *s)
{
	s->burst = 0;
	s->turn = s->turn + 1 < s->count ? s->turn + 1 : 0;
}

int
source_live_next(struct source_live *s, struct record *rec, struct errbuf *eb)
{
	for (size_t tries = 0; tries < s->count; tries++) {
		struct live_if *it = &s->ifs[s->turn];
		struct pcap_pkthdr *hdr;
		const u_char *data;
		int rc = pcap_next_ex(it->pcap, &hdr, &data);

		if (rc == 1) {
			rec->ts = live_time(it, hdr);
			rec->ifindex = (uint32_t)s->turn;
			rec->linktype = it->linktype;
			rec->caplen = hdr->caplen;
			rec->len = hdr->len;
			rec->data = data;
			if (++s->burst >= BURST)
				live_turn(s);
			return 1;
		}
		if (rc < 0)
			return err_set(eb, ES_E(CLOSED), "interface '%s': %s",
			    it->name, pcap_geterr(it->pcap));
		live_turn(s);
	}
	return 0;
}

int
source_live_wait(struct source_live *s, int timeout_ms)
{
	int n = poll(s->fds, (nfds_t)s->count, timeout_ms);

	return n < 0 && errno != EINTR ? ES_E(SYS) : 0;
}

int
source_live_linktype(const struct source_live *s)
{
	for (size_t i = 1; i < s->count; i++)
		if (s->ifs[i].linktype != s->ifs[0].linktype)
			return -1;
	return (int)s->ifs[0].linktype;
}

void
source_live_stats(struct source_live *s, struct source_stats *out)
{
	for (size_t i = 0; i < s->count; i++) {
		struct pcap_stat st;

		if (pcap_stats(s->ifs[i].pcap, &st) != 0)
			continue;
		out->kernel_drops += st.ps_drop;
		out->nic_drops += st.ps_ifdrop;
	}
}

void
source_live_free(struct source_live *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->ifs[i].pcap != NULL)
			pcap_close(s->ifs[i].pcap);
	free(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: BPF over the records of a file. A program is compiled for one link
 * type, so a pcapng file with several needs several; interfaces filter in the
 * kernel instead (source_live.c).
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/limits.h"
#include "capture/source/source_impl.h"

int
filter_init(struct filter *f, const char *text, struct errbuf *eb)
{
	*f = (struct filter){ 0 };
	if (text == NULL || *text == '\0')
		return 0;
	f->text = strdup(text);
	if (f->text == NULL)
		return err_set(eb, ES_E(NOMEM), "no memory for the filter");
	return 0;
}

static struct bpf_program *
filter_find(const struct filter *f, uint32_t linktype)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->by_link[i].linktype == linktype)
			return f->by_link[i].program;
	return NULL;
}

int
filter_prepare(struct filter *f, uint32_t linktype, struct errbuf *eb)
{
	struct bpf_program *program;
	pcap_t *dead;
	int rc;

	if (f->text == NULL || filter_find(f, linktype) != NULL)
		return 0;
	if (f->count == FILTER_LINKTYPES)
		return err_set(eb, ES_E(FULL),
		    "a filter works on at most %d link types in one file",
		    FILTER_LINKTYPES);
	program = calloc(1, sizeof(*program));
	dead = pcap_open_dead((int)linktype, (int)LIMIT_SNAPLEN);
	if (program == NULL || dead == NULL) {
		rc = err_set(eb, ES_E(NOMEM), "no memory for the filter");
		goto fail;
	}
	if (pcap_compile(dead, program, f->text, 1, PCAP_NETMASK_UNKNOWN) !=
	    0) {
		rc = err_set(eb, ES_E(CONFIG),
		    "filter '%s': %s (see pcap-filter(7))", f->text,
		    pcap_geterr(dead));
		goto fail;
	}
	f->by_link[f->count].linktype = linktype;
	f->by_link[f->count++].program = program;
	pcap_close(dead);
	return 0;
fail:
	if (dead != NULL)
		pcap_close(dead);
	free(program);
	return rc;
}

int
filter_pass(struct filter *f, const struct record *rec, struct errbuf *eb)
{
	struct pcap_pkthdr hdr;
	int rc;

	if (f->text == NULL)
		return 1;
	rc = filter_prepare(f, rec->linktype, eb);
	if (rc < 0)
		return rc;
	hdr = (struct pcap_pkthdr){ .caplen = rec->caplen, .len = rec->len };
	return pcap_offline_filter(
		   filter_find(f, rec->linktype), &hdr, rec->data) != 0;
}

void
filter_fini(struct filter *f)
{
	for (size_t i = 0; i < f->count; i++) {
		pcap_freecode(f->by_link[i].program);
		free(f->by_link[i].program);
	}
	free(f->text);
	*f = (struct filter){ 0 };
}

const char *
source_linktype_text(uint32_t linktype, char *dst, size_t size)
{
	const char *name = pcap_datalink_val_to_name((int)linktype);
	const char *what = pcap_datalink_val_to_description((int)linktype);

	(void)snprintf(dst, size, "%u (%s%s%s)", linktype,
	    name == NULL ? "unknown to libpcap" : name,
	    what == NULL ? "" : ": ", what == NULL ? "" : what);
	return dst;
}

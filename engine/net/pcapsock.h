/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapsock: a live capture handle of a script: non-blocking, one packet at a time. Scripts answer what they see at
 * once and see little, so this is libpcap's immediate mode, which the sensor's own capture must never use.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/err.h"

struct pcapsock;

/* Borrowed until the next call. */
struct pcapsock_packet {
	const uint8_t *data;
	size_t caplen;
	size_t len;    /* on the wire */
	size_t l2_len; /* link header, never more than caplen */
	double time;   /* seconds since 1970 */
};

struct pcapsock_options {
	const char *device; /* "any" is one */
	int snaplen;	    /* 0 = whole packets */
	bool promisc;
	const char *filter; /* pcap-filter(7), "" = everything */
};

/** Returns 0, or ES_E(SYS), ES_E(FORMAT), ES_E(UNSUPPORTED), ES_E(NOMEM) with the reason in @p eb. */
int pcapsock_open(const struct pcapsock_options *options, struct pcapsock **out,
    struct errbuf *eb) ES_MUST_CHECK;
void pcapsock_free(struct pcapsock *p);

/** Becomes readable when packets are there. */
int pcapsock_fd(const struct pcapsock *p);

/** The next packet. Returns 0, ES_E(AGAIN) when none is there, ES_E(SYS) when the interface is gone. */
int pcapsock_next(
    struct pcapsock *p, struct pcapsock_packet *out) ES_MUST_CHECK;

/** Length of the link header of a packet, -1 for a link type that scripts do not know. */
int pcapsock_l2_len(int linktype, const uint8_t *data, size_t caplen);

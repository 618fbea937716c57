/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service: what is known of one port, in the words of NSE's port and port.version tables.
 */
#pragma once

#include <stdint.h>

/* Limits are NSE's own (nse-core §6.3). */
struct service {
	uint16_t port;
	uint8_t proto; /* IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP */
	uint8_t state; /* enum port_state */
	char name[64];
	char product[81];
	char version[81];
	char extrainfo[257];
	char hostname[81];
	char ostype[33];
	char devicetype[33];
	char tunnel[8]; /* "" or "ssl" */
	char cpe[2][81];
	uint8_t
	    confidence; /* 0-10 as in NSE; 3 = guessed from the port number */
};

enum port_state {
	PORT_UNKNOWN,
	PORT_OPEN,
	PORT_CLOSED,
	PORT_FILTERED,
	PORT_UNFILTERED,
	PORT_OPEN_FILTERED,
	PORT_CLOSED_FILTERED
};

/** NSE's word: "open", "open|filtered", ... */
const char *port_state_text(enum port_state state);
/** "tcp", "udp", "sctp", else "ip". */
const char *proto_text(unsigned proto);
/** IPPROTO number, or 0 for an unknown word. */
unsigned proto_parse(const char *s);

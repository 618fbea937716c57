/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for port states and transports; see service.h.
 */
#include "sensor/model/service.h"

#include <netinet/in.h>
#include <string.h>

const char *
port_state_text(enum port_state state)
{
	switch (state) {
	case PORT_OPEN:
		return "open";
	case PORT_CLOSED:
		return "closed";
	case PORT_FILTERED:
		return "filtered";
	case PORT_UNFILTERED:
		return "unfiltered";
	case PORT_OPEN_FILTERED:
		return "open|filtered";
	case PORT_CLOSED_FILTERED:
		return "closed|filtered";
	case PORT_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *
proto_text(unsigned proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return "ip";
	}
}

unsigned
proto_parse(const char *s)
{
	if (strcmp(s, "tcp") == 0)
		return IPPROTO_TCP;
	if (strcmp(s, "udp") == 0)
		return IPPROTO_UDP;
	return strcmp(s, "sctp") == 0 ? IPPROTO_SCTP : 0;
}

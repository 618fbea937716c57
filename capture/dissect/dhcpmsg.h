/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhcpmsg: one BOOTP/DHCP message (RFC 2131 §2, RFC 2132) read into a struct of
 * views.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"
#include "sensor/model/addr.h"
#include "sensor/model/observation.h"

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM
};

#define DHCP_FQDN_MAX 255

struct dhcp_msg {
	bool reply;   /* op: BOOTREQUEST or BOOTREPLY */
	uint8_t type; /* option 53; 0 for plain BOOTP */
	uint32_t xid;
	struct addr ciaddr;
	struct addr yiaddr;
	struct addr giaddr;
	struct mac chaddr;
	bool has_chaddr;	      /* Ethernet, and not zero */
	bool complete;		      /* the options ended as they should */
	struct addr requested;	      /* 50 */
	struct addr server;	      /* 54 */
	struct addr router;	      /* 3, the first */
	struct text hostname;	      /* 12 */
	struct text vendor;	      /* 60 */
	struct text params;	      /* 55, in the order sent */
	char fqdn[DHCP_FQDN_MAX + 1]; /* 81, decoded (RFC 4702); "" = none */
};

/** False when this is no DHCP message (header, magic cookie, hlen). A cut
 * option list leaves complete unset. */
bool dhcpmsg_parse(struct cursor cur, struct dhcp_msg *msg);

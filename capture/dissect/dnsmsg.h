/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnsmsg: walk one DNS message (RFC 1035 §4) without copying it. Shared by DNS,
 *mDNS, LLMNR and NBNS, which use the same message with other rules.
 *
 *	struct dns_msg msg;
 *	struct dns_rr rr;
 *
 *	if (!dnsmsg_open(&msg, cur))
 *		return VERDICT_MALFORMED;
 *	while ((rc = dnsmsg_next(&msg, &rr)) > 0)
 *		...
 *
 * Compression pointers may only point backwards, so a name ends; a message
 *gives at most DNS_RECORDS_MAX records.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"

#define DNS_NAME_MAX 255 /* RFC 1035 §2.3.4 */
#define DNS_RECORDS_MAX 512

enum dns_type {
	DNS_A = 1,
	DNS_CNAME = 5,
	DNS_PTR = 12,
	DNS_TXT = 16,
	DNS_AAAA = 28,
	DNS_NB = 32,
	DNS_NBSTAT = 33, /* the same number as SRV */
	DNS_SRV = 33,
	DNS_OPT = 41
};

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS
};

/* Labels joined by dots, octets as sent (hostile), no trailing dot; the root is
 * empty. */
struct dns_name {
	uint8_t len;
	char text[DNS_NAME_MAX + 1];
};

struct dns_msg {
	const uint8_t *base;
	struct cursor cur;
	uint16_t id;
	bool response;
	uint8_t opcode;
	uint8_t rcode;
	uint16_t count[DNS_SECTIONS];
	unsigned section;
	unsigned left; /* records left in the section */
	unsigned budget;
};

struct dns_rr {
	enum dns_section section;
	struct dns_name name;
	uint16_t type;
	uint16_t class; /* the mDNS cache-flush / unicast-response bit is still
			   in it */
	uint32_t ttl;	/* 0 for a question, as is rdata */
	struct cursor rdata;
};

/** Read the header. False when it is not a DNS header: too short, or a reserved
 * opcode or record counts no packet can hold. */
bool dnsmsg_open(struct dns_msg *msg, struct cursor cur);

/** Next record of any section: 1, 0 at the end, -1 when the message breaks
 * here. */
int dnsmsg_next(struct dns_msg *msg, struct dns_rr *rr);

/** Read a name at @p at (inside the message, for example in rdata). False when
 * it breaks; @p at is then bad. */
bool dnsmsg_name(
    const struct dns_msg *msg, struct cursor *at, struct dns_name *name);

/** True when all of the message parses: what tells DNS from other traffic on
 * the same port. */
bool dnsmsg_valid(struct cursor cur);

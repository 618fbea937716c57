/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS message walker; see dnsmsg.h. RFC 1035 §4.1, opcodes by RFC 6895 §2.2.
 */
#include "capture/dissect/dnsmsg.h"

#include <string.h>

#define POINTER 0xc0
#define LABEL_MAX 63
/* A question is at least a root label, a type and a class. */
#define QUESTION_MIN 5
#define RECORD_MIN 11

bool
dnsmsg_open(struct dns_msg *msg, struct cursor cur)
{
	uint16_t flags;
	size_t least = 0;

	*msg = (struct dns_msg){ .base = cur.at, .budget = DNS_RECORDS_MAX };
	msg->id = cur_be16(&cur);
	flags = cur_be16(&cur);
	for (unsigned i = 0; i < DNS_SECTIONS; i++) {
		msg->count[i] = cur_be16(&cur);
		least +=
		    msg->count[i] *
		    (size_t)(i == DNS_QUESTION ? QUESTION_MIN : RECORD_MIN);
	}
	msg->response = (flags & 0x8000) != 0;
	msg->opcode = flags >> 11 & 0xf;
	msg->rcode = flags & 0xf;
	msg->left = msg->count[DNS_QUESTION];
	msg->cur = cur;
	return !cur_bad(&cur) && least <= cur_left(&cur);
}

/* Append one label; false when the name grows past its limit. */
static bool
name_label(struct dns_name *name, struct cursor *at, uint8_t len)
{
	const uint8_t *label = cur_take(at, len);
	size_t dot = name->len > 0 ? 1 : 0;

	if (label == NULL || name->len + dot + len > DNS_NAME_MAX)
		return false;
	if (dot != 0)
		name->text[name->len++] = '.';
	memcpy(name->text + name->len, label, len);
	name->len = (uint8_t)(name->len + len);
	return true;
}

bool
dnsmsg_name(const struct dns_msg *msg, struct cursor *at, struct dns_name *name)
{
	struct cursor cur = *at;
	const uint8_t *lowest = at->at; /* pointers go below this only */
	bool jumped = false;

	name->len = 0;
	for (;;) {
		uint8_t len = cur_u8(&cur);

		if (cur_bad(&cur))
			break;
		if (len == 0) {
			if (!jumped)
				*at = cur;
			name->text[name->len] = '\0';
			return true;
		}
		if (len <= LABEL_MAX) {
			if (!name_label(name, &cur, len))
				break;
			continue;
		}
		size_t off = (size_t)(len & ~POINTER) << 8 | cur_u8(&cur);
		if ((len & POINTER) != POINTER || cur_bad(&cur) ||
		    off >= (size_t)(lowest - msg->base))
			break;
		if (!jumped)
			*at = cur;
		jumped = true;
		lowest = msg->base + off;
		cur = (struct cursor){ .at = lowest, .end = msg->cur.end };
	}
	name->len = 0;
	name->text[0] = '\0';
	at->bad = true;
	return false;
}

int
dnsmsg_next(struct dns_msg *msg, struct dns_rr *rr)
{
	while (msg->left == 0) {
		if (++msg->section >= DNS_SECTIONS) {
			msg->section = DNS_SECTIONS - 1;
			return 0;
		}
		msg->left = msg->count[msg->section];
	}
	if (msg->budget == 0)
		return 0;
	msg->budget--;
	msg->left--;
	rr->section = (enum dns_section)msg->section;
	rr->ttl = 0;
	rr->rdata = cur_new(NULL, 0);
	if (!dnsmsg_name(msg, &msg->cur, &rr->name))
		return -1;
	rr->type = cur_be16(&msg->cur);
	rr->class = cur_be16(&msg->cur);
	if (msg->section != DNS_QUESTION) {
		rr->ttl = cur_be32(&msg->cur);
		rr->rdata = cur_sub(&msg->cur, cur_be16(&msg->cur));
	}
	return cur_bad(&msg->cur) ? -1 : 1;
}

bool
dnsmsg_valid(struct cursor cur)
{
	struct dns_msg msg;
	struct dns_rr rr;
	int rc;

	if (!dnsmsg_open(&msg, cur))
		return false;
	while ((rc = dnsmsg_next(&msg, &rr)) > 0)
		;
	return rc == 0;
}

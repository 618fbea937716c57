/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCP messages; see dhcpmsg.h. Options may continue in `file` and `sname`
 * (option 52, RFC 2131 §4.1). An option that occurs twice keeps its first
 * value: what RFC 3396 would join is never one of those taken here.
 */
#include "capture/dissect/dhcpmsg.h"

#include <string.h>

#define COOKIE 0x63825363
#define HTYPE_ETHERNET 1
#define SNAME_LEN 64
#define FILE_LEN 128

enum dhcp_option {
	OPT_PAD = 0,
	OPT_ROUTER = 3,
	OPT_HOSTNAME = 12,
	OPT_REQUESTED = 50,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_PARAMS = 55,
	OPT_VENDOR = 60,
	OPT_FQDN = 81,
	OPT_END = 255
};

static struct addr
take_addr(struct cursor *cur)
{
	const uint8_t *p = cur_take(cur, 4);

	return p == NULL ? (struct addr){ 0 } : addr_from_bytes(p, 4);
}

static void
set_text(struct text *t, const struct cursor *value)
{
	if (t->len == 0)
		*t = text_of(value->at, cur_left(value));
}

static void
set_addr(struct addr *a, struct cursor value)
{
	if (!addr_is_set(a) && cur_left(&value) >= 4)
		*a = take_addr(&value);
}

/* RFC 4702 §2: flags, two dead octets, then DNS labels (bit E) or plain text.
 */
static void
set_fqdn(struct dhcp_msg *msg, struct cursor value)
{
	bool labels = (cur_u8(&value) & 0x04) != 0;
	size_t n = 0;

	cur_skip(&value, 2);
	if (cur_bad(&value) || msg->fqdn[0] != '\0')
		return;
	while (cur_left(&value) > 0) {
		size_t len = labels ? cur_u8(&value) : cur_left(&value);
		const uint8_t *p = cur_take(&value, len);

		if (p == NULL || len == 0 || n + len + 1 > DHCP_FQDN_MAX ||
		    memchr(p, '\0', len) != NULL)
			break;
		if (n > 0)
			msg->fqdn[n++] = '.';
		memcpy(msg->fqdn + n, p, len);
		n += len;
	}
	msg->fqdn[n] = '\0';
}

static void
set_option(
    struct dhcp_msg *msg, uint8_t code, struct cursor value, uint8_t *overload)
{
	switch (code) {
	case OPT_ROUTER:
		set_addr(&msg->router, value);
		break;
	case OPT_HOSTNAME:
		set_text(&msg->hostname, &value);
		break;
	case OPT_REQUESTED:
		set_addr(&msg->requested, value);
		break;
	case OPT_OVERLOAD:
		*overload = cur_u8(&value);
		break;
	case OPT_TYPE:
		msg->type = cur_u8(&value);
		break;
	case OPT_SERVER:
		set_addr(&msg->server, value);
		break;
	case OPT_PARAMS:
		set_text(&msg->params, &value);
		break;
	case OPT_VENDOR:
		set_text(&msg->vendor, &value);
		break;
	case OPT_FQDN:
		set_fqdn(msg, value);
		break;
	default:
		break;
	}
}

/* True when the list ended with its end mark, or exactly with the datagram as
 * some clients do. */
static bool
options(struct dhcp_msg *msg, struct cursor cur, uint8_t *overload)
{
	while (cur_left(&cur) > 0) {
		uint8_t code = cur_u8(&cur);

		if (code == OPT_PAD)
			continue;
		if (code == OPT_END)
			return true;
		struct cursor value = cur_sub(&cur, cur_u8(&cur));
		if (cur_bad(&cur))
			return false;
		set_option(msg, code, value, overload);
	}
	return true;
}

bool
dhcpmsg_parse(struct cursor cur, struct dhcp_msg *msg)
{
	struct cursor sname, file;
	uint8_t op, htype, hlen, overload = 0;

	memset(msg, 0, sizeof(*msg));
	op = cur_u8(&cur);
	htype = cur_u8(&cur);
	hlen = cur_u8(&cur);
	cur_skip(&cur, 1); /* hops */
	msg->xid = cur_be32(&cur);
	cur_skip(&cur, 4); /* secs, flags */
	msg->ciaddr = take_addr(&cur);
	msg->yiaddr = take_addr(&cur);
	cur_skip(&cur, 4); /* siaddr */
	msg->giaddr = take_addr(&cur);
	cur_copy(&cur, msg->chaddr.b, sizeof(msg->chaddr.b));
	cur_skip(&cur, 10);
	sname = cur_sub(&cur, SNAME_LEN);
	file = cur_sub(&cur, FILE_LEN);
	if (cur_be32(&cur) != COOKIE || cur_bad(&cur))
		return false;
	if ((op != 1 && op != 2) || hlen > 16)
		return false;
	msg->reply = op == 2;
	msg->has_chaddr = htype == HTYPE_ETHERNET && hlen == 6 &&
			  !mac_is_zero(&msg->chaddr) &&
			  !mac_is_multicast(&msg->chaddr);
	msg->complete = options(msg, cur, &overload);
	if ((overload & 1) != 0)
		msg->complete &= options(msg, file, &overload);
	if ((overload & 2) != 0)
		msg->complete &= options(msg, sname, &overload);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rtnetlink question for one neighbour (RTM_GETNEIGH without a dump: Linux 5.0). See rtnetlink(7).
 */
#include "engine/net/neigh.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensor/base/err.h"

#define REPLY_MAX 2048

struct question {
	struct nlmsghdr head;
	struct ndmsg body;
	struct rtattr attr;
	uint8_t addr[16];
};

static int
ask(int fd, unsigned ifindex, const struct addr *a)
{
	size_t len = addr_len(a);
	struct question q = {
		.head = { .nlmsg_type = RTM_GETNEIGH,
		    .nlmsg_flags = NLM_F_REQUEST,
		    .nlmsg_len = (uint32_t)(NLMSG_LENGTH(sizeof(q.body)) +
					    RTA_LENGTH(len)) },
		.body = { .ndm_family = a->family == 4 ? AF_INET : AF_INET6,
		    .ndm_ifindex = (int)ifindex },
		.attr = { .rta_type = NDA_DST,
		    .rta_len = (unsigned short)RTA_LENGTH(len) },
	};

	memcpy(q.addr, a->b, len);
	return send(fd, &q, q.head.nlmsg_len, 0) < 0 ? ES_E(SYS) : 0;
}

static int
read_entry(struct nlmsghdr *head, struct mac *out)
{
	const struct ndmsg *entry =
	    (const void *)((const char *)head + NLMSG_HDRLEN);
	size_t left = head->nlmsg_len - NLMSG_LENGTH(sizeof(*entry));
	const char *p = (const char *)(entry + 1);

	if ((entry->ndm_state & (NUD_FAILED | NUD_INCOMPLETE)) != 0)
		return ES_E(TIMEOUT);
	while (left >= sizeof(struct rtattr)) {
		struct rtattr attr;

		memcpy(&attr, p, sizeof(attr));
		if (attr.rta_len < sizeof(attr) || attr.rta_len > left)
			break;
		if (attr.rta_type == NDA_LLADDR &&
		    attr.rta_len == RTA_LENGTH(sizeof(out->b))) {
			memcpy(out->b, p + RTA_LENGTH(0), sizeof(out->b));
			return mac_is_zero(out) ? ES_E(NOTFOUND) : 0;
		}
		size_t step = RTA_ALIGN(attr.rta_len);
		if (step >= left)
			break;
		p += step;
		left -= step;
	}
	return ES_E(NOTFOUND);
}

static int
read_answer(int fd, struct mac *out)
{
	union {
		struct nlmsghdr head;
		char octets[REPLY_MAX];
	} reply;
	ssize_t n = recv(fd, &reply, sizeof(reply), 0);

	if (n < 0 || !NLMSG_OK(&reply.head, (size_t)n))
		return ES_E(SYS);
	if (reply.head.nlmsg_type == NLMSG_ERROR)
		return ES_E(NOTFOUND);
	if (reply.head.nlmsg_type != RTM_NEWNEIGH ||
	    reply.head.nlmsg_len < NLMSG_LENGTH(sizeof(struct ndmsg)))
		return ES_E(SYS);
	return read_entry(&reply.head, out);
}

int
neigh_find(unsigned ifindex, const struct addr *a, struct mac *out)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int rc;

	if (fd < 0)
		return ES_E(SYS);
	rc = ask(fd, ifindex, a);
	if (rc == 0)
		rc = read_answer(fd, out);
	close(fd);
	return rc;
}

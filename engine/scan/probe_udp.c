/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP probes: every request known for the port is sent from one connected
 * socket. Any datagram back from that very port means open; ICMP port
 * unreachable, which the kernel reports on the socket, means closed; silence
 * means nothing: open|filtered. The time to live of the answer is kept as
 * scripts see it (reason_ttl).
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <linux/errqueue.h>

#include "engine/scan/attempt.h"
#include "engine/scan/payload.h"

static int
open_connected(struct attempt *a, const struct probe_run *run)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&a->host->addr, a->port, &to);
	bool v4 = a->host->addr.family == 4;
	int on = 1;

	a->fd = attempt_socket(a, run, SOCK_DGRAM);
	if (a->fd < 0)
		return -1;
	(void)setsockopt(a->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
	    v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, &on, sizeof(on));
	(void)setsockopt(a->fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
	    v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof(on));
	return connect(a->fd, (struct sockaddr *)&to, len);
}

/* Hop limit from the control messages; 0 when there is none. */
static uint8_t
hop_limit(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	     c = CMSG_NXTHDR(msg, c)) {
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TTL;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 &&
			  c->cmsg_type == IPV6_HOPLIMIT;
		int value;

		if (!v4 && !v6)
			continue;
		memcpy(&value, CMSG_DATA(c), sizeof(value));
		return (uint8_t)value;
	}
	return 0;
}

static ssize_t
receive(struct attempt *a, int flags, uint8_t *ttl)
{
	char body[64], control[256];
	struct iovec iov = { .iov_base = body, .iov_len = sizeof(body) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(a->fd, &msg, flags);

	if (n >= 0)
		*ttl = hop_limit(&msg);
	return n;
}

/* What an errno means; an ICMP error's hop limit is in the queue that came with it. */
static enum attempt_verdict
conclude(struct attempt *a, int error)
{
	enum attempt_verdict verdict =
	    error == EAGAIN ? ATTEMPT_WAIT : attempt_conclude(a, error);
	uint8_t ttl = 0;

	if (error != ECONNREFUSED)
		return verdict;
	(void)receive(a, MSG_ERRQUEUE, &ttl);
	a->result.reason = REASON_PORT_UNREACH;
	a->result.ttl = ttl;
	return verdict;
}

/* Send one request, with our own address in it where it needs that. */
static ssize_t
send_payload(int fd, const struct payload *p)
{
	struct sockaddr_storage own = { 0 };
	socklen_t len = sizeof(own);
	struct addr from;
	uint8_t copy[512];

	if (p->address == 0)
		return send(fd, p->data, p->len, MSG_NOSIGNAL);
	es_require(p->len <= sizeof(copy) && p->address + 4 <= p->len);
	memcpy(copy, p->data, p->len);
	if (getsockname(fd, (struct sockaddr *)&own, &len) == 0) {
		from = addr_from_sockaddr((struct sockaddr *)&own, NULL);
		if (from.family == 4)
			memcpy(copy + p->address, from.b, 4);
	}
	return send(fd, copy, p->len, MSG_NOSIGNAL);
}

static enum attempt_verdict
udp_send(struct attempt *a, const struct probe_run *run)
{
	struct payload payload;

	if (a->fd < 0 && open_connected(a, run) != 0)
		return conclude(a, errno);
	for (size_t i = 0; payload_get(a->port, i, &payload); i++)
		if (send_payload(a->fd, &payload) < 0 && errno != EAGAIN &&
		    errno != ENOBUFS)
			return conclude(a, errno);
	return ATTEMPT_WAIT;
}

static enum attempt_verdict
udp_ready(struct attempt *a)
{
	uint8_t ttl = 0;

	if (receive(a, 0, &ttl) >= 0) {
		a->result = (struct port_result){ .state = PORT_OPEN,
			.reason = REASON_UDP_RESPONSE,
			.ttl = ttl };
		return ATTEMPT_DONE;
	}
	return conclude(a, errno);
}

const struct probe_method probe_udp = {
	.events = EPOLLIN,
	.on_silence = PORT_OPEN_FILTERED,
	.send = udp_send,
	.ready = udp_ready,
};

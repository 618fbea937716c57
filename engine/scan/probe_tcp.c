/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP probes by connect: open, refused, or silent. A connection is reset rather
 * than closed, so that a scan leaves no thousand sockets in TIME_WAIT. RFC 9293
 * §3.10.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/scan/attempt.h"

static enum attempt_verdict
conclude(struct attempt *a, int error)
{
	if (error != 0)
		return attempt_conclude(a, error);
	a->result = (struct port_result){ .state = PORT_OPEN,
		.reason = REASON_SYN_ACK };
	return ATTEMPT_DONE;
}

static enum attempt_verdict
tcp_send(struct attempt *a, const struct probe_run *run)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&a->host->addr, a->port, &to);

	a->fd = attempt_socket(a, run, SOCK_STREAM);
	if (a->fd < 0)
		return conclude(a, errno);
	(void)setsockopt(a->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	return conclude(
	    a, connect(a->fd, (struct sockaddr *)&to, len) == 0 ? 0 : errno);
}

/* On a loopback address, a port that nobody listens on may connect to itself:
 * the local port was chosen so. */
static bool
met_itself(int fd)
{
	struct sockaddr_storage here, there;
	socklen_t nhere = sizeof(here), nthere = sizeof(there);

	return getsockname(fd, (struct sockaddr *)&here, &nhere) == 0 &&
	       getpeername(fd, (struct sockaddr *)&there, &nthere) == 0 &&
	       nhere == nthere && memcmp(&here, &there, nhere) == 0;
}

static enum attempt_verdict
tcp_ready(struct attempt *a)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0 && met_itself(a->fd))
		error = ECONNREFUSED;
	return conclude(a, error);
}

const struct probe_method probe_tcp = {
	.events = EPOLLOUT,
	.reopen = true,
	.on_silence = PORT_FILTERED,
	.send = tcp_send,
	.ready = tcp_ready,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock: see sock.h. The engine's only calls of connect, send and sendto on inet sockets are here, and each is reached
 * through a question to the gate.
 */
#include "engine/net/sock.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "engine/state.h"
#include "sensor/base/err.h"

void
sock_init(struct sock *s, struct engine *e, bool udp, int family)
{
	*s = (struct sock){ .engine = e,
		.fd = -1,
		.udp = udp,
		.family = family,
		.timeout_ms = SOCK_TIMEOUT_MS,
		.deadline_ns = INT64_MAX };
	buf_init(&s->rest, SOCK_BUFFER_MAX);
	buf_init(&s->got, SOCK_BUFFER_MAX);
}

void
sock_fini(struct sock *s)
{
	sock_close(s);
	buf_fini(&s->rest);
	buf_fini(&s->got);
}

void
sock_hold(struct sock *s, struct nse_thread *t)
{
	struct nse_thread *old = s->holder;

	if (old == t)
		return;
	if (old != NULL) {
		LIST_REMOVE(s, holder_link);
		if (old->has_slot && LIST_EMPTY(&old->socks) &&
		    !old->slot_idle) {
			old->slot_idle = true;
			LIST_INSERT_HEAD(&s->engine->slot_idle, old, slot_link);
			sched_kick(s->engine);
		}
	}
	s->holder = t;
	if (t != NULL)
		LIST_INSERT_HEAD(&t->socks, s, holder_link);
}

void
sock_close(struct sock *s)
{
	if (s->pcap != NULL)
		s->pcap_close(s);
	if (s->ssl != NULL)
		tls_close(s->ssl);
	s->ssl = NULL;
	gate_contact_close(
	    s->engine->gate, &s->contact, s->failed ? ES_ERR_CLOSED : ES_OK);
	if (s->fd >= 0) {
		watch_free(s->watch);
		s->watch = NULL;
		close(s->fd);
		s->fd = -1;
		LIST_REMOVE(s, open_link);
	}
	sock_hold(s, NULL);
	s->open = s->peered = s->failed = false;
	s->peer = (struct endpoint){ 0 };
	if (s->waiting) {
		s->waiting = false;
		s->cancelled = true;
		thread_wake(s->engine, s->token);
	}
}

static enum io
prepare(struct sock *s, int family)
{
	int on = 1;

	if (s->udp)
		setsockopt(s->fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	/* Without the right to it, routing decides. */
	if (s->ifname[0] != '\0')
		(void)setsockopt(s->fd, SOL_SOCKET, SO_BINDTODEVICE, s->ifname,
		    (socklen_t)strlen(s->ifname));
	if (s->has_bind) {
		socklen_t len = s->bind.ss_family == AF_INET
				    ? sizeof(struct sockaddr_in)
				    : sizeof(struct sockaddr_in6);

		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (s->bind.ss_family != family ||
		    bind(s->fd, (const struct sockaddr *)&s->bind, len) != 0)
			return IO_ERROR;
	}
	return IO_DONE;
}

enum io
sock_open(struct sock *s, int family)
{
	int type = s->udp ? SOCK_DGRAM : SOCK_STREAM;

	s->open = true;
	s->fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return IO_ERROR;
	if (watch_new(s->engine, s->fd, &s->watch) != 0) {
		close(s->fd);
		s->fd = -1;
		return IO_ERROR;
	}
	LIST_INSERT_HEAD(&s->engine->socks, s, open_link);
	return prepare(s, family);
}

static socklen_t
endpoint_sockaddr(const struct endpoint *ep, struct sockaddr_storage *ss)
{
	socklen_t len = addr_to_sockaddr(&ep->addr, ep->port, ss);

	if (ep->addr.family == 6)
		((struct sockaddr_in6 *)ss)->sin6_scope_id = ep->zone;
	return len;
}

enum io
sock_connect(struct sock *s)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	socklen_t len = endpoint_sockaddr(&s->peer, &ss);

	if (connect(s->fd, (const struct sockaddr *)&ss, len) == 0) {
		s->peered = true;
		return IO_DONE;
	}
	if (errno == EINPROGRESS)
		return IO_WANT_WRITE;
	s->failed = true;
	return IO_ERROR;
}

enum io
sock_connect_check(struct sock *s)
{
	int err = 0;
	socklen_t len = sizeof(err);
	struct sockaddr_storage ss;
	socklen_t sslen = sizeof(ss);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0 ||
	    err != 0) {
		s->failed = true;
		return IO_ERROR;
	}
	if (getpeername(s->fd, (struct sockaddr *)&ss, &sslen) != 0)
		return IO_WANT_WRITE;
	s->peered = true;
	return IO_DONE;
}

enum io
sock_handshake(struct sock *s)
{
	enum io io;

	if (s->ssl == NULL)
		s->ssl =
		    tls_session(s->engine->tls, s->fd, s->udp, s->server_name);
	io = s->ssl == NULL ? IO_ERROR : tls_handshake(s->ssl);
	if (io == IO_EOF)
		io = IO_ERROR;
	if (io == IO_ERROR)
		s->failed = true;
	return io;
}

enum io
sock_write(struct sock *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (s->failed || !s->peered)
		return IO_ERROR;
	while (s->sent < len || (s->udp && len == 0)) {
		size_t done = 0;
		enum io io = IO_DONE;

		if (s->ssl != NULL) {
			io = tls_write(
			    s->ssl, p + s->sent, len - s->sent, &done);
		} else {
			ssize_t n = send(
			    s->fd, p + s->sent, len - s->sent, MSG_NOSIGNAL);

			if (n < 0)
				io = errno == EAGAIN  ? IO_WANT_WRITE
				     : errno == EINTR ? IO_DONE
						      : IO_ERROR;
			else
				done = (size_t)n;
		}
		if (io != IO_DONE)
			return io;
		s->sent += done;
		gate_contact_count(s->engine->gate, &s->contact, done, 0);
		if (s->udp)
			break;
	}
	return IO_DONE;
}

enum io
sock_sendto(struct sock *s, const void *data, size_t len)
{
	struct sockaddr_storage ss;
	socklen_t sslen = endpoint_sockaddr(&s->peer, &ss);
	ssize_t n = sendto(s->fd, data, len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&ss, sslen);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? IO_WANT_WRITE
							 : IO_ERROR;
	gate_contact_count(s->engine->gate, &s->contact, (size_t)n, 0);
	return IO_DONE;
}

static enum io
read_datagram(struct sock *s)
{
	struct sockaddr_storage ss;
	socklen_t sslen = sizeof(ss);
	uint8_t data[SOCK_READ_PIECE];
	ssize_t n = recvfrom(
	    s->fd, data, sizeof(data), 0, (struct sockaddr *)&ss, &sslen);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? IO_WANT_READ
							 : IO_ERROR;
	buf_put(&s->got, data, (size_t)n);
	if (!s->peered) {
		s->peer.addr = addr_from_sockaddr(
		    (const struct sockaddr *)&ss, &s->peer.port);
		/* recvfrom fills it, which the analyzer does not know */
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
		if (ss.ss_family == AF_INET6)
			s->peer.zone =
			    ((const struct sockaddr_in6 *)&ss)->sin6_scope_id;
		else
			s->peer.zone = 0;
	}
	return IO_DONE;
}

static enum io
read_stream(struct sock *s)
{
	size_t before = s->got.len;

	while (s->got.len - before < SOCK_READ_MAX) {
		uint8_t data[SOCK_READ_PIECE];
		ssize_t n = recv(s->fd, data, sizeof(data), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (s->got.len > before)
				return IO_DONE;
			return n == 0		 ? IO_EOF
			       : errno == EAGAIN ? IO_WANT_READ
						 : IO_ERROR;
		}
		buf_put(&s->got, data, (size_t)n);
		if ((size_t)n < sizeof(data))
			break;
	}
	return IO_DONE;
}

enum io
sock_read(struct sock *s)
{
	size_t before = s->got.len;
	enum io io;

	if (s->fd < 0 || (s->failed && !s->peered))
		return IO_EOF;
	if (s->ssl != NULL)
		io = s->failed ? IO_ERROR
			       : tls_read(s->ssl, &s->got, SOCK_READ_MAX);
	else if (s->udp)
		io = read_datagram(s);
	else
		io = read_stream(s);
	if (s->got.bad)
		return IO_ERROR;
	gate_contact_count(
	    s->engine->gate, &s->contact, 0, s->got.len - before);
	return io;
}

bool
sock_local(const struct sock *s, struct endpoint *out)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	*out = (struct endpoint){ 0 };
	if (s->fd < 0 || getsockname(s->fd, (struct sockaddr *)&ss, &len) != 0)
		return false;
	out->addr =
	    addr_from_sockaddr((const struct sockaddr *)&ss, &out->port);
	return addr_is_set(&out->addr);
}

void
socks_close_thread(struct engine *e, struct nse_thread *t)
{
	struct sock *s;

	while ((s = LIST_FIRST(&t->socks)) != NULL)
		sock_close(s);
	if (t->slot_idle)
		LIST_REMOVE(t, slot_link);
	t->slot_idle = false;
	if (t->has_slot)
		slots_release(&e->slots, e);
	t->has_slot = false;
}

void
socks_release_idle_slots(struct engine *e)
{
	struct nse_thread *t;

	while ((t = LIST_FIRST(&e->slot_idle)) != NULL) {
		LIST_REMOVE(t, slot_link);
		t->slot_idle = false;
		if (!LIST_EMPTY(&t->socks))
			continue;
		t->has_slot = false;
		slots_release(&e->slots, e);
	}
}

void
socks_close_all(struct engine *e)
{
	struct sock *s;

	while ((s = LIST_FIRST(&e->socks)) != NULL)
		sock_close(s);
}

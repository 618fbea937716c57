/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_connect: the operations of NSE's socket that bring it to a peer: connect, reconnect_ssl, sendto.
 *
 * connect is a walk through stages; each may wait and is entered again after the wait:
 *	slot (may this thread have sockets?) -> name -> gate (may this address be reached, now?) -> TCP -> TLS
 * The stage and the arguments lie on the coroutine's stack: the continuation's context is the stage.
 */
#include <lauxlib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "engine/lib/lib_socket.h"
#include "engine/net/resolver.h"
#include "engine/net/trace.h"
#include "engine/state.h"
#include "sensor/base/err.h"
#include "sensor/base/str.h"

enum stage {
	STAGE_SLOT,
	STAGE_NAME,
	STAGE_GATE,
	STAGE_TCP,
	STAGE_TLS
};

/* Stack of a connect or sendto under way. */
enum {
	ARG_SOCKET = 1,
	ARG_HOST, /* string */
	ARG_PORT, /* integer */
	ARG_TLS,  /* boolean; sendto: the data */
	ARG_NAME, /* server name */
	ARG_COUNT = ARG_NAME
};

static int connect_stage(lua_State *L, struct sock *s, enum stage stage);
static int sendto_stage(lua_State *L, struct sock *s, enum stage stage);

/* What a waiting connect holds besides the descriptor. */
static void
release_waits(struct sock *s)
{
	slots_leave(&s->engine->slots, s->engine, &s->slot);
	lookup_free(s->lookup);
	s->lookup = NULL;
}

static void
on_thread_end(struct close_handler *h)
{
	struct sock *s =
	    (struct sock *)((char *)h - offsetof(struct sock, cleanup));

	release_waits(s);
	s->waiting = false;
}

static void
finish(struct sock *s)
{
	thread_off_close(&s->cleanup);
	release_waits(s);
	s->owner = NULL;
}

static int
connect_fail(lua_State *L, struct sock *s, const char *text, bool waited)
{
	finish(s);
	if (!s->open)
		sock_hold(s, NULL);
	return waited ? socket_fail(L, text) : socket_refuse(L, text);
}

static int
connect_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	int n;

	(void)status;
	if (ctx == STAGE_GATE) {
		/* Its time-out is the delay that the gate asked for. */
		(void)thread_resumed(L);
		s->waiting = false;
		return connect_stage(L, s, STAGE_GATE);
	}
	n = socket_waited(L, s);
	if (n != 0) {
		trace_event(s, false, "CONNECT");
		s->failed = true;
		finish(s);
		return n;
	}
	return connect_stage(L, s, (enum stage)ctx);
}

static int
stage_slot(lua_State *L, struct sock *s)
{
	struct nse_thread *t = thread_current(L);
	struct slots *slots = &s->engine->slots;

	if (s->slot.granted) {
		s->slot.granted = false;
		t->has_slot = true;
	}
	if (!t->has_slot)
		t->has_slot = slots_take(slots);
	if (t->has_slot) {
		sock_hold(s, t);
		return connect_stage(L, s, STAGE_NAME);
	}
	s->token = s->slot.token = thread_wait_begin(L);
	s->waiting = true;
	slots_wait(slots, &s->slot);
	return thread_wait(L, -1, STAGE_SLOT, connect_continue);
}

static int
family_wanted(lua_State *L)
{
	return thread_ipv6(L) ? AF_INET6 : AF_INET;
}

static void
fill_contact(lua_State *L, const struct sock *s, struct contact *c)
{
	thread_asks(L);
	*c = (struct contact){ .dst = s->peer.addr,
		.port = s->peer.port,
		.proto = s->udp ? IPPROTO_UDP : IPPROTO_TCP,
		.target_id = thread_target_id(L),
		.script = thread_script(L) };
}

/* Fix s->peer. 1 = done, 0 = waiting for the token, < 0 = failed with *error set. */
static int
find_peer(lua_State *L, struct sock *s, int family, int *error)
{
	const char *host = lua_tostring(L, ARG_HOST);
	uint16_t port = (uint16_t)lua_tointeger(L, ARG_PORT);
	struct contact who;

	if (s->lookup == NULL) {
		s->peer = (struct endpoint){ 0 };
		if (!resolver_literal(host, &s->peer)) {
			fill_contact(L, s, &who);
			s->token = thread_wait_begin(L);
			if (resolver_start(s->engine, &who, host, family,
				s->token, &s->lookup) != 0) {
				*error = EAI_MEMORY;
				return -1;
			}
		}
	}
	if (s->lookup != NULL) {
		if (!s->lookup->done)
			return 0;
		*error = s->lookup->error;
		if (s->lookup->count == 0)
			return -1;
		s->peer = s->lookup->found[0];
		lookup_free(s->lookup);
		s->lookup = NULL;
	}
	s->peer.port = port;
	return 1;
}

static int
stage_name(lua_State *L, struct sock *s)
{
	int error = 0;
	int found = find_peer(L, s, family_wanted(L), &error);

	if (found < 0)
		return connect_fail(L, s, gai_strerror(error), false);
	if (found == 0) {
		s->waiting = true;
		return thread_wait(L, -1, STAGE_NAME, connect_continue);
	}
	return connect_stage(L, s, STAGE_GATE);
}

static int
stage_gate(lua_State *L, struct sock *s)
{
	struct contact who;
	struct endpoint local = { 0 };
	int64_t wait_ms = 0;
	enum gate_answer answer;
	enum io io;

	fill_contact(L, s, &who);
	answer = gate_ask(s->engine->gate, &who, &wait_ms);
	if (answer == GATE_WAIT && gate_is_crowded(s->engine->gate, &who)) {
		/* Scripts forget sockets without closing them; what keeps us out may be our own garbage. */
		lua_gc(L, LUA_GCCOLLECT);
		answer = gate_ask(s->engine->gate, &who, &wait_ms);
	}
	if (answer == GATE_WAIT) {
		s->token = thread_wait_begin(L);
		s->waiting = true;
		return thread_wait(L, wait_ms, STAGE_GATE, connect_continue);
	}
	if (answer == GATE_NO) {
		s->open = s->failed = true;
		return connect_fail(L, s, "ERROR", true);
	}
	socket_deadline(s);
	io = sock_open(s, s->peer.addr.family == 6 ? AF_INET6 : AF_INET);
	if (io == IO_DONE) {
		io = sock_connect(s);
		(void)sock_local(s, &local);
		gate_contact_open(s->engine->gate, &s->contact, &who,
		    &local.addr, local.port);
	}
	if (io == IO_ERROR) {
		s->failed = true;
		trace_event(s, false, "PRECONNECT");
		return connect_fail(L, s, "ERROR", true);
	}
	if (io == IO_DONE)
		return connect_stage(L, s, STAGE_TLS);
	return socket_wait(L, s, io, STAGE_TCP, connect_continue);
}

static int
stage_tcp(lua_State *L, struct sock *s)
{
	enum io io = sock_connect_check(s);

	if (io == IO_ERROR) {
		trace_event(s, false, "CONNECT");
		return connect_fail(L, s, "ERROR", true);
	}
	if (io != IO_DONE)
		return socket_wait(L, s, io, STAGE_TCP, connect_continue);
	return connect_stage(L, s, STAGE_TLS);
}

static int
stage_tls(lua_State *L, struct sock *s)
{
	enum io io = IO_DONE;

	if (lua_toboolean(L, ARG_TLS))
		io = sock_handshake(s);
	if (io == IO_WANT_READ || io == IO_WANT_WRITE)
		return socket_wait(L, s, io, STAGE_TLS, connect_continue);
	trace_event(s, false, "CONNECT");
	if (io != IO_DONE)
		return connect_fail(L, s, "ERROR", true);
	finish(s);
	lua_pushboolean(L, 1);
	return 1;
}

static int
connect_stage(lua_State *L, struct sock *s, enum stage stage)
{
	switch (stage) {
	case STAGE_SLOT:
		return stage_slot(L, s);
	case STAGE_NAME:
		return stage_name(L, s);
	case STAGE_GATE:
		return stage_gate(L, s);
	case STAGE_TCP:
		return stage_tcp(L, s);
	case STAGE_TLS:
		return stage_tls(L, s);
	}
	return 0;
}

int
socket_connect(lua_State *L)
{
	static const char *const protos[] = { "tcp", "udp", "ssl", NULL };
	struct sock *s = socket_check(L);
	const char *server_name;
	const char *host = socket_host_arg(L, 2, &server_name);
	const char *table_proto = s->udp ? "udp" : "tcp";
	uint16_t port = socket_port_arg(L, 3, &table_proto);
	int proto = luaL_checkoption(L, 4, table_proto, protos);

	if (thread_current(L) == NULL)
		return luaL_error(
		    L, "connect is only possible in a running script");
	if (s->open) {
		trace_event(s, false, "CLOSE");
		sock_close(s);
	}
	s->cancelled = false;
	s->owner = NULL;
	if (proto != 2)
		s->udp = proto == 1;
	str_copy(s->server_name, sizeof(s->server_name), server_name);
	lua_pushstring(L, host);
	lua_replace(L, ARG_HOST);
	lua_pushinteger(L, port);
	lua_replace(L, ARG_PORT);
	lua_settop(L, ARG_PORT);
	lua_pushboolean(L, proto == 2);
	s->cleanup.run = on_thread_end;
	(void)thread_on_close(L, &s->cleanup);
	return connect_stage(L, s, STAGE_SLOT);
}

static int
reconnect_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	enum io io;

	(void)status;
	if (ctx != 0) {
		int n = socket_waited(L, s);

		if (n != 0) {
			s->failed = true;
			trace_event(s, false, "SSL RECONNECT");
			return n;
		}
	}
	io = sock_handshake(s);
	if (io == IO_WANT_READ || io == IO_WANT_WRITE)
		return socket_wait(L, s, io, 1, reconnect_continue);
	trace_event(s, false, "SSL RECONNECT");
	s->owner = NULL;
	if (io != IO_DONE)
		return socket_fail_io(L, IO_ERROR);
	lua_pushboolean(L, 1);
	return 1;
}

int
socket_reconnect_ssl(lua_State *L)
{
	struct sock *s = socket_check(L);
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	if (s->udp || s->failed || !s->peered)
		return socket_refuse(L, "ERROR");
	if (s->ssl != NULL) {
		lua_pushboolean(L, 1);
		return 1;
	}
	socket_own(L, s);
	socket_deadline(s);
	return reconnect_continue(L, LUA_OK, 0);
}

static int
sendto_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);

	(void)status;
	if (ctx == STAGE_GATE) {
		(void)thread_resumed(L);
		s->waiting = false;
	} else {
		int n = socket_waited(L, s);

		if (n != 0) {
			finish(s);
			return n;
		}
	}
	return sendto_stage(L, s, (enum stage)ctx);
}

/* The datagram itself; a run of them to one place is one contact. */
static int
sendto_send(lua_State *L, struct sock *s, const struct contact *who)
{
	struct endpoint local = { 0 };
	size_t len;
	const char *data = lua_tolstring(L, ARG_TLS, &len);
	const struct audit *a = &s->contact.audit;
	enum io io;

	if (!s->contact.open || !addr_eq(&a->dst, &who->dst) ||
	    a->dport != who->port) {
		(void)sock_local(s, &local);
		gate_contact_open(
		    s->engine->gate, &s->contact, who, &local.addr, local.port);
	}
	trace_data(s, false, data, len);
	io = sock_sendto(s, data, len);
	if (io == IO_WANT_WRITE)
		return socket_wait(L, s, io, STAGE_TCP, sendto_continue);
	thread_off_close(&s->cleanup);
	trace_event(s, false, "SEND");
	if (io != IO_DONE)
		return socket_fail_io(L, io);
	lua_pushboolean(L, 1);
	return 1;
}

static int
sendto_stage(lua_State *L, struct sock *s, enum stage stage)
{
	struct contact who;
	int64_t wait_ms = 0;
	enum gate_answer answer;

	if (stage == STAGE_NAME) {
		int error = 0;
		int found = find_peer(L, s, AF_UNSPEC, &error);

		if (found < 0) {
			thread_off_close(&s->cleanup);
			release_waits(s);
			return socket_refuse(L, gai_strerror(error));
		}
		if (found == 0) {
			s->waiting = true;
			return thread_wait(L, -1, STAGE_NAME, sendto_continue);
		}
	}
	fill_contact(L, s, &who);
	answer = gate_ask(s->engine->gate, &who, &wait_ms);
	if (answer == GATE_WAIT) {
		s->token = thread_wait_begin(L);
		s->waiting = true;
		return thread_wait(L, wait_ms, STAGE_GATE, sendto_continue);
	}
	if (answer == GATE_NO) {
		thread_off_close(&s->cleanup);
		return socket_fail_io(L, IO_ERROR);
	}
	return sendto_send(L, s, &who);
}

int
socket_sendto(lua_State *L)
{
	struct sock *s = socket_check(L);
	const char *server_name;
	const char *host;
	uint16_t port;
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	host = socket_host_arg(L, 2, &server_name);
	port = socket_port_arg(L, 3, NULL);
	luaL_checkstring(L, 4);
	if (!s->udp || s->ssl != NULL) {
		/* A connected stream has its peer: the address is ignored, as sendto(2) does. */
		lua_settop(L, 4);
		lua_replace(L, 2);
		lua_settop(L, 2);
		return socket_send(L);
	}
	socket_own(L, s);
	socket_deadline(s);
	lua_settop(L, 4);
	lua_pushstring(L, host);
	lua_replace(L, ARG_HOST);
	lua_pushinteger(L, port);
	lua_replace(L, ARG_PORT);
	s->cleanup.run = on_thread_end;
	(void)thread_on_close(L, &s->cleanup);
	return sendto_stage(L, s, STAGE_NAME);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib_socket: `nmap.socket`: the socket object of NSE. This file has the object and what does not wait; connecting is
 * in socket_connect.c, data in socket_data.c. Contract, with the exact texts: nse-modules §1.
 */
#include "engine/lib/lib_socket.h"

#include <arpa/inet.h>
#include <lauxlib.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "engine/lib/cert.h"
#include "engine/lib/lib.h"
#include "engine/net/trace.h"
#include "engine/state.h"
#include "sensor/base/str.h"

struct sock *
socket_check(lua_State *L)
{
	return luaL_checkudata(L, 1, SOCKET_TYPE);
}

void
socket_own(lua_State *L, struct sock *s)
{
	if (s->owner != NULL && s->owner != L)
		luaL_error(
		    L, "Invalid reuse of a socket from one thread to another.");
	s->owner = L;
}

void
socket_deadline(struct sock *s)
{
	s->deadline_ns = s->timeout_ms < 0
			     ? INT64_MAX
			     : mono_now().ns + s->timeout_ms * NS_PER_MS;
}

int
socket_refuse(lua_State *L, const char *text)
{
	lua_pushboolean(L, 0);
	lua_pushstring(L, text);
	return 2;
}

int
socket_fail(lua_State *L, const char *text)
{
	lua_pushnil(L);
	lua_pushstring(L, text);
	return 2;
}

int
socket_fail_io(lua_State *L, enum io io)
{
	return socket_fail(L, io == IO_EOF ? "EOF" : "ERROR");
}

int
socket_wait(
    lua_State *L, struct sock *s, enum io io, lua_KContext ctx, lua_KFunction k)
{
	int64_t left_ms = -1;

	if (s->deadline_ns != INT64_MAX) {
		int64_t left = s->deadline_ns - mono_now().ns;

		left_ms = left <= 0 ? 0 : (left + NS_PER_MS - 1) / NS_PER_MS;
	}
	s->token = thread_wait_begin(L);
	s->waiting = true;
	watch_arm(
	    s->watch, io == IO_WANT_READ ? WATCH_READ : WATCH_WRITE, s->token);
	return thread_wait(L, left_ms, ctx, k);
}

int
socket_waited(lua_State *L, struct sock *s)
{
	enum wake_reason why = thread_resumed(L);

	s->waiting = false;
	if (s->cancelled) {
		s->cancelled = false;
		return socket_fail(L, "CANCELLED");
	}
	if (why == WAKE_TIMEOUT) {
		if (s->watch != NULL)
			watch_disarm(s->watch);
		return socket_fail(L, "TIMEOUT");
	}
	return 0;
}

int
socket_usable(lua_State *L, struct sock *s)
{
	if (s->pcap != NULL)
		return socket_refuse(L, "invalid operation on pcap socket");
	if (s->open)
		return 0;
	if (!s->udp)
		return socket_refuse(L, "socket must be connected");
	if (sock_open(s, s->family) != IO_DONE)
		return luaL_error(
		    L, "Error in setup of iod with proto %d", IPPROTO_UDP);
	return 0;
}

const char *
socket_host_arg(lua_State *L, int arg, const char **server_name)
{
	const char *host;

	*server_name = "";
	if (lua_type(L, arg) != LUA_TTABLE) {
		host = luaL_checkstring(L, arg);
		*server_name = host;
		return host;
	}
	/* The strings stay alive: the table holds them for the call. */
	lua_getfield(L, arg, "targetname");
	if (lua_isstring(L, -1))
		*server_name = lua_tostring(L, -1);
	lua_getfield(L, arg, "ip");
	host = lua_isstring(L, -1) ? lua_tostring(L, -1) : *server_name;
	lua_pop(L, 2);
	if (host[0] == '\0')
		luaL_argerror(
		    L, arg, "host table lacks 'ip' or 'targetname' fields");
	return host;
}

uint16_t
socket_port_arg(lua_State *L, int arg, const char **proto)
{
	lua_Integer port;

	if (lua_type(L, arg) == LUA_TTABLE) {
		lua_getfield(L, arg, "number");
		if (!lua_isinteger(L, -1))
			luaL_argerror(
			    L, arg, "port table lacks integer 'number' field");
		port = lua_tointeger(L, -1);
		lua_getfield(L, arg, "protocol");
		if (proto != NULL && lua_isstring(L, -1))
			*proto = lua_tostring(L, -1);
		lua_pop(L, 2);
	} else {
		port = luaL_checkinteger(L, arg);
	}
	return (uint16_t)port;
}

static int
socket_new(lua_State *L)
{
	static const char *const protos[] = { "tcp", "udp", NULL };
	static const char *const families[] = { "inet", "inet6", NULL };
	struct engine *e = engine_of(L);
	int udp = luaL_checkoption(L, 1, "tcp", protos);
	int inet6 =
	    luaL_checkoption(L, 2, thread_ipv6(L) ? "inet6" : "inet", families);
	struct sock *s = lua_newuserdatauv(L, sizeof(*s), 0);

	sock_init(s, e, udp == 1, inet6 == 1 ? AF_INET6 : AF_INET);
	if (thread_interface(L) != NULL)
		str_copy(s->ifname, sizeof(s->ifname), thread_interface(L));
	luaL_setmetatable(L, SOCKET_TYPE);
	return 1;
}

static int
socket_close(lua_State *L)
{
	struct sock *s = socket_check(L);

	if (!s->open && s->pcap == NULL)
		return socket_refuse(L, "socket already closed");
	trace_event(s, false, "CLOSE");
	sock_close(s);
	s->timeout_ms = SOCK_TIMEOUT_MS;
	s->has_bind = false;
	s->owner = NULL;
	buf_reset(&s->rest);
	lua_pushboolean(L, 1);
	return 1;
}

static int
socket_gc(lua_State *L)
{
	struct sock *s = socket_check(L);

	if (s->open || s->pcap != NULL)
		trace_event(s, false, "CLOSE");
	thread_off_close(&s->cleanup);
	if (s->cleanup.run != NULL)
		s->cleanup.run(&s->cleanup);
	s->waiting = false;
	sock_fini(s);
	return 0;
}

static int
socket_set_timeout(lua_State *L)
{
	struct sock *s = socket_check(L);
	lua_Number ms = luaL_checknumber(L, 2);

	ms = floor(ms);
	if (!(ms >= -1))
		return luaL_error(L, "Negative timeout: %f", ms);
	s->timeout_ms = ms > 1e12 ? -1 : (int64_t)ms;
	lua_pushboolean(L, 1);
	return 1;
}

static int
socket_bind(lua_State *L)
{
	struct sock *s = socket_check(L);
	const char *host = luaL_optstring(L, 2, NULL);
	lua_Integer port = luaL_checkinteger(L, 3);
	struct addrinfo hints = { .ai_family =
				      thread_ipv6(L) ? AF_INET6 : AF_INET,
		.ai_flags = AI_NUMERICHOST | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	char service[24];
	int err;

	if (host != NULL)
		hints.ai_family = AF_UNSPEC;
	(void)snprintf(service, sizeof(service), "%u", (unsigned)port & 0xffff);
	err = getaddrinfo(host, service, &hints, &ai);
	if (err != 0) {
		lua_pushboolean(L, 0);
		lua_pushfstring(L, "getaddrinfo: %s", gai_strerror(err));
		return 2;
	}
	memcpy(&s->bind, ai->ai_addr, ai->ai_addrlen);
	s->has_bind = true;
	if (host != NULL && s->udp)
		s->family = ai->ai_family;
	freeaddrinfo(ai);
	lua_pushboolean(L, 1);
	return 1;
}

static void
push_endpoint(lua_State *L, const struct endpoint *ep, bool known)
{
	char text[ADDR_TEXT];

	lua_pushstring(
	    L, known ? addr_fmt(&ep->addr, text) : "unknown protocol");
	lua_pushinteger(L, known ? ep->port : 0);
}

static int
socket_get_info(lua_State *L)
{
	struct sock *s = socket_check(L);
	struct endpoint local;
	bool known = false;
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	known = addr_is_set(&s->peer.addr) && sock_local(s, &local);
	lua_pushboolean(L, 1);
	push_endpoint(L, &local, known);
	push_endpoint(L, &s->peer, known);
	return 5;
}

static int
socket_get_ssl_certificate(lua_State *L)
{
	struct sock *s = socket_check(L);
	struct x509_st *x509;
	int n;

	if (s->ssl == NULL)
		return luaL_error(L, "not a SSL socket");
	x509 = sock_peer_certificate(s);
	if (x509 == NULL) {
		lua_pushnil(L);
		return 1;
	}
	n = cert_push(L, x509);
	X509_free(x509);
	return n;
}

static int
sleep_continue(lua_State *L, int status, lua_KContext ctx)
{
	(void)status;
	(void)ctx;
	(void)thread_resumed(L);
	return 0;
}

static int
socket_sleep(lua_State *L)
{
	lua_Number s = luaL_checknumber(L, 1);

	if (!(s >= 0))
		return luaL_error(
		    L, "argument to sleep (%f) must not be negative\n", s);
	(void)thread_wait_begin(L);
	return thread_wait(L,
	    s > 1e9 ? INT64_C(1000000000000) : (int64_t)(s * 1000 + 0.5), 0,
	    sleep_continue);
}

static int
socket_get_stats(lua_State *L)
{
	lua_createtable(L, 0, 1);
	lua_pushinteger(L, (lua_Integer)engine_of(L)->slots.waiting);
	lua_setfield(L, -2, "connect_waiting");
	return 1;
}

static const luaL_Reg methods[] = {
	{ "bind", socket_bind },
	{ "close", socket_close },
	{ "connect", socket_connect },
	{ "get_info", socket_get_info },
	{ "get_ssl_certificate", socket_get_ssl_certificate },
	{ "pcap_close", socket_close },
	{ "pcap_open", socket_pcap_open },
	{ "pcap_receive", socket_pcap_receive },
	{ "receive", socket_receive },
	{ "receive_buf", socket_receive_buf },
	{ "receive_bytes", socket_receive_bytes },
	{ "receive_lines", socket_receive_lines },
	{ "reconnect_ssl", socket_reconnect_ssl },
	{ "send", socket_send },
	{ "sendto", socket_sendto },
	{ "set_timeout", socket_set_timeout },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "new", socket_new },
	{ "parse_ssl_certificate", cert_parse },
	{ "sleep", socket_sleep },
	{ "get_stats", socket_get_stats },
	{ NULL, NULL },
};

static int
socket_open(lua_State *L)
{
	luaL_newmetatable(L, SOCKET_TYPE);
	luaL_newlib(L, methods);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, socket_gc);
	lua_setfield(L, -2, "__gc");
	lua_newtable(L);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	return 1;
}

const struct nse_lib lib_socket = { .name = "nmap.socket",
	.open = socket_open };

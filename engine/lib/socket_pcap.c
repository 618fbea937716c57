/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_pcap: packet capture by NSE's socket object: pcap_open and pcap_receive; closing is the socket's own close.
 *
 * The handle belongs to the socket and counts among the engine's open ones, so the kill switch closes it too. Capture
 * sends nothing, but it sees everybody's packets: it needs the scope's leave for raw access.
 */
#include <lauxlib.h>
#include <limits.h>

#include "engine/lib/lib_socket.h"
#include "engine/net/pcapsock.h"
#include "engine/state.h"
#include "sensor/base/log.h"

static void
on_close(struct sock *s)
{
	LIST_REMOVE(s, open_link);
	watch_free(s->watch);
	s->watch = NULL;
	pcapsock_free(s->pcap);
	s->pcap = NULL;
}

static int
may_capture(const struct sock *s, struct errbuf *eb)
{
	const struct scope *scope = gate_scope(s->engine->gate);

	if (!s->engine->opt.privileged)
		return err_set(eb, ES_E(DENIED), "not privileged");
	if (scope->halted || !scope->raw)
		return err_set(eb, ES_E(DENIED), "the scope has no raw access");
	return 0;
}

static int
start(struct sock *s, const struct pcapsock_options *o, struct errbuf *eb)
{
	struct pcapsock *p;
	int rc = may_capture(s, eb);

	if (rc == 0)
		rc = pcapsock_open(o, &p, eb);
	if (rc != 0)
		return rc;
	rc = watch_new(s->engine, pcapsock_fd(p), &s->watch);
	if (rc != 0) {
		pcapsock_free(p);
		return err_set(eb, rc, "cannot watch the handle");
	}
	s->pcap = p;
	s->pcap_close = on_close;
	LIST_INSERT_HEAD(&s->engine->socks, s, open_link);
	return 0;
}

/* (socket, device, snaplen, promisc, filter): no results, as scripts expect. */
int
socket_pcap_open(lua_State *L)
{
	struct sock *s = socket_check(L);
	struct pcapsock_options o = { .device = luaL_checkstring(L, 2) };
	lua_Integer snaplen = luaL_checkinteger(L, 3);
	struct errbuf eb;

	luaL_checktype(L, 4, LUA_TBOOLEAN);
	o.promisc = lua_toboolean(L, 4);
	o.filter = luaL_checkstring(L, 5);
	luaL_argcheck(
	    L, !s->open && s->pcap == NULL, 1, "socket is already open");
	luaL_argcheck(L, o.device[0] != '\0', 2, "bad device name");
	luaL_argcheck(L, snaplen >= 0 && snaplen <= INT_MAX, 3, "out of range");
	o.snaplen = (int)snaplen;
	if (start(s, &o, &eb) != 0) {
		log_err("pcap", "capture refused script=%s: %s",
		    thread_script(L), eb.text);
		return luaL_error(L, "can't open pcap reader on %s", o.device);
	}
	return 0;
}

static int
receive_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	struct pcapsock_packet pkt;
	int rc;

	(void)status;
	if (ctx != 0) {
		int n = socket_waited(L, s);

		if (n != 0)
			return n;
	}
	rc = pcapsock_next(s->pcap, &pkt);
	if (rc == ES_E(AGAIN))
		return socket_wait(L, s, IO_WANT_READ, 1, receive_continue);
	if (rc != 0)
		return socket_fail_io(L, IO_ERROR);
	lua_pushboolean(L, 1);
	lua_pushinteger(L, (lua_Integer)pkt.len);
	lua_pushlstring(L, (const char *)pkt.data, pkt.l2_len);
	lua_pushlstring(
	    L, (const char *)pkt.data + pkt.l2_len, pkt.caplen - pkt.l2_len);
	lua_pushnumber(L, pkt.time);
	return 5;
}

/* Returns true, length on the wire, link header, the rest, and the time; or nil and a word. */
int
socket_pcap_receive(lua_State *L)
{
	struct sock *s = socket_check(L);

	luaL_argcheck(L, s->pcap != NULL, 1, "not a pcap socket");
	socket_own(L, s);
	socket_deadline(s);
	return receive_continue(L, LUA_OK, 0);
}

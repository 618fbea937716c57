/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dnet: `nmap.dnet`: frames and IP packets that scripts build. Every packet passes the gate, which reads the
 * destination from the packet itself; a rate that is used up makes the script wait, all else is an answer at once.
 *
 * An object holds at most one interface and one raw socket per family; both go with it.
 */
#include <errno.h>
#include <lauxlib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/lib/lib.h"
#include "engine/lib/lib_socket.h"
#include "engine/lib/nmap_ifaces.h"
#include "engine/net/inject.h"
#include "engine/net/resolver.h"
#include "engine/state.h"
#include "sensor/base/log.h"

#define DNET_TYPE "nmap.dnet"

struct dnet {
	struct engine *engine;
	struct inject_link *link; /* NULL = no interface open */
	char device[32];
	int fd4; /* -1 = not open */
	int fd6;
	struct lookup *lookup; /* of the ip_send under way */
	struct wait_token token;
	struct endpoint to;
};

enum stage {
	STAGE_NAME,
	STAGE_GATE
};

/* Arguments of a send under way. */
enum {
	ARG_DNET = 1,
	ARG_PACKET,
	ARG_DST
};

static struct dnet *
check_dnet(lua_State *L)
{
	return luaL_checkudata(L, ARG_DNET, DNET_TYPE);
}

static bool
traced(const struct dnet *d)
{
	return d->engine->opt.script_trace || d->engine->opt.debugging >= 3;
}

static int
push_true(lua_State *L)
{
	lua_pushboolean(L, 1);
	return 1;
}

/* ---- the gate ---- */

static struct contact
contact_of(lua_State *L)
{
	thread_asks(L);
	return (struct contact){ .target_id = thread_target_id(L),
		.script = thread_script(L) };
}

/*
 * Ask for the packet at ARG_PACKET. 0 = go, with *c filled; else return the result: the packet is refused, or the
 * thread waits for the rate and goes on in @p k at STAGE_GATE.
 */
static int
ask_gate(lua_State *L, struct dnet *d, bool ethernet, struct contact *c,
    lua_KFunction k)
{
	size_t len;
	const char *packet = lua_tolstring(L, ARG_PACKET, &len);
	int64_t wait_ms = 0;

	*c = contact_of(L);
	switch (gate_ask_packet(
	    d->engine->gate, c, packet, len, ethernet, &wait_ms)) {
	case GATE_GO:
		return 0;
	case GATE_NO:
		return socket_refuse(L, "not permitted by the scope");
	case GATE_WAIT:
		break;
	}
	(void)thread_wait_begin(L);
	return thread_wait(L, wait_ms, STAGE_GATE, k);
}

/* Tell the audit about one packet that was allowed. */
static void
account(struct dnet *d, const struct contact *c, size_t len, bool sent)
{
	struct gate_contact gc = { .open = false };
	struct addr src = { .family = 0 };

	gate_contact_open(d->engine->gate, &gc, c, &src, 0);
	if (sent)
		gate_contact_count(d->engine->gate, &gc, len, 0);
	gate_contact_close(d->engine->gate, &gc, sent ? ES_OK : ES_ERR_SYS);
}

/* ---- frames ---- */

static void
link_close(struct dnet *d)
{
	if (d->link != NULL && traced(d))
		engine_printf(d->engine, "NSE: Ethernet close %s\n", d->device);
	inject_link_free(d->link);
	d->link = NULL;
}

static int
ethernet_open(lua_State *L)
{
	struct dnet *d = check_dnet(L);
	size_t len;
	const char *device = luaL_checklstring(L, 2, &len);
	struct errbuf eb = { .text = "not privileged" };

	link_close(d);
	if (len >= sizeof(d->device) || !d->engine->opt.privileged ||
	    inject_link_open(device, &d->link, &eb) != 0) {
		log_info("dnet", "no frames for script=%s: %s",
		    thread_script(L), eb.text);
		return luaL_error(
		    L, "unable to open dnet on ethernet interface %s", device);
	}
	memcpy(d->device, device, len + 1);
	if (traced(d))
		engine_printf(d->engine, "NSE: Ethernet open %s\n", d->device);
	return push_true(L);
}

static int
ethernet_close(lua_State *L)
{
	link_close(check_dnet(L));
	return push_true(L);
}

static int frame_continue(lua_State *L, int status, lua_KContext ctx);

static int
frame_send(lua_State *L, struct dnet *d)
{
	size_t len;
	const char *frame = lua_tolstring(L, ARG_PACKET, &len);
	struct contact c;
	int n = ask_gate(L, d, true, &c, frame_continue);
	int rc;

	if (n != 0)
		return n;
	if (traced(d))
		engine_printf(d->engine,
		    "NSE: Ethernet frame (%zu bytes) > %s\n", len, d->device);
	rc = inject_link_send(d->link, frame, len);
	account(d, &c, len, rc == 0);
	if (rc != 0)
		return socket_refuse(L, "netutil_eth_send error: -1");
	return push_true(L);
}

static int
frame_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct dnet *d = check_dnet(L);

	(void)status;
	(void)ctx;
	(void)thread_resumed(L);
	if (d->link == NULL)
		return socket_refuse(L, "dnet ethernet interface is not open");
	return frame_send(L, d);
}

static int
ethernet_send(lua_State *L)
{
	struct dnet *d = check_dnet(L);

	luaL_checkstring(L, ARG_PACKET);
	if (d->link == NULL)
		return luaL_error(L, "dnet ethernet interface is not open");
	return frame_send(L, d);
}

/* ---- IP packets ---- */

static void
ip_fds_close(struct dnet *d)
{
	if ((d->fd4 >= 0 || d->fd6 >= 0) && traced(d))
		engine_printf(d->engine, "NSE: raw IP socket close\n");
	if (d->fd4 >= 0)
		close(d->fd4);
	if (d->fd6 >= 0)
		close(d->fd6);
	d->fd4 = d->fd6 = -1;
}

/* The raw socket of a family, opened when it is needed; negative when it cannot be had. */
static int
ip_fd(struct dnet *d, uint8_t family)
{
	int *fd = family == 4 ? &d->fd4 : &d->fd6;

	if (*fd < 0 && d->engine->opt.privileged) {
		*fd = inject_ip_open(family == 4 ? AF_INET : AF_INET6);
		if (*fd >= 0 && traced(d))
			engine_printf(d->engine, "NSE: raw IP socket open\n");
	}
	return *fd;
}

static int
ip_open(lua_State *L)
{
	struct dnet *d = check_dnet(L);

	/* Sending opens what it needs; this only makes a failure show in the trace early. */
	(void)ip_fd(d, d->engine->opt.ipv6 ? 6 : 4);
	return push_true(L);
}

static int
ip_close(lua_State *L)
{
	ip_fds_close(check_dnet(L));
	return push_true(L);
}

static int ip_continue(lua_State *L, int status, lua_KContext ctx);

/* The packet is whole; d->to is where it shall go. */
static int
packet_send(lua_State *L, struct dnet *d)
{
	size_t len;
	const char *packet = lua_tolstring(L, ARG_PACKET, &len);
	struct contact c;
	struct addr inside;
	char text[ADDR_TEXT];
	int err;
	int fd;
	int n;

	if (!inject_ip_parse(packet, len, &inside) ||
	    inside.family != d->to.addr.family)
		return socket_refuse(
		    L, "packet and destination are of different families");
	/* Where the packet goes and what it says must both be permitted: a gateway would take the latter. */
	if (!addr_eq(&inside, &d->to.addr) &&
	    scope_check(gate_scope(d->engine->gate), &d->to.addr, 0, 0) !=
		SCOPE_ALLOWED)
		return socket_refuse(L, "not permitted by the scope");
	n = ask_gate(L, d, false, &c, ip_continue);
	if (n != 0)
		return n;
	fd = ip_fd(d, inside.family);
	if (fd < 0)
		return luaL_error(L, "raw socket not open to send");
	if (traced(d))
		engine_printf(d->engine, "NSE: RAW SEND %zu bytes > %s\n", len,
		    addr_fmt(&d->to.addr, text));
	n = inject_ip_send(fd, packet, len, &d->to.addr, d->to.zone);
	err = errno;
	account(d, &c, len, n == 0);
	if (n == 0)
		return push_true(L);
	lua_pushboolean(L, 0);
	if (err == ENETUNREACH || err == EHOSTUNREACH)
		lua_pushfstring(
		    L, "Can't find route to %s", addr_fmt(&d->to.addr, text));
	else
		lua_pushfstring(L, "error while sending: %s (errno %d)",
		    strerror(err), err);
	return 2;
}

/* Take the result of the look-up under way. */
static int
name_found(lua_State *L, struct dnet *d)
{
	struct lookup *l = d->lookup;
	bool found = l->count > 0;

	if (found)
		d->to = l->found[0];
	d->lookup = NULL;
	if (!found) {
		const char *text = gai_strerror(l->error);

		lookup_free(l);
		return socket_refuse(L, text);
	}
	lookup_free(l);
	return packet_send(L, d);
}

static int
ip_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct dnet *d = check_dnet(L);

	(void)status;
	(void)thread_resumed(L);
	return ctx == STAGE_NAME ? name_found(L, d) : packet_send(L, d);
}

static int
find_destination(lua_State *L, struct dnet *d)
{
	const char *server_name;
	const char *host = socket_host_arg(L, ARG_DST, &server_name);
	struct contact c = contact_of(L);
	struct wait_token token;

	if (resolver_literal(host, &d->to))
		return packet_send(L, d);
	lookup_free(d->lookup);
	d->lookup = NULL;
	token = thread_wait_begin(L);
	if (resolver_start(d->engine, &c, host, AF_UNSPEC, token, &d->lookup) !=
	    0)
		return socket_refuse(L, "cannot look the name up");
	if (d->lookup->done)
		return name_found(L, d);
	return thread_wait(L, -1, STAGE_NAME, ip_continue);
}

/* (dnet, packet [, destination]) */
static int
ip_send(lua_State *L)
{
	struct dnet *d = check_dnet(L);
	size_t len;
	const char *packet = luaL_checklstring(L, ARG_PACKET, &len);

	d->to = (struct endpoint){ .port = 0 };
	if (!inject_ip_parse(packet, len, &d->to.addr))
		return luaL_error(L, "can't parse ip packet");
	if (lua_isnoneornil(L, ARG_DST))
		return packet_send(L, d);
	return find_destination(L, d);
}

/* ---- the object ---- */

static int new (lua_State *L)
{
	struct dnet *d = lua_newuserdatauv(L, sizeof(*d), 0);

	*d = (struct dnet){ .engine = engine_of(L), .fd4 = -1, .fd6 = -1 };
	luaL_setmetatable(L, DNET_TYPE);
	return 1;
}

static int
collect(lua_State *L)
{
	struct dnet *d = check_dnet(L);

	link_close(d);
	ip_fds_close(d);
	lookup_free(d->lookup);
	d->lookup = NULL;
	return 0;
}

static const luaL_Reg methods[] = {
	{ "ethernet_open", ethernet_open },
	{ "ethernet_close", ethernet_close },
	{ "ethernet_send", ethernet_send },
	{ "ip_open", ip_open },
	{ "ip_close", ip_close },
	{ "ip_send", ip_send },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "new", new },
	{ "get_interface_info", nmap_get_interface_info },
	{ NULL, NULL },
};

static int
dnet_open(lua_State *L)
{
	luaL_newmetatable(L, DNET_TYPE);
	luaL_newlib(L, methods);
	lua_setfield(L, -2, "__index");
	lua_pushcfunction(L, collect);
	lua_setfield(L, -2, "__gc");
	lua_newtable(L);
	lua_setfield(L, -2, "__metatable");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	return 1;
}

const struct nse_lib lib_dnet = { .name = "nmap.dnet", .open = dnet_open };

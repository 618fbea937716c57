/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nmap_ifaces: interfaces as tables with the fields that scripts know.
 */
#include "engine/lib/nmap_ifaces.h"

#include <lauxlib.h>

#include "engine/net/ifaces.h"
#include "engine/thread.h"
#include "sensor/base/err.h"

static const char *
link_word(enum iface_link link)
{
	switch (link) {
	case IFACE_ETHERNET:
		return "ethernet";
	case IFACE_LOOPBACK:
		return "loopback";
	case IFACE_P2P:
		return "p2p";
	case IFACE_OTHER:
		break;
	}
	return "other";
}

static void
set_string(lua_State *L, const char *key, const char *value)
{
	lua_pushstring(L, value);
	lua_setfield(L, -2, key);
}

static void
set_addr(lua_State *L, const char *key, const struct addr *a)
{
	char text[ADDR_TEXT];

	set_string(L, key, addr_fmt(a, text));
}

static void
push_iface(lua_State *L, const struct iface *f)
{
	lua_createtable(L, 0, 9);
	set_string(L, "device", f->name);
	set_string(L, "shortname", f->device);
	set_string(L, "link", link_word(f->link));
	set_string(L, "up", f->up ? "up" : "down");
	lua_pushinteger(L, f->prefix);
	lua_setfield(L, -2, "netmask");
	lua_pushinteger(L, f->mtu);
	lua_setfield(L, -2, "mtu");
	if (addr_is_set(&f->addr))
		set_addr(L, "address", &f->addr);
	if (f->has_mac) {
		lua_pushlstring(L, (const char *)f->mac.b, sizeof(f->mac.b));
		lua_setfield(L, -2, "mac");
	}
	if (f->has_broadcast)
		set_addr(L, "broadcast", &f->broadcast);
}

int
nmap_list_interfaces(lua_State *L)
{
	int count = ifaces_get(NULL, 0);
	struct iface *all;
	int now;
	int i;

	if (count < 0) {
		lua_pushboolean(L, 0);
		lua_pushliteral(L, "cannot list the interfaces");
		return 2;
	}
	all = lua_newuserdatauv(L, ((size_t)count + 1) * sizeof(*all), 0);
	now = ifaces_get(all, (size_t)count);
	lua_createtable(L, count, 0);
	for (i = 0; i < count && i < now; i++) {
		push_iface(L, &all[i]);
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

int
nmap_get_interface_info(lua_State *L)
{
	size_t len;
	const char *name = luaL_checklstring(L, 1, &len);
	struct iface f;

	luaL_argcheck(L, len < IFACE_NAME, 1, "device name too long");
	if (ifaces_find(name, engine_ipv6(engine_of(L)) ? 6 : 4, &f) != 0)
		return luaL_argerror(
		    L, 1, "device not found or no address configured");
	push_iface(L, &f);
	return 1;
}

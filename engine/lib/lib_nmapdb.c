/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nmapdb: look-ups in the data files (services, protocols, makers of network cards) for scripts; a binding of
 * engine/netdb.
 */
#include <lauxlib.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "engine/lib/lib.h"
#include "engine/netdb.h"
#include "engine/thread.h"
#include "sensor/base/cursor.h"

static struct netdb *
netdb_of(lua_State *L)
{
	return engine_netdb(engine_of(L));
}

static int
push_name(lua_State *L, const char *name)
{
	if (name == NULL)
		lua_pushnil(L);
	else
		lua_pushstring(L, name);
	return 1;
}

static int
hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Six raw octets, or 12 digits with colons allowed between pairs, and nothing behind them. */
static bool
parse_mac(const char *s, size_t len, struct mac *out)
{
	struct cursor cur = cur_new(s, len);
	size_t i;

	if (len == sizeof(out->b)) {
		cur_copy(&cur, out->b, sizeof(out->b));
		return true;
	}
	for (i = 0; i < sizeof(out->b); i++) {
		int hi;
		int lo;

		if (i > 0 && cur_peek(&cur, 0) == ':')
			cur_skip(&cur, 1);
		hi = hex_digit(cur_u8(&cur));
		lo = hex_digit(cur_u8(&cur));
		if (hi < 0 || lo < 0)
			return false;
		out->b[i] = (uint8_t)(hi << 4 | lo);
	}
	return !cur_bad(&cur) && cur_left(&cur) == 0;
}

static int
mac2corp(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	struct mac mac;

	if (!parse_mac(s, len, &mac))
		return luaL_error(L, "Expected a 6-byte MAC address");
	return push_name(L, netdb_vendor(netdb_of(L), &mac));
}

static int
getservbyport(lua_State *L)
{
	static const char *const words[] = { "tcp", "udp", "sctp", NULL };
	static const unsigned protos[] = { IPPROTO_TCP, IPPROTO_UDP,
		IPPROTO_SCTP };
	lua_Integer port = luaL_checkinteger(L, 1);
	unsigned proto = protos[luaL_checkoption(L, 2, NULL, words)];
	const char *name;

	if (port < 0 || port > UINT16_MAX)
		return luaL_error(L, "Port number out of range");
	name = netdb_service(netdb_of(L), proto, (uint16_t)port);
	/* The file's word for a port that is only counted. */
	if (name != NULL && strcmp(name, "unknown") == 0)
		name = NULL;
	return push_name(L, name);
}

static int
getprotbynum(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);

	if (n < 0 || n > UINT8_MAX)
		return luaL_error(L, "Protocol number out of range");
	return push_name(L, netdb_protocol_name(netdb_of(L), (unsigned)n));
}

static int
getprotbyname(lua_State *L)
{
	int n = netdb_protocol_number(netdb_of(L), luaL_checkstring(L, 1));

	if (n < 0)
		lua_pushnil(L);
	else
		lua_pushinteger(L, n);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "mac2corp", mac2corp },
	{ "getservbyport", getservbyport },
	{ "getprotbynum", getprotbynum },
	{ "getprotbyname", getprotbyname },
	{ NULL, NULL },
};

static int
nmapdb_open(lua_State *L)
{
	luaL_newlib(L, functions);
	return 1;
}

const struct nse_lib lib_nmapdb = { .name = "nmapdb", .open = nmapdb_open };

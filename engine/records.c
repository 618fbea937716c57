/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records: the host and port records of groups as scripts and the core see them (nse-core §6.2, §6.3, §6.9, §6.10).
 * Tables handed out are copies; only the two set functions change a record.
 */
#include <jansson.h>
#include <lauxlib.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"
#include "sensor/base/str.h"

#define JSON_DEPTH 16

static void
set_string(lua_State *L, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	lua_pushstring(L, value);
	lua_setfield(L, -2, key);
}

static void
set_octets(lua_State *L, const char *key, const void *p, size_t n)
{
	lua_pushlstring(L, p, n);
	lua_setfield(L, -2, key);
}

static void
set_integer(lua_State *L, const char *key, lua_Integer v)
{
	lua_pushinteger(L, v);
	lua_setfield(L, -2, key);
}

static void
set_number(lua_State *L, const char *key, lua_Number v)
{
	lua_pushnumber(L, v);
	lua_setfield(L, -2, key);
}

/* What was heard, as tables. Anything deeper than JSON_DEPTH becomes nil. */
static void
push_json(lua_State *L, json_t *v, int depth)
{
	const char *key;
	json_t *item;
	size_t i;

	luaL_checkstack(L, 4, "JSON");
	switch (depth > JSON_DEPTH ? JSON_NULL : json_typeof(v)) {
	case JSON_OBJECT:
		lua_newtable(L);
		json_object_foreach(v, key, item)
		{
			push_json(L, item, depth + 1);
			lua_setfield(L, -2, key);
		}
		break;
	case JSON_ARRAY:
		lua_newtable(L);
		json_array_foreach(v, i, item)
		{
			push_json(L, item, depth + 1);
			lua_rawseti(L, -2, (lua_Integer)i + 1);
		}
		break;
	case JSON_STRING:
		lua_pushlstring(L, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		lua_pushinteger(L, json_integer_value(v));
		break;
	case JSON_REAL:
		lua_pushnumber(L, json_real_value(v));
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		lua_pushboolean(L, json_is_true(v));
		break;
	case JSON_NULL:
		lua_pushnil(L);
		break;
	}
}

static int
heard_protected(lua_State *L)
{
	push_json(L, lua_touserdata(L, 1), 0);
	return 1;
}

static void
set_heard(lua_State *L, const char *text)
{
	json_t *v = text == NULL ? NULL : json_loads(text, 0, NULL);

	if (v == NULL)
		return;
	lua_pushcfunction(L, heard_protected);
	lua_pushlightuserdata(L, v);
	if (lua_pcall(L, 1, 1, 0) == LUA_OK)
		lua_setfield(L, -2, "heard");
	else
		lua_pop(L, 1);
	json_decref(v);
}

static void
set_traceroute(lua_State *L, const struct nse_host *h)
{
	char text[ADDR_TEXT];

	if (h->hops == NULL)
		return;
	lua_newtable(L);
	for (size_t i = 0; i < h->nhops; i++) {
		const struct nse_hop *hop = &h->hops[i];

		lua_newtable(L);
		if (addr_is_set(&hop->addr)) {
			set_string(L, "ip", addr_fmt(&hop->addr, text));
			set_string(L, "name", hop->name);
			lua_newtable(L);
			set_number(L, "srtt", hop->srtt_s);
			lua_setfield(L, -2, "times");
			set_number(L, "srtt", hop->srtt_s);
		}
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	lua_setfield(L, -2, "traceroute");
}

static void
set_link(lua_State *L, const struct nse_host *h)
{
	if (h->direct >= 0) {
		lua_pushboolean(L, h->direct);
		lua_setfield(L, -2, "directly_connected");
	}
	if (h->has_mac)
		set_octets(L, "mac_addr", h->mac.b, sizeof(h->mac.b));
	if (h->has_mac_src)
		set_octets(
		    L, "mac_addr_src", h->mac_src.b, sizeof(h->mac_src.b));
	if (h->has_mac_next_hop)
		set_octets(L, "mac_addr_next_hop", h->mac_next_hop.b,
		    sizeof(h->mac_next_hop.b));
	set_string(L, "interface", h->ifname);
	set_integer(L, "interface_mtu", h->mtu);
	if (addr_is_set(&h->src))
		set_octets(L, "bin_ip_src", h->src.b, addr_len(&h->src));
}

void
records_push_host(lua_State *L, const struct nse_host *h)
{
	char text[ADDR_TEXT];

	lua_createtable(L, 0, 20);
	addr_fmt(&h->addr, text);
	if (h->zone[0] != '\0')
		lua_pushfstring(L, "%s%%%s", text, h->zone);
	else
		lua_pushstring(L, text);
	lua_setfield(L, -2, "ip");
	lua_pushstring(L, h->name);
	lua_setfield(L, -2, "name");
	set_string(L, "targetname", h->targetname);
	set_string(L, "reason", h->reason);
	set_integer(L, "reason_ttl", h->reason_ttl);
	set_octets(L, "bin_ip", h->addr.b, addr_len(&h->addr));
	set_link(L, h);
	lua_createtable(L, 0, 3);
	set_number(L, "srtt", h->srtt_s);
	set_number(L, "rttvar", h->rttvar_s);
	set_number(L, "timeout", h->timeout_s);
	lua_setfield(L, -2, "times");
	set_traceroute(L, h);
	set_heard(L, h->heard);
}

static void
push_version(lua_State *L, const struct nse_port *p)
{
	const struct service *v = &p->svc;

	lua_createtable(L, 0, 10);
	set_string(L, "name", v->name);
	set_number(L, "name_confidence", v->confidence);
	set_string(L, "product", v->product);
	set_string(L, "version", v->version);
	set_string(L, "extrainfo", v->extrainfo);
	set_string(L, "hostname", v->hostname);
	set_string(L, "ostype", v->ostype);
	set_string(L, "devicetype", v->devicetype);
	set_string(
	    L, "service_tunnel", v->tunnel[0] == '\0' ? "none" : v->tunnel);
	if (p->fp != NULL)
		set_string(L, "service_fp", p->fp);
	set_string(L, "service_dtype", p->probed ? "probed" : "table");
	lua_newtable(L);
	for (size_t i = 0; i < ES_ARRAY_LEN(v->cpe); i++) {
		if (v->cpe[i][0] == '\0')
			continue;
		lua_pushstring(L, v->cpe[i]);
		lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
	}
	lua_setfield(L, -2, "cpe");
}

void
records_push_port(lua_State *L, const struct nse_port *p)
{
	lua_createtable(L, 0, 8);
	set_integer(L, "number", p->svc.port);
	set_string(L, "protocol", proto_text(p->svc.proto));
	set_string(L, "state", port_state_text((enum port_state)p->svc.state));
	set_string(L, "reason", p->reason);
	set_integer(L, "reason_ttl", p->reason_ttl);
	set_string(L, "service", p->svc.name);
	push_version(L, p);
	lua_setfield(L, -2, "version");
	set_heard(L, p->heard);
}

struct run *
records_run(lua_State *L)
{
	struct run *r = run_find(engine_of(L), luaL_checkinteger(L, 1));

	if (r == NULL)
		luaL_error(L, "host is not being processed right now");
	return r;
}

struct nse_host *
records_host(lua_State *L, struct run *r)
{
	lua_Integer i = luaL_checkinteger(L, 2);

	luaL_argcheck(L, i >= 1 && (size_t)i <= r->group.nhosts, 2, "no host");
	return &r->group.hosts[i - 1];
}

struct nse_port *
records_port(lua_State *L, struct nse_host *h)
{
	lua_Integer i = luaL_checkinteger(L, 3);

	luaL_argcheck(L, i >= 1 && (size_t)i <= h->nports, 3, "no port");
	return &h->ports[i - 1];
}

/* host_table(run, host) */
static int
record_host_table(lua_State *L)
{
	records_push_host(L, records_host(L, records_run(L)));
	return 1;
}

/* port_table(run, host, port) */
static int
record_port_table(lua_State *L)
{
	records_push_port(L, records_port(L, records_host(L, records_run(L))));
	return 1;
}

/* host_count(run) */
static int
record_host_count(lua_State *L)
{
	lua_pushinteger(L, (lua_Integer)records_run(L)->group.nhosts);
	return 1;
}

/* port_count(run, host) */
static int
record_port_count(lua_State *L)
{
	lua_pushinteger(
	    L, (lua_Integer)records_host(L, records_run(L))->nports);
	return 1;
}

/* port_askable(run, host, port): may portrules see it? */
static int
record_port_askable(lua_State *L)
{
	const struct nse_port *p =
	    records_port(L, records_host(L, records_run(L)));

	lua_pushboolean(L, p->svc.state == PORT_OPEN ||
			       p->svc.state == PORT_OPEN_FILTERED ||
			       p->svc.state == PORT_UNFILTERED);
	return 1;
}

/* host_timed_out(run, host) */
static int
record_host_timed_out(lua_State *L)
{
	lua_pushboolean(L, records_host(L, records_run(L))->timed_out);
	return 1;
}

static bool
host_matches(const struct nse_host *h, const char *ip, const char *targetname)
{
	char text[ADDR_TEXT];

	if (ip == NULL)
		return targetname != NULL &&
		       strcmp(h->targetname, targetname) == 0;
	addr_fmt(&h->addr, text);
	return strncmp(ip, text, strlen(text)) == 0 &&
	       (ip[strlen(text)] == '\0' || ip[strlen(text)] == '%');
}

/* host_find(run or nil, ip or nil, targetname or nil) -> run, host: in this run first, then in any. */
static int
record_host_find(lua_State *L)
{
	struct engine *e = engine_of(L);
	struct run *first =
	    lua_isinteger(L, 1) ? run_find(e, lua_tointeger(L, 1)) : NULL;
	const char *ip = lua_tostring(L, 2);
	const char *name = lua_tostring(L, 3);
	struct run *r = first != NULL ? first : LIST_FIRST(&e->runs);

	while (r != NULL) {
		for (size_t i = 0; i < r->group.nhosts; i++) {
			if (!host_matches(&r->group.hosts[i], ip, name))
				continue;
			lua_pushinteger(L, r->handle);
			lua_pushinteger(L, (lua_Integer)i + 1);
			return 2;
		}
		if (r == first)
			r = LIST_FIRST(&e->runs);
		else
			r = LIST_NEXT(r, link);
		if (r == first && r != NULL)
			r = LIST_NEXT(r, link);
	}
	return 0;
}

void
records_register(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "host_count", record_host_count },
		{ "host_find", record_host_find },
		{ "host_table", record_host_table },
		{ "host_timed_out", record_host_timed_out },
		{ "port_askable", record_port_askable },
		{ "port_count", record_port_count },
		{ "port_table", record_port_table },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, functions, 0);
	records_ports_register(L);
}

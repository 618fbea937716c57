/* SPDX-License-Identifier: Apache-2.0 */
/*
 * records_ports: finding ports in the records of a host, and the two ways in which scripts change them.
 */
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/netdb.h"
#include "engine/state.h"
#include "sensor/base/str.h"

/* port_find(run, host, number, proto) -> port or nil */
static int
record_port_find(lua_State *L)
{
	const struct nse_host *h = records_host(L, records_run(L));
	lua_Integer number = luaL_checkinteger(L, 3);
	unsigned proto = proto_parse(luaL_checkstring(L, 4));

	for (size_t i = 0; i < h->nports; i++) {
		const struct service *v = &h->ports[i].svc;

		if (v->port == number && v->proto == proto) {
			lua_pushinteger(L, (lua_Integer)i + 1);
			return 1;
		}
	}
	return 0;
}

/* port_next(run, host, number or -1, proto, state) -> port: the smallest number above with that state. */
static int
record_port_next(lua_State *L)
{
	const struct nse_host *h = records_host(L, records_run(L));
	lua_Integer after = luaL_checkinteger(L, 3);
	unsigned proto = proto_parse(luaL_checkstring(L, 4));
	const char *state = luaL_checkstring(L, 5);
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < h->nports; i++) {
		const struct service *v = &h->ports[i].svc;

		if (v->proto != proto || v->port <= after ||
		    strcmp(port_state_text((enum port_state)v->state), state) !=
			0)
			continue;
		if (best == SIZE_MAX || v->port < h->ports[best].svc.port)
			best = i;
	}
	if (best == SIZE_MAX)
		return 0;
	lua_pushinteger(L, (lua_Integer)best + 1);
	return 1;
}

/* port_set_state(run, host, port, "open", "closed" or "filtered") */
static int
record_port_set_state(lua_State *L)
{
	struct nse_port *p = records_port(L, records_host(L, records_run(L)));
	const char *word = luaL_checkstring(L, 4);
	uint8_t state = strcmp(word, "open") == 0     ? PORT_OPEN
			: strcmp(word, "closed") == 0 ? PORT_CLOSED
						      : PORT_FILTERED;

	if (p->svc.state == state)
		return 0;
	p->svc.state = state;
	str_copy(p->reason, sizeof(p->reason), "script-set");
	p->reason_ttl = 0;
	p->changed = true;
	return 0;
}

/* Copy field @p key of the table at index 4: cut at NUL and at the size, non-printables become dots. */
static void
version_field(lua_State *L, const char *key, char *dst, size_t size)
{
	const char *s;

	lua_getfield(L, 4, key);
	s = lua_tostring(L, -1);
	dst[0] = '\0';
	if (s != NULL) {
		str_copy(dst, size, s);
		for (char *p = dst; *p != '\0'; p++)
			if (*p < 0x20 || *p > 0x7e)
				*p = '.';
	}
	lua_pop(L, 1);
}

static void
version_cpe(lua_State *L, struct service *v)
{
	memset(v->cpe, 0, sizeof(v->cpe));
	lua_getfield(L, 4, "cpe");
	for (size_t i = 0; lua_istable(L, -1) && i < ES_ARRAY_LEN(v->cpe);
	     i++) {
		lua_rawgeti(L, -1, (lua_Integer)i + 1);
		if (lua_isstring(L, -1))
			str_copy(
			    v->cpe[i], sizeof(v->cpe[i]), lua_tostring(L, -1));
		lua_pop(L, 1);
	}
	lua_pop(L, 1);
}

/* What the probe state says of the name (nse-core §6.3). */
static void
version_confidence(lua_State *L, struct nse_port *p, const char *state)
{
	struct service *v = &p->svc;
	const char *known;

	p->probed = true;
	v->confidence = 10;
	if (strcmp(state, "hardmatched") == 0) {
		free(p->fp);
		p->fp = NULL;
	} else if (strcmp(state, "tcpwrapped") == 0) {
		v->confidence = 8;
		if (v->name[0] == '\0')
			str_copy(v->name, sizeof(v->name), "tcpwrapped");
	} else if (strcmp(state, "softmatched") != 0) {
		p->probed = false;
		v->confidence = 3;
		known = v->name[0] != '\0'
			    ? NULL
			    : netdb_service(engine_netdb(engine_of(L)),
				  v->proto, v->port);
		if (known != NULL)
			str_copy(v->name, sizeof(v->name), known);
	}
}

/* port_set_version(run, host, port, version, probestate): the arguments were checked by the core. */
static int
record_port_set_version(lua_State *L)
{
	struct nse_port *p = records_port(L, records_host(L, records_run(L)));
	struct service *v = &p->svc;
	const char *state = luaL_checkstring(L, 5);

	luaL_checktype(L, 4, LUA_TTABLE);
	version_field(L, "name", v->name, sizeof(v->name));
	version_field(L, "product", v->product, sizeof(v->product));
	version_field(L, "version", v->version, sizeof(v->version));
	version_field(L, "extrainfo", v->extrainfo, sizeof(v->extrainfo));
	version_field(L, "hostname", v->hostname, sizeof(v->hostname));
	version_field(L, "ostype", v->ostype, sizeof(v->ostype));
	version_field(L, "devicetype", v->devicetype, sizeof(v->devicetype));
	version_field(L, "service_tunnel", v->tunnel, sizeof(v->tunnel));
	if (strcmp(v->tunnel, "none") == 0)
		v->tunnel[0] = '\0';
	version_cpe(L, v);
	free(p->fp);
	p->fp = NULL;
	lua_getfield(L, 4, "service_fp");
	if (lua_isstring(L, -1))
		p->fp = strdup(lua_tostring(L, -1));
	lua_pop(L, 1);
	version_confidence(L, p, state);
	p->changed = true;
	return 0;
}

void
records_ports_register(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "port_find", record_port_find },
		{ "port_next", record_port_next },
		{ "port_set_state", record_port_set_state },
		{ "port_set_version", record_port_set_version },
		{ NULL, NULL },
	};

	luaL_setfuncs(L, functions, 0);
}

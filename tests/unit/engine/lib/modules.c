/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modules whose test files stand in this folder.
 */
#include "tests/unit/engine/lib/modules.h"

#include <lauxlib.h>

#include "engine/lib/cert.h"
#include "engine/lib/lib.h"
#include "engine/netdb.h"
#include "engine/thread.h"
#include "sensor/base/attrs.h"
#include "tests/unit/test.h"

static const struct nse_lib *const under_test[] = {
	&lib_bit,
	&lib_lfs,
	&lib_lpeg,
	&lib_nmapdb,
	&lib_openssl,
	&lib_pcre,
	&lib_zlib,
};

#define TEST_DB "nmapdb under test"

/* In place of the engine's: modules find their engine from any state. */
struct engine *
engine_of(lua_State *L)
{
	(void)L;
	return NULL;
}

struct netdb *
engine_netdb(struct engine *e)
{
	static const char *const datadirs[] = { "tests/unit/engine/lib/data" };
	static struct netdb *db;

	(void)e;
	if (db == NULL)
		assert_int_equal(netdb_new(datadirs, 1, &db), 0);
	return db;
}

static int
open_cert(lua_State *L)
{
	lua_newtable(L);
	lua_pushcfunction(L, cert_parse);
	lua_setfield(L, -2, "parse");
	return 1;
}

void
modules_preload(lua_State *L)
{
	size_t i;

	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
	for (i = 0; i < ES_ARRAY_LEN(under_test); i++) {
		lua_pushcfunction(L, under_test[i]->open);
		lua_setfield(L, -2, under_test[i]->name);
	}
	lua_pushcfunction(L, open_cert);
	lua_setfield(L, -2, "cert");
	lua_pop(L, 1);
}

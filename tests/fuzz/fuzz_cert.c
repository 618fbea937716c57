/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of hostile peers: whatever the DER, the answer is nil or an object whose every field can be read, and
 * whose PEM is a certificate again.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/lib/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char check[] =
    "local parse, der = ...\n"
    "local c = parse(der)\n"
    "if not c then return end\n"
    "assert(type(c.subject) == 'table' and type(c.issuer) == 'table')\n"
    "assert(type(c.validity) == 'table' and type(c.pubkey.bits) == 'number')\n"
    "assert(c.pem:find('^%-%-%-%-%-BEGIN CERTIFICATE%-%-%-%-%-\\n'))\n"
    "assert(#c:digest('sha256') == 32 and type(c.sig_algorithm) == 'string')\n"
    "for _, e in ipairs(c.extensions or {}) do\n"
    "  assert(type(e.name) == 'string' and (e.value or e.error))\n"
    "end\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lua_State *L = luaL_newstate();

	if (L == NULL)
		return 0;
	luaL_openlibs(L);
	if (luaL_loadstring(L, check) != LUA_OK)
		abort();
	lua_pushcfunction(L, cert_parse);
	lua_pushlstring(L, (const char *)data, size);
	if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		abort();
	}
	lua_close(L);
	return 0;
}

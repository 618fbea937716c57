/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packed bodies of hostile servers, through every way of reading: the first octet chooses the window bits, the second
 * the size of the pieces. Reading all at once and reading in small steps must give the same, or both raise.
 */
#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/lib/lib.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char check[] =
    "local zlib, input = ...\n"
    "if #input < 2 then return end\n"
    "local bits = ({15, 31, -15, 47})[input:byte(1) % 4 + 1]\n"
    "local size, data = input:byte(2) + 1, input:sub(3)\n"
    "local LIMIT = 1 << 20\n"
    "local function all(source, step)\n"
    "  local out, total = {}, 0\n"
    "  local s = zlib.inflate(source, bits)\n"
    "  local ok, err = pcall(function()\n"
    "    for piece in function() return s:read(step) end do\n"
    "      out[#out + 1], total = piece, total + #piece\n"
    "      if total >= LIMIT then break end\n"
    "    end\n"
    "  end)\n"
    "  return ok, table.concat(out):sub(1, LIMIT)\n"
    "end\n"
    "local at = 1\n"
    "local function pieces()\n"
    "  local piece = data:sub(at, at + size - 1)\n"
    "  at = at + size\n"
    "  return piece ~= '' and piece or nil\n"
    "end\n"
    "local ok1, one = all(data, 4096)\n"
    "local ok2, two = all(pieces, 4096)\n"
    "assert(ok1 == ok2 and (not ok1 or one == two))\n"
    "pcall(zlib.decompress, data, bits, LIMIT)\n"
    "local s = zlib.inflate(data, bits)\n"
    "pcall(function() for _ = 1, 1000 do if not s:read() then break end end "
    "end)\n";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	lua_State *L = luaL_newstate();

	if (L == NULL)
		return 0;
	luaL_openlibs(L);
	if (luaL_loadstring(L, check) != LUA_OK)
		abort();
	luaL_requiref(L, "zlib", lib_zlib.open, 0);
	lua_pushlstring(L, (const char *)data, size);
	if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		abort();
	}
	lua_close(L);
	return 0;
}

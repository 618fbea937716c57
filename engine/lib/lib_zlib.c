/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zlib: checksums and one-shot compression for scripts, with the interface of lzlib; streams are in zstream.c.
 *
 * A server can answer with a few kilobytes that unpack to gigabytes, so decompress stops at a limit.
 */
#include <lauxlib.h>
#include <limits.h>

#include "engine/lib/lib.h"
#include "engine/lib/zstream.h"

#define DECOMPRESS_LIMIT (10 << 20)

/* ---- checksums: floats, as scripts of the field print them ---- */

typedef uLong checksum_fn(uLong, const Bytef *, uInt);

static int
checksum(lua_State *L, checksum_fn *update, lua_Number start)
{
	size_t len;
	const char *s;
	uLong sum;

	if (lua_gettop(L) == 0) {
		lua_pushnumber(L, start);
		return 1;
	}
	sum = (uLong)luaL_checkinteger(L, 1) & 0xffffffff;
	s = luaL_checklstring(L, 2, &len);
	luaL_argcheck(L, len <= UINT_MAX, 2, "string too long");
	sum = update(sum, (const Bytef *)s, (uInt)len);
	lua_pushnumber(L, (lua_Number)sum);
	return 1;
}

static int
do_adler32(lua_State *L)
{
	return checksum(L, adler32, 1);
}

static int
do_crc32(lua_State *L)
{
	return checksum(L, crc32, 0);
}

static int
version(lua_State *L)
{
	lua_pushstring(L, zlibVersion());
	return 1;
}

/* ---- one shot ---- */

static int
push_code(lua_State *L, int rc)
{
	lua_pushnil(L);
	lua_pushnumber(L, rc);
	return 2;
}

static int
compress_string(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	struct zstream_params params = zstream_params_get(L, 2);
	luaL_Buffer b;
	z_stream *z;
	uLong bound;
	int stream;
	int rc;

	luaL_argcheck(L, len <= UINT_MAX / 2, 1, "string too long");
	rc = zstream_new_deflate(L, &params, &z);
	if (rc != Z_OK)
		return push_code(L, rc);
	stream = lua_gettop(L);
	bound = deflateBound(z, (uLong)len);
	z->next_in = (const Bytef *)s;
	z->avail_in = (uInt)len;
	z->next_out = (Bytef *)luaL_buffinitsize(L, &b, bound);
	z->avail_out = (uInt)bound;
	rc = deflate(z, Z_FINISH);
	luaL_pushresultsize(&b, bound - z->avail_out);
	zstream_end(L, stream);
	if (rc != Z_STREAM_END)
		return push_code(L, rc);
	lua_pushnumber(L, rc);
	return 2;
}

/* (s [, windowBits [, limit]]): everything up to the limit, in pieces, so that the memory follows the data. */
static int
decompress_string(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	lua_Integer bits = luaL_optinteger(L, 2, MAX_WBITS);
	lua_Integer left = luaL_optinteger(L, 3, DECOMPRESS_LIMIT);
	luaL_Buffer b;
	z_stream *z;
	int stream;
	int rc = Z_OK;

	luaL_argcheck(L, len <= UINT_MAX, 1, "string too long");
	if (bits < INT_MIN || bits > INT_MAX ||
	    zstream_new_inflate(L, (int)bits, &z) != Z_OK)
		return luaL_error(L, "failed to initialize zstream structures");
	stream = lua_gettop(L);
	luaL_buffinit(L, &b);
	z->next_in = (const Bytef *)s;
	z->avail_in = (uInt)len;
	while (rc == Z_OK && left > 0) {
		uInt room =
		    left < LUAL_BUFFERSIZE ? (uInt)left : (uInt)LUAL_BUFFERSIZE;

		z->next_out = (Bytef *)luaL_prepbuffsize(&b, room);
		z->avail_out = room;
		rc = inflate(z, Z_NO_FLUSH);
		luaL_addsize(&b, room - z->avail_out);
		left -= room - z->avail_out;
	}
	/* Out of input is Z_BUF_ERROR here: a cut stream fails, it does not wait. */
	if (rc != Z_STREAM_END && rc != Z_OK)
		return luaL_error(L, "failed to process zlib stream");
	luaL_pushresult(&b);
	zstream_end(L, stream);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "version", version },
	{ "adler32", do_adler32 },
	{ "crc32", do_crc32 },
	{ "compress", compress_string },
	{ "decompress", decompress_string },
	{ "deflate", zstream_deflate },
	{ "inflate", zstream_inflate },
	{ NULL, NULL },
};

static const struct {
	const char *name;
	int value;
} constants[] = {
	{ "NO_COMPRESSION", Z_NO_COMPRESSION },
	{ "BEST_SPEED", Z_BEST_SPEED },
	{ "BEST_COMPRESSION", Z_BEST_COMPRESSION },
	{ "DEFAULT_COMPRESSION", Z_DEFAULT_COMPRESSION },
	{ "FILTERED", Z_FILTERED },
	{ "HUFFMAN_ONLY", Z_HUFFMAN_ONLY },
	{ "RLE", Z_RLE },
	{ "FIXED", Z_FIXED },
	{ "DEFAULT_STRATEGY", Z_DEFAULT_STRATEGY },
	{ "MINIMUM_MEMLEVEL", 1 },
	{ "MAXIMUM_MEMLEVEL", MAX_MEM_LEVEL },
	{ "DEFAULT_MEMLEVEL", 8 },
	{ "DEFAULT_WINDOWBITS", MAX_WBITS },
	{ "MINIMUM_WINDOWBITS", 8 },
	{ "MAXIMUM_WINDOWBITS", MAX_WBITS },
	{ "GZIP_WINDOWBITS", 16 },
	{ "RAW_WINDOWBITS", -1 },
	{ NULL, 0 },
};

static int
zlib_open(lua_State *L)
{
	size_t i;

	zstream_init(L);
	luaL_newlib(L, functions);
	for (i = 0; constants[i].name != NULL; i++) {
		lua_pushinteger(L, constants[i].value);
		lua_setfield(L, -2, constants[i].name);
	}
	lua_pushliteral(L, "lzlib 0.4");
	lua_setfield(L, -2, "_VERSION");
	lua_pushliteral(L, "zlib with the interface of lzlib");
	lua_setfield(L, -2, "_DESCRIPTION");
	lua_pushliteral(L, "The earshot authors");
	lua_setfield(L, -2, "_COPYRIGHT");
	return 1;
}

const struct nse_lib lib_zlib = { .name = "zlib", .open = zlib_open };

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstream: zlib streams as Lua userdata (type zlib:zstream): deflate to a sink, inflate from a source.
 */
#pragma once

#define ZLIB_CONST /* zlib's next_in points to const */

#include <lua.h>
#include <zlib.h>

/** Register the type. */
void zstream_init(lua_State *L);

/** Lua functions: deflate(sink, ...) and inflate(source, ...). */
int zstream_deflate(lua_State *L);
int zstream_inflate(lua_State *L);

/* Arguments (level, method, windowBits, memLevel, strategy) of a deflate. */
struct zstream_params {
	int level;
	int method;
	int window_bits;
	int mem_level;
	int strategy;
};

/** Read them from argument @p first on; absent ones are zlib's defaults. */
struct zstream_params zstream_params_get(lua_State *L, int first);

/**
 * Push an object with a bare stream for one-shot work: it is released by zstream_end, or by the collector when
 * something raises. Returns zlib's code; the object is on the stack in any case.
 */
int zstream_new_deflate(
    lua_State *L, const struct zstream_params *params, z_stream **out);
int zstream_new_inflate(lua_State *L, int window_bits, z_stream **out);
void zstream_end(lua_State *L, int index);

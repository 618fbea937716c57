/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bignum: OpenSSL big numbers as Lua userdata (type name BIGNUM), shared by the
 * openssl module and certificates.
 *
 * The userdata owns its number and clears it when collected. A slot is pushed
 * empty first and filled after, so that a memory error of Lua never leaks an
 * OpenSSL allocation.
 */
#pragma once

#include <lua.h>

struct bignum_st;

/** Register the type. Harmless when done before. */
void bignum_init(lua_State *L);

/** Push an object whose number is still missing, and return the place for it;
 * fill it at once. */
struct bignum_st **bignum_new(lua_State *L);

/** Add the functions bignum_* of the openssl module to the table on top of the
 * stack. */
void bignum_functions(lua_State *L);

/** Raise "OpenSSL error: TEXT" with the oldest error of this call; callers
 * clear the queue first. */
int bignum_openssl_error(lua_State *L);

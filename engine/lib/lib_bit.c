/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bit: bitwise functions for scripts written before Lua had operators. Operands are 64-bit integers.
 */
#include <lauxlib.h>

#include "engine/lib/lib.h"

static lua_Unsigned
operand(lua_State *L, int arg)
{
	return (lua_Unsigned)luaL_checkinteger(L, arg);
}

static int
push(lua_State *L, lua_Unsigned value)
{
	lua_pushinteger(L, (lua_Integer)value);
	return 1;
}

static int
bnot(lua_State *L)
{
	return push(L, ~operand(L, 1));
}

static int
band(lua_State *L)
{
	lua_Unsigned value = operand(L, 1);
	int i;

	for (i = 2; i <= lua_gettop(L); i++)
		value &= operand(L, i);
	return push(L, value);
}

static int
bor(lua_State *L)
{
	lua_Unsigned value = operand(L, 1);
	int i;

	for (i = 2; i <= lua_gettop(L); i++)
		value |= operand(L, i);
	return push(L, value);
}

static int
bxor(lua_State *L)
{
	lua_Unsigned value = operand(L, 1);
	int i;

	for (i = 2; i <= lua_gettop(L); i++)
		value ^= operand(L, i);
	return push(L, value);
}

static lua_Unsigned
shift_left(lua_Unsigned value, lua_Unsigned by)
{
	return by < 64 ? value << by : 0;
}

static int
lshift(lua_State *L)
{
	return push(L, shift_left(operand(L, 1), operand(L, 2)));
}

static int
rshift(lua_State *L)
{
	lua_Unsigned by = operand(L, 2);

	return push(L, by < 64 ? operand(L, 1) >> by : 0);
}

static int
arshift(lua_State *L)
{
	lua_Unsigned value = operand(L, 1);
	lua_Unsigned by = operand(L, 2);
	lua_Unsigned sign = value >> 63 != 0 ? ~(lua_Unsigned)0 : 0;

	if (by == 0)
		return push(L, value);
	if (by >= 64)
		return push(L, sign);
	return push(L, value >> by | shift_left(sign, 64 - by));
}

static int
mod(lua_State *L)
{
	lua_Unsigned divisor = operand(L, 2);

	luaL_argcheck(L, divisor != 0, 2, "zero");
	return push(L, operand(L, 1) % divisor);
}

static const luaL_Reg functions[] = {
	{ "bnot", bnot },
	{ "band", band },
	{ "bor", bor },
	{ "bxor", bxor },
	{ "lshift", lshift },
	{ "rshift", rshift },
	{ "arshift", arshift },
	{ "mod", mod },
	{ NULL, NULL },
};

static int
bit_open(lua_State *L)
{
	luaL_newlib(L, functions);
	return 1;
}

const struct nse_lib lib_bit = { .name = "bit", .open = bit_open };

/* SPDX-License-Identifier: Apache-2.0 */
/* The C modules under test, for a bare Lua state. */
#pragma once

#include <lua.h>

/** Put the openers of the engine's C modules, and `cert` with the function
 * parse, into package.preload. */
void modules_preload(lua_State *L);

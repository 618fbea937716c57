/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nmap_ifaces: nmap.list_interfaces and nmap.get_interface_info, for the nmap table.
 */
#pragma once

#include <lua.h>

/** Lua function: array of interface tables, one per address; or false and a message. */
int nmap_list_interfaces(lua_State *L);

/** Lua function (name): the table of its first address of the scan's family; raises when there is none. */
int nmap_get_interface_info(lua_State *L);

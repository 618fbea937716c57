/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib_socket: what the files of NSE's socket object share.
 */
#pragma once

#include <lua.h>

#include "engine/net/sock.h"

#define SOCKET_TYPE "nmap.socket"

/** The socket at index 1; raises when it is none. */
struct sock *socket_check(lua_State *L);

/** Make the running coroutine the owner; raises when another one is. */
void socket_own(lua_State *L, struct sock *s);

/** Start the clock of an operation. */
void socket_deadline(struct sock *s);

/** Wait for @p io (IO_WANT_*) within the deadline, then go on in @p k. */
int socket_wait(lua_State *L, struct sock *s, enum io io, lua_KContext ctx,
    lua_KFunction k);

/** First thing in a continuation: 0 = try again, else the number of results of the failure that was pushed. */
int socket_waited(lua_State *L, struct sock *s);

/** Push `false or nil, text` and return 2: false when it failed before waiting. */
int socket_refuse(lua_State *L, const char *text);
int socket_fail(lua_State *L, const char *text);
/** Failure of IO_EOF or IO_ERROR. */
int socket_fail_io(lua_State *L, enum io io);

/** Make sure it can carry data: opens UDP implicitly. 0 = yes, else the number of results pushed. */
int socket_usable(lua_State *L, struct sock *s);

/* socket_connect.c */
int socket_connect(lua_State *L);
int socket_reconnect_ssl(lua_State *L);
int socket_sendto(lua_State *L);

/* socket_data.c */
int socket_send(lua_State *L);
int socket_receive(lua_State *L);
int socket_receive_lines(lua_State *L);
int socket_receive_bytes(lua_State *L);
int socket_receive_buf(lua_State *L);

/* socket_pcap.c */
int socket_pcap_open(lua_State *L);
int socket_pcap_receive(lua_State *L);

/** Host argument at @p arg: address or name, and the server name ("" = none). Raises as NSE does. */
const char *socket_host_arg(lua_State *L, int arg, const char **server_name);
/** Port argument; @p proto (may be NULL) gets the table's protocol or stays. */
uint16_t socket_port_arg(lua_State *L, int arg, const char **proto);

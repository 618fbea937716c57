/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh: what the files of the libssh2 module share: the session, and how a call of libssh2 waits.
 *
 * libssh2 runs non-blocking over the engine's own socket. A call is a try that is repeated with the same arguments
 * until it no longer says "again"; they stay alive on the coroutine's stack meanwhile.
 */
#pragma once

#include <libssh2.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct sock;
struct ssh_op;

#define SSH_READ_MAX 2048

struct ssh {
	LIBSSH2_SESSION *session; /* NULL once closed */
	struct sock *sock;	  /* of the socket in the user value */
	lua_State *L;		  /* who is in a call of libssh2 now */
	const char *io_error; /* word for a socket that failed, NULL = none */
	bool dead;	      /* being freed: no more input or output */
	const struct ssh_op *op; /* the call under way */
	const void *found;	 /* what a try found, for its end */
	char data[SSH_READ_MAX];
};

/* One function of the module: try gives libssh2's code, done pushes the results of a code that is no EAGAIN. */
struct ssh_op {
	int (*try)(lua_State *L, struct ssh *s);
	int (*done)(lua_State *L, struct ssh *s, int rc);
};

/** The open session at index 1; raises when it is none. */
struct ssh *ssh_check(lua_State *L);

/** Use as `return ssh_run(L, &op)`. Raises the bare word of the socket when that fails. */
int ssh_run(lua_State *L, const struct ssh_op *op);

/** Push whether @p rc is success: the end of most calls. */
int ssh_done_boolean(lua_State *L, struct ssh *s, int rc);

/** An optional string argument, NULL when absent. */
const char *ssh_opt_string(lua_State *L, int arg, size_t *len);

/** Add the functions of ssh_auth.c and ssh_channel.c to the table on top of the stack. */
void ssh_auth_functions(lua_State *L);
void ssh_channel_functions(lua_State *L);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_channel: channels of the libssh2 module. A channel is an object that keeps its session alive and is good only
 * with it, so that a script cannot reach freed memory.
 */
#include <lauxlib.h>
#include <string.h>

#include "engine/lib/ssh.h"

#define CHANNEL_TYPE "ssh2 channel"

struct ssh_channel {
	LIBSSH2_CHANNEL *channel;
	struct ssh *ssh; /* in the user value */
};

enum {
	ARG_SESSION = 1,
	ARG_CHANNEL = 2,
	ARG_NEW = 3 /* the object that open_channel makes */
};

static struct ssh_channel *
to_channel(lua_State *L, int arg)
{
	struct ssh_channel *c = luaL_checkudata(L, arg, CHANNEL_TYPE);

	luaL_argcheck(L, c->ssh->session != NULL, arg, "session is closed");
	return c;
}

/* The channel at index 2, of the session at index 1. */
static LIBSSH2_CHANNEL *
check_channel(lua_State *L)
{
	struct ssh_channel *c = to_channel(L, ARG_CHANNEL);

	luaL_argcheck(L, c->ssh == lua_touserdata(L, ARG_SESSION), ARG_CHANNEL,
	    "channel of another session");
	return c->channel;
}

static int
done_nothing(lua_State *L, const char *failure, int rc)
{
	return rc < 0 ? luaL_error(L, "%s", failure) : 0;
}

/* ---- opening ---- */

static int
open_try(lua_State *L, struct ssh *s)
{
	LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(s->session);
	struct ssh_channel *c;
	int rc;

	if (channel == NULL) {
		rc = libssh2_session_last_errno(s->session);
		return rc != 0 ? rc : LIBSSH2_ERROR_CHANNEL_FAILURE;
	}
	c = lua_touserdata(L, ARG_NEW);
	c->channel = channel;
	return 0;
}

static int
open_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	if (rc != 0)
		return luaL_error(L, "Opening channel");
	lua_settop(L, ARG_NEW);
	return 1;
}

/* (session [, no_pty]): no terminal is asked for in either case, which is what scripts have always got. */
static int
open_channel(lua_State *L)
{
	static const struct ssh_op op = { open_try, open_done };
	struct ssh *s = ssh_check(L);
	struct ssh_channel *c;

	lua_settop(L, 2);
	c = lua_newuserdatauv(L, sizeof(*c), 1);
	*c = (struct ssh_channel){ .ssh = s };
	luaL_setmetatable(L, CHANNEL_TYPE);
	lua_pushvalue(L, ARG_SESSION);
	lua_setiuservalue(L, -2, 1);
	return ssh_run(L, &op);
}

/* ---- requests ---- */

static int
pty_try(lua_State *L, struct ssh *s)
{
	size_t term_len;
	size_t modes_len = 0;
	const char *term = luaL_checklstring(L, 3, &term_len);
	const char *modes = ssh_opt_string(L, 4, &modes_len);

	(void)s;
	return libssh2_channel_request_pty_ex(check_channel(L), term,
	    (unsigned)term_len, modes, (unsigned)modes_len,
	    (int)luaL_checkinteger(L, 5), (int)luaL_checkinteger(L, 6),
	    (int)luaL_checkinteger(L, 7), (int)luaL_checkinteger(L, 8));
}

static int
pty_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	return done_nothing(L, "Requesting pty", rc);
}

/* (session, channel, term, modes, width, height, width in pixels, height in pixels) */
static int
channel_request_pty_ex(lua_State *L)
{
	static const struct ssh_op op = { pty_try, pty_done };

	return ssh_run(L, &op);
}

static int
request_try(lua_State *L, struct ssh *s)
{
	size_t request_len;
	size_t message_len = 0;
	const char *request = luaL_checklstring(L, 3, &request_len);
	const char *message = ssh_opt_string(L, 4, &message_len);

	(void)s;
	return libssh2_channel_process_startup(check_channel(L), request,
	    (unsigned)request_len, message, (unsigned)message_len);
}

static int
request_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	if (rc < 0)
		return luaL_error(
		    L, "Error sending %s request", lua_tostring(L, 3));
	return 0;
}

static const struct ssh_op request_op = { request_try, request_done };

/* (session, channel [, request [, message]]) */
static int
channel_request(lua_State *L)
{
	luaL_optstring(L, 4, NULL);
	lua_settop(L, 4);
	if (lua_isnil(L, 3)) {
		lua_pushliteral(L, "shell");
		lua_replace(L, 3);
	}
	return ssh_run(L, &request_op);
}

static int
channel_shell(lua_State *L)
{
	lua_settop(L, 2);
	lua_pushliteral(L, "shell");
	return ssh_run(L, &request_op);
}

/* (session, channel, command) */
static int
channel_exec(lua_State *L)
{
	luaL_checkstring(L, 3);
	lua_settop(L, 3);
	lua_pushliteral(L, "exec");
	lua_insert(L, 3);
	return ssh_run(L, &request_op);
}

/* ---- data ---- */

static int
read_stream(lua_State *L, struct ssh *s, int stream)
{
	return (int)libssh2_channel_read_ex(
	    check_channel(L), stream, s->data, sizeof(s->data));
}

static int
read_try(lua_State *L, struct ssh *s)
{
	return read_stream(L, s, 0);
}

static int
read_stderr_try(lua_State *L, struct ssh *s)
{
	return read_stream(L, s, SSH_EXTENDED_DATA_STDERR);
}

static int
read_done(lua_State *L, struct ssh *s, int rc)
{
	if (rc < 0)
		return luaL_error(L, "Reading from channel");
	if (rc == 0)
		lua_pushnil(L);
	else
		lua_pushlstring(L, s->data, (size_t)rc);
	return 1;
}

static int
channel_read(lua_State *L)
{
	static const struct ssh_op op = { read_try, read_done };

	return ssh_run(L, &op);
}

static int
channel_read_stderr(lua_State *L)
{
	static const struct ssh_op op = { read_stderr_try, read_done };

	return ssh_run(L, &op);
}

static int
write_try(lua_State *L, struct ssh *s)
{
	size_t len;
	const char *data = luaL_checklstring(L, 3, &len);

	(void)s;
	return (int)libssh2_channel_write_ex(check_channel(L), 0, data, len);
}

static int
write_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	if (rc < 0)
		return luaL_error(L, "Writing to channel");
	lua_pushinteger(L, rc);
	return 1;
}

static int
channel_write(lua_State *L)
{
	static const struct ssh_op op = { write_try, write_done };

	if (!lua_isstring(L, 3))
		return luaL_error(L, "Invalid buffer");
	return ssh_run(L, &op);
}

/* ---- the end ---- */

static int
send_eof_try(lua_State *L, struct ssh *s)
{
	(void)s;
	return libssh2_channel_send_eof(check_channel(L));
}

static int
send_eof_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	return done_nothing(L, "Error sending EOF", rc);
}

static int
channel_send_eof(lua_State *L)
{
	static const struct ssh_op op = { send_eof_try, send_eof_done };

	return ssh_run(L, &op);
}

/* (channel): the only function without a session. */
static int
channel_eof(lua_State *L)
{
	int rc = libssh2_channel_eof(to_channel(L, 1)->channel);

	if (rc < 0)
		return luaL_error(L, "Error checking for EOF");
	lua_pushboolean(L, rc);
	return 1;
}

static int
close_try(lua_State *L, struct ssh *s)
{
	(void)s;
	return libssh2_channel_close(check_channel(L));
}

static int
close_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	return done_nothing(L, "Error closing channel", rc);
}

static int
channel_close(lua_State *L)
{
	static const struct ssh_op op = { close_try, close_done };

	return ssh_run(L, &op);
}

static const luaL_Reg functions[] = {
	{ "open_channel", open_channel },
	{ "channel_request_pty_ex", channel_request_pty_ex },
	{ "channel_request", channel_request },
	{ "channel_shell", channel_shell },
	{ "channel_exec", channel_exec },
	{ "channel_read", channel_read },
	{ "channel_read_stderr", channel_read_stderr },
	{ "channel_write", channel_write },
	{ "channel_send_eof", channel_send_eof },
	{ "channel_eof", channel_eof },
	{ "channel_close", channel_close },
	{ NULL, NULL },
};

void
ssh_channel_functions(lua_State *L)
{
	luaL_newmetatable(L, CHANNEL_TYPE);
	lua_pop(L, 1);
	luaL_setfuncs(L, functions, 0);
}

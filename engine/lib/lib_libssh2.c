/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libssh2: SSH sessions for scripts. The connection is made by NSE's own socket object, so the gate, connection slots,
 * time-outs and the trace are those of any other socket; libssh2 only sees octets come and go.
 */
#include <errno.h>
#include <lauxlib.h>
#include <stdint.h>
#include <string.h>

#include "engine/lib/lib.h"
#include "engine/lib/lib_socket.h"
#include "engine/lib/ssh.h"
#include "engine/net/trace.h"

#define SSH_TYPE "ssh2"
#define LIBRARY_TYPE "libssh2 library"
/* Freeing a session whose input and output fail takes one try for each channel and one for itself. */
#define FREE_TRIES 1000

/* ---- octets ---- */

static ssize_t
io_fail(struct ssh *s, enum io io)
{
	switch (io) {
	case IO_WANT_READ:
	case IO_WANT_WRITE:
		return -EAGAIN;
	case IO_EOF:
		s->io_error = "EOF";
		break;
	case IO_DONE:
	case IO_ERROR:
		s->io_error = "ERROR";
		break;
	}
	return -ECONNRESET;
}

static LIBSSH2_SEND_FUNC(on_send)
{
	struct ssh *s = *abstract;
	enum io io;

	(void)socket;
	(void)flags;
	if (s->dead || s->sock->fd < 0)
		return io_fail(s, IO_ERROR);
	s->sock->sent = 0;
	io = sock_write(s->sock, buffer, length);
	if (s->sock->sent == 0)
		return io_fail(s, io);
	trace_data(s->sock, false, buffer, s->sock->sent);
	return (ssize_t)s->sock->sent;
}

static LIBSSH2_RECV_FUNC(on_recv)
{
	struct ssh *s = *abstract;
	struct buf *got;
	size_t len;

	(void)socket;
	(void)flags;
	if (s->dead || s->sock->fd < 0)
		return io_fail(s, IO_ERROR);
	got = &s->sock->got;
	if (got->len == 0) {
		enum io io = sock_read(s->sock);

		if (got->len == 0)
			return io_fail(s, io);
		trace_data(s->sock, true, got->data, got->len);
	}
	len = length < got->len ? length : got->len;
	memcpy(buffer, got->data, len);
	buf_consume(got, len);
	return (ssize_t)len;
}

/* libssh2 takes callbacks of several types as void *, which C cannot convert. */
static void
set_callback(LIBSSH2_SESSION *session, int type, void (*fn)(void))
{
	void *p;

	_Static_assert(sizeof(p) == sizeof(fn), "POSIX dlsym needs this too");
	memcpy(&p, &fn, sizeof(p));
	(void)libssh2_session_callback_set(session, type, p);
}

/* ---- calls ---- */

struct ssh *
ssh_check(lua_State *L)
{
	struct ssh *s = luaL_checkudata(L, 1, SSH_TYPE);

	luaL_argcheck(L, s->session != NULL, 1, "session is closed");
	return s;
}

/* Raise the string on top as it is: scripts compare it. */
static int
raise_bare(lua_State *L, const char *text)
{
	lua_pushstring(L, text);
	return lua_error(L);
}

static int run_continue(lua_State *L, int status, lua_KContext ctx);

static int
run(lua_State *L, struct ssh *s)
{
	const struct ssh_op *op = s->op;
	int directions;
	int rc;

	s->L = L;
	s->io_error = NULL;
	rc = op->try(L, s);
	s->L = NULL;
	if (rc != LIBSSH2_ERROR_EAGAIN) {
		if (rc < 0 && s->io_error != NULL)
			return raise_bare(L, s->io_error);
		return op->done(L, s, rc);
	}
	directions = libssh2_session_block_directions(s->session);
	socket_deadline(s->sock);
	return socket_wait(L, s->sock,
	    directions & LIBSSH2_SESSION_BLOCK_OUTBOUND ? IO_WANT_WRITE
							: IO_WANT_READ,
	    0, run_continue);
}

static int
run_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct ssh *s = ssh_check(L);

	(void)status;
	(void)ctx;
	if (socket_waited(L, s->sock) != 0)
		return lua_error(L);
	return run(L, s);
}

int
ssh_run(lua_State *L, const struct ssh_op *op)
{
	struct ssh *s = ssh_check(L);

	/* From here on nobody else may use the session until the call ends. */
	socket_own(L, s->sock);
	s->op = op;
	return run(L, s);
}

int
ssh_done_boolean(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	lua_pushboolean(L, rc == 0);
	return 1;
}

const char *
ssh_opt_string(lua_State *L, int arg, size_t *len)
{
	return luaL_optlstring(L, arg, NULL, len);
}

/* ---- sessions ---- */

static int
handshake_try(lua_State *L, struct ssh *s)
{
	(void)L;
	return libssh2_session_handshake(s->session, s->sock->fd);
}

static int
handshake_done(lua_State *L, struct ssh *s, int rc)
{
	(void)s;
	if (rc != 0)
		return luaL_error(L, "Unable to complete libssh2 handshake.");
	lua_settop(L, 1);
	return 1;
}

static const struct ssh_op handshake = { handshake_try, handshake_done };

static int
connected(lua_State *L, int status, lua_KContext ctx)
{
	struct ssh *s = luaL_checkudata(L, 1, SSH_TYPE);

	(void)status;
	(void)ctx;
	if (!lua_toboolean(L, -2))
		return lua_error(L);
	lua_settop(L, 1);
	s->session = libssh2_session_init_ex(NULL, NULL, NULL, s);
	if (s->session == NULL)
		return socket_refuse(L, "cannot make a session");
	set_callback(
	    s->session, LIBSSH2_CALLBACK_SEND, (void (*)(void))on_send);
	set_callback(
	    s->session, LIBSSH2_CALLBACK_RECV, (void (*)(void))on_recv);
	libssh2_session_set_blocking(s->session, 0);
	return ssh_run(L, &handshake);
}

/* (host, port) */
static int
session_open(lua_State *L)
{
	struct ssh *s;

	luaL_checkany(L, 1);
	luaL_checkinteger(L, 2);
	lua_settop(L, 2);
	s = lua_newuserdatauv(L, sizeof(*s), 1);
	*s = (struct ssh){ .session = NULL };
	luaL_setmetatable(L, SSH_TYPE);
	lua_insert(L, 1);
	luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	lua_getfield(L, -1, "nmap.socket");
	lua_getfield(L, -1, "new");
	lua_call(L, 0, 1);
	s->sock = luaL_checkudata(L, -1, SOCKET_TYPE);
	lua_pushvalue(L, -1);
	lua_setiuservalue(L, 1, 1);
	lua_getfield(L, -1, "connect");
	lua_insert(L, -2);
	lua_pushvalue(L, 2);
	lua_pushvalue(L, 3);
	lua_callk(L, 3, 2, 0, connected);
	return connected(L, LUA_OK, 0);
}

/* Let go of the session without another octet; its channels go with it. */
static void
release(struct ssh *s)
{
	int i;

	if (s->session == NULL)
		return;
	s->dead = true;
	for (i = 0; i < FREE_TRIES; i++)
		if (libssh2_session_free(s->session) != LIBSSH2_ERROR_EAGAIN)
			break;
	s->session = NULL;
}

static int
disconnect_try(lua_State *L, struct ssh *s)
{
	(void)L;
	return libssh2_session_disconnect(s->session, "bye");
}

/* A peer that is gone already is as good. */
static int
disconnect_done(lua_State *L, struct ssh *s, int rc)
{
	(void)rc;
	release(s);
	lua_getiuservalue(L, 1, 1);
	lua_getfield(L, -1, "close");
	lua_insert(L, -2);
	lua_call(L, 1, 0);
	return 0;
}

static const struct ssh_op disconnect = { disconnect_try, disconnect_done };

static int
session_close(lua_State *L)
{
	struct ssh *s = luaL_checkudata(L, 1, SSH_TYPE);

	return s->session == NULL ? 0 : ssh_run(L, &disconnect);
}

static int
session_collect(lua_State *L)
{
	release(luaL_checkudata(L, 1, SSH_TYPE));
	return 0;
}

/* libssh2's own limit is for blocking use; the socket's counts here. */
static int
set_timeout(lua_State *L)
{
	libssh2_session_set_timeout(
	    ssh_check(L)->session, (long)luaL_checkinteger(L, 2));
	return 0;
}

static int
hostkey_hash(lua_State *L)
{
	static const char *const words[] = { "sha1", "md5", NULL };
	static const int types[] = { LIBSSH2_HOSTKEY_HASH_SHA1,
		LIBSSH2_HOSTKEY_HASH_MD5 };
	static const char digits[] = "0123456789ABCDEF";
	struct ssh *s = ssh_check(L);
	int word = luaL_checkoption(L, 2, "sha1", words);
	const char *hash = libssh2_hostkey_hash(s->session, types[word]);
	size_t len = word == 0 ? 20 : 16;
	char text[20 * 3];
	size_t i;

	if (hash == NULL)
		return socket_refuse(L, "could not get hostkey hash");
	for (i = 0; i < len; i++) {
		unsigned char c = (unsigned char)hash[i];

		text[3 * i] = digits[c >> 4];
		text[3 * i + 1] = digits[c & 0x0f];
		text[3 * i + 2] = ':';
	}
	lua_pushlstring(L, text, len * 3 - 1);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "session_open", session_open },
	{ "session_close", session_close },
	{ "set_timeout", set_timeout },
	{ "hostkey_hash", hostkey_hash },
	{ NULL, NULL },
};

/* ---- the module ---- */

static int
library_collect(lua_State *L)
{
	(void)L;
	libssh2_exit();
	return 0;
}

/* The library counts its users; ours goes with the Lua state. */
static bool
library_init(lua_State *L)
{
	lua_newuserdatauv(L, 1, 0);
	if (libssh2_init(0) != 0)
		return false;
	luaL_newmetatable(L, LIBRARY_TYPE);
	lua_pushcfunction(L, library_collect);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	(void)luaL_ref(L, LUA_REGISTRYINDEX);
	return true;
}

static int
libssh2_open(lua_State *L)
{
	if (!library_init(L))
		return luaL_error(L, "libssh2 cannot start");
	luaL_newmetatable(L, SSH_TYPE);
	lua_pushcfunction(L, session_collect);
	lua_setfield(L, -2, "__gc");
	lua_pop(L, 1);
	luaL_newlib(L, functions);
	ssh_auth_functions(L);
	ssh_channel_functions(L);
	return 1;
}

const struct nse_lib lib_libssh2 = { .name = "libssh2", .open = libssh2_open };

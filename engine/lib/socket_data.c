/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_data: the operations of NSE's socket that move data: send and the four ways to receive.
 */
#include <lauxlib.h>

#include "engine/lib/lib_socket.h"
#include "engine/net/trace.h"
#include "engine/state.h"

/* When a receive has enough; kept as the continuation's context. */
enum enough {
	ENOUGH_ANY,
	ENOUGH_LINES, /* the wanted number is at index 2 */
	ENOUGH_BYTES
};

static int
send_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	size_t len;
	const char *data = lua_tolstring(L, 2, &len);
	enum io io;

	(void)status;
	if (ctx != 0) {
		int n = socket_waited(L, s);

		if (n != 0) {
			trace_event(s, false, "SEND");
			return n;
		}
	}
	io = sock_write(s, data, len);
	if (io == IO_WANT_READ || io == IO_WANT_WRITE)
		return socket_wait(L, s, io, 1, send_continue);
	trace_event(s, false, "SEND");
	if (io != IO_DONE)
		return socket_fail_io(L, IO_ERROR);
	lua_pushboolean(L, 1);
	return 1;
}

int
socket_send(lua_State *L)
{
	struct sock *s = socket_check(L);
	size_t len;
	const char *data;
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	data = luaL_checklstring(L, 2, &len);
	socket_own(L, s);
	socket_deadline(s);
	s->sent = 0;
	trace_data(s, false, data, len);
	return send_continue(L, LUA_OK, 0);
}

static bool
has_enough(lua_State *L, const struct sock *s, enum enough kind)
{
	lua_Integer want = kind == ENOUGH_ANY ? 0 : lua_tointeger(L, 2);
	lua_Integer have = 0;

	switch (kind) {
	case ENOUGH_ANY:
		return true;
	case ENOUGH_BYTES:
		return (lua_Integer)s->got.len >= want;
	case ENOUGH_LINES:
		for (size_t i = 0; i < s->got.len && have < want; i++)
			have += s->got.data[i] == '\n';
		return have >= want;
	}
	return true;
}

static int
push_got(lua_State *L, struct sock *s)
{
	lua_pushboolean(L, 1);
	lua_pushlstring(L, (const char *)s->got.data, s->got.len);
	buf_reset(&s->got);
	return 2;
}

/* One read with its trace; the data is appended to s->got. */
static enum io
read_some(struct sock *s)
{
	size_t before = s->got.len;
	enum io io = sock_read(s);

	if (s->got.len > before)
		trace_data(s, true, s->got.data + before, s->got.len - before);
	return io;
}

static int
receive_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	enum enough kind = (enum enough)(ctx >> 1);
	enum io io;

	(void)status;
	if (ctx & 1) {
		int n = socket_waited(L, s);

		if (n != 0)
			return s->got.len > 0 ? push_got(L, s) : n;
	}
	for (;;) {
		io = read_some(s);
		if (io != IO_DONE)
			break;
		if (has_enough(L, s, kind))
			return push_got(L, s);
	}
	if (io == IO_WANT_READ || io == IO_WANT_WRITE)
		return socket_wait(L, s, io, ctx | 1, receive_continue);
	if (s->got.len > 0 && !s->got.bad)
		return push_got(L, s);
	buf_reset(&s->got);
	if (!(ctx & 1))
		trace_event(s, true, io == IO_EOF ? "EOF" : "ERROR");
	return socket_fail_io(L, io);
}

static int
receive(lua_State *L, enum enough kind)
{
	struct sock *s = socket_check(L);
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	if (kind != ENOUGH_ANY) {
		lua_pushinteger(L, luaL_checkinteger(L, 2));
		lua_replace(L, 2);
	}
	socket_own(L, s);
	socket_deadline(s);
	buf_reset(&s->got);
	return receive_continue(L, LUA_OK, kind << 1);
}

int
socket_receive(lua_State *L)
{
	return receive(L, ENOUGH_ANY);
}

int
socket_receive_lines(lua_State *L)
{
	return receive(L, ENOUGH_LINES);
}

int
socket_receive_bytes(lua_State *L)
{
	return receive(L, ENOUGH_BYTES);
}

/*
 * Ask the delimiter (pattern or predicate at index 2) about the whole buffer. True: *l and *r are set. The buffer is
 * the remainder followed by what this call received.
 */
static bool
find_delimiter(lua_State *L, struct sock *s, lua_Integer *l, lua_Integer *r)
{
	int top = lua_gettop(L);
	bool found;
	luaL_Buffer b;

	if (lua_type(L, 2) == LUA_TSTRING) {
		lua_getglobal(L, "string");
		lua_getfield(L, -1, "find");
		lua_remove(L, -2);
	} else {
		lua_pushvalue(L, 2);
	}
	luaL_buffinit(L, &b);
	luaL_addlstring(&b, (const char *)s->rest.data, s->rest.len);
	luaL_addlstring(&b, (const char *)s->got.data, s->got.len);
	luaL_pushresult(&b);
	if (lua_type(L, 2) == LUA_TSTRING) {
		lua_pushvalue(L, 2);
		lua_call(L, 2, 2);
	} else {
		lua_call(L, 1, 2);
	}
	found = lua_isnumber(L, -2) && lua_isnumber(L, -1);
	if (found) {
		*l = lua_tointeger(L, -2);
		*r = lua_tointeger(L, -1);
	}
	lua_settop(L, top);
	return found;
}

/* The piece up to the delimiter; the rest is kept for the next call. */
static int
push_piece(lua_State *L, struct sock *s, lua_Integer l, lua_Integer r)
{
	lua_Integer len = (lua_Integer)(s->rest.len + s->got.len);

	if (l > r || r > len || r < 0)
		return luaL_error(L, "invalid indices for match");
	buf_put(&s->rest, s->got.data, s->got.len);
	buf_reset(&s->got);
	if (s->rest.bad) {
		buf_reset(&s->rest);
		return socket_fail_io(L, IO_ERROR);
	}
	lua_pushboolean(L, 1);
	if (lua_toboolean(L, 3))
		lua_pushlstring(L, (const char *)s->rest.data, (size_t)r);
	else
		lua_pushlstring(
		    L, (const char *)s->rest.data, l > 1 ? (size_t)(l - 1) : 0);
	buf_consume(&s->rest, (size_t)r);
	return 2;
}

static int
receive_buf_continue(lua_State *L, int status, lua_KContext ctx)
{
	struct sock *s = socket_check(L);
	lua_Integer l, r;
	enum io io;

	(void)status;
	if (ctx == 0) {
		if (find_delimiter(L, s, &l, &r))
			return push_piece(L, s, l, r);
	} else {
		int n = socket_waited(L, s);

		if (n != 0)
			return n;
	}
	for (;;) {
		io = read_some(s);
		if (io != IO_DONE)
			break;
		if (find_delimiter(L, s, &l, &r))
			return push_piece(L, s, l, r);
		socket_deadline(s);
	}
	if (io == IO_WANT_READ || io == IO_WANT_WRITE)
		return socket_wait(L, s, io, 1, receive_buf_continue);
	return socket_fail_io(L, io);
}

int
socket_receive_buf(lua_State *L)
{
	struct sock *s = socket_check(L);
	int n = socket_usable(L, s);

	if (n != 0)
		return n;
	if (lua_type(L, 2) != LUA_TSTRING && lua_type(L, 2) != LUA_TFUNCTION)
		return luaL_argerror(L, 2,
		    lua_pushfstring(L, "function/string expected, got %s",
			luaL_typename(L, 2)));
	luaL_checktype(L, 3, LUA_TBOOLEAN);
	lua_settop(L, 3);
	socket_own(L, s);
	socket_deadline(s);
	buf_reset(&s->got);
	return receive_buf_continue(L, LUA_OK, 0);
}

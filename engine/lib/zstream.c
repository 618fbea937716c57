/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstream: streaming compression for scripts.
 *
 * A deflate stream hands its output to a sink in pieces of up to one window; an inflate stream fills the same window
 * from its source on demand and reads from there, as a file does. Sinks and sources are Lua: while one runs, the
 * stream is busy and refuses every other use, so that it cannot be freed under zlib's feet. They must not wait.
 *
 * Bounds: zlib's own state is about 300 KiB at most; what is read grows in Lua's memory, which is capped.
 */
#include "engine/lib/zstream.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ZSTREAM_TYPE "zlib:zstream"
#define WINDOW 8192

enum zstream_kind {
	ZSTREAM_CLOSED,
	ZSTREAM_DEFLATE,
	ZSTREAM_INFLATE
};

/* User values of the object. */
enum {
	UV_PEER = 1,  /* sink or source */
	UV_INPUT = 2, /* the string that z.next_in points into */
	UV_DICT = 3,  /* dictionary for inflate, or nil */
	UV_COUNT = 3
};

struct zstream {
	z_stream z;
	enum zstream_kind kind;
	bool busy;
	bool ended; /* inflate: nothing more will come */
	bool peeks; /* inflate: the source has peek */
	bool full;  /* inflate: the window was too small, zlib may hold more */
	size_t at;  /* inflate: next unread octet of the window */
	size_t end;
	unsigned char window[WINDOW];
};

/* ---- life ---- */

static void
release(struct zstream *s)
{
	if (s->kind == ZSTREAM_DEFLATE)
		(void)deflateEnd(&s->z);
	else if (s->kind == ZSTREAM_INFLATE)
		(void)inflateEnd(&s->z);
	s->kind = ZSTREAM_CLOSED;
}

static struct zstream *
push_stream(lua_State *L)
{
	struct zstream *s = lua_newuserdatauv(L, sizeof(*s), UV_COUNT);

	memset(s, 0, offsetof(struct zstream, window));
	luaL_setmetatable(L, ZSTREAM_TYPE);
	return s;
}

static struct zstream *
check_stream(lua_State *L, enum zstream_kind kind)
{
	struct zstream *s = luaL_checkudata(L, 1, ZSTREAM_TYPE);

	luaL_argcheck(L, s->kind == kind && !s->busy, 1,
	    "attempt to use invalid zlib stream");
	return s;
}

int
zstream_new_deflate(
    lua_State *L, const struct zstream_params *p, z_stream **out)
{
	struct zstream *s = push_stream(L);
	int rc = deflateInit2(&s->z, p->level, p->method, p->window_bits,
	    p->mem_level, p->strategy);

	if (rc == Z_OK)
		s->kind = ZSTREAM_DEFLATE;
	*out = &s->z;
	return rc;
}

int
zstream_new_inflate(lua_State *L, int window_bits, z_stream **out)
{
	struct zstream *s = push_stream(L);
	int rc = inflateInit2(&s->z, window_bits);

	if (rc == Z_OK)
		s->kind = ZSTREAM_INFLATE;
	*out = &s->z;
	return rc;
}

void
zstream_end(lua_State *L, int index)
{
	release(luaL_checkudata(L, index, ZSTREAM_TYPE));
}

static int
opt_int(lua_State *L, int arg, int value)
{
	lua_Integer n = luaL_optinteger(L, arg, value);

	luaL_argcheck(L, n >= INT_MIN && n <= INT_MAX, arg, "out of range");
	return (int)n;
}

struct zstream_params
zstream_params_get(lua_State *L, int first)
{
	return (struct zstream_params){
		.level = opt_int(L, first, Z_DEFAULT_COMPRESSION),
		.method = opt_int(L, first + 1, Z_DEFLATED),
		.window_bits = opt_int(L, first + 2, MAX_WBITS),
		.mem_level = opt_int(L, first + 3, 8),
		.strategy = opt_int(L, first + 4, Z_DEFAULT_STRATEGY),
	};
}

/* Call the function and @p nargs arguments on top of the stack while the stream is locked. */
static void
call_peer(lua_State *L, struct zstream *s, int nargs, int nresults)
{
	int status;

	s->busy = true;
	status = lua_pcall(L, nargs, nresults, 0);
	s->busy = false;
	if (status != LUA_OK)
		lua_error(L);
}

/* ---- deflate ---- */

static void
push_to_sink(lua_State *L, struct zstream *s, size_t len)
{
	int nargs = 1;

	lua_getiuservalue(L, 1, UV_PEER);
	if (!lua_isfunction(L, -1)) {
		lua_getfield(L, -1, "write");
		lua_insert(L, -2);
		nargs = 2;
	}
	lua_pushlstring(L, (const char *)s->window, len);
	call_peer(L, s, nargs, 0);
}

/* Compress what z.next_in has, with zlib's flush mode. Returns zlib's code: Z_OK, Z_STREAM_END or a failure. */
static int
pump(lua_State *L, struct zstream *s, int flush)
{
	int rc;

	do {
		s->z.next_out = s->window;
		s->z.avail_out = WINDOW;
		rc = deflate(&s->z, flush);
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return rc;
		if (s->z.avail_out < WINDOW)
			push_to_sink(L, s, WINDOW - s->z.avail_out);
	} while (s->z.avail_out == 0);
	return rc == Z_BUF_ERROR ? Z_OK : rc;
}

static int
push_pumped(lua_State *L, int rc)
{
	if (rc == Z_OK || rc == Z_STREAM_END) {
		lua_pushboolean(L, 1);
		return 1;
	}
	lua_pushboolean(L, 0);
	lua_pushfstring(L, "failed to compress [%d]", rc);
	return 2;
}

static int
stream_write(lua_State *L)
{
	struct zstream *s = check_stream(L, ZSTREAM_DEFLATE);
	int top = lua_gettop(L);
	int i;

	for (i = 2; i <= top; i++) {
		size_t len;
		const char *data = luaL_checklstring(L, i, &len);
		int rc;

		luaL_argcheck(L, len <= UINT_MAX, i, "string too long");
		s->z.next_in = (const Bytef *)data;
		s->z.avail_in = (uInt)len;
		rc = pump(L, s, Z_NO_FLUSH);
		if (rc != Z_OK)
			return push_pumped(L, rc);
	}
	return push_pumped(L, Z_OK);
}

static int
stream_flush(lua_State *L)
{
	static const char *const words[] = { "sync", "full", "finish", NULL };
	static const int modes[] = { Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH };
	struct zstream *s = check_stream(L, ZSTREAM_DEFLATE);
	int mode = modes[luaL_checkoption(L, 2, "sync", words)];

	s->z.avail_in = 0;
	return push_pumped(L, pump(L, s, mode));
}

int
zstream_deflate(lua_State *L)
{
	struct zstream_params params;
	size_t len = 0;
	const char *dict;
	z_stream *z;

	lua_settop(L, 7);
	if (lua_istable(L, 1) || lua_isuserdata(L, 1)) {
		lua_getfield(L, 1, "write");
		luaL_argcheck(L, lua_isfunction(L, -1), 1,
		    "output parameter does not provide :write function");
		lua_pop(L, 1);
	} else if (!lua_isfunction(L, 1)) {
		return luaL_argerror(L, 1,
		    "output parameter must be a function, table or userdata "
		    "value");
	}
	params = zstream_params_get(L, 2);
	dict = luaL_optlstring(L, 7, NULL, &len);
	if (zstream_new_deflate(L, &params, &z) != Z_OK)
		return luaL_error(L, "call to deflateInit2 failed");
	if (dict != NULL &&
	    (len > UINT_MAX || deflateSetDictionary(
				   z, (const Bytef *)dict, (uInt)len) != Z_OK))
		return luaL_error(L, "call to deflateSetDictionnary failed");
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, -2, UV_PEER);
	return 1;
}

/* ---- inflate ---- */

/* Ask the source for more: a string on the stack, or nil at its end. */
static void
push_from_source(lua_State *L, struct zstream *s)
{
	int nargs = 1;

	lua_getiuservalue(L, 1, UV_PEER);
	if (!lua_isfunction(L, -1)) {
		lua_getfield(L, -1, s->peeks ? "peek" : "read");
		lua_insert(L, -2);
		nargs = 2;
	}
	lua_pushinteger(L, WINDOW);
	call_peer(L, s, nargs, 1);
	if (!lua_isnil(L, -1) && lua_type(L, -1) != LUA_TSTRING)
		luaL_error(L, "deflate callback must return string or nil");
}

/* Give zlib new input; false when there is none. */
static bool
feed(lua_State *L, struct zstream *s)
{
	size_t len = 0;
	const char *data = NULL;

	lua_getiuservalue(L, 1, UV_PEER);
	if (lua_type(L, -1) == LUA_TSTRING) {
		/* A string is fed once, whole, and forgotten as a source. */
		lua_pushvalue(L, -1);
		lua_setiuservalue(L, 1, UV_INPUT);
		data = lua_tolstring(L, -1, &len);
		lua_pushnil(L);
		lua_setiuservalue(L, 1, UV_PEER);
	} else if (!lua_isnil(L, -1)) {
		push_from_source(L, s);
		lua_replace(L, -2);
		data = lua_tolstring(L, -1, &len);
		lua_pushvalue(L, -1);
		lua_setiuservalue(L, 1, UV_INPUT);
	}
	lua_pop(L, 1);
	if (len > UINT_MAX)
		luaL_error(L, "string too long");
	s->z.next_in = (const Bytef *)data;
	s->z.avail_in = (uInt)len;
	return len > 0;
}

/* Tell a source that was only peeked at how much was used of it. */
static void
consume(lua_State *L, struct zstream *s, uInt used)
{
	lua_getiuservalue(L, 1, UV_PEER);
	lua_getfield(L, -1, "read");
	lua_insert(L, -2);
	lua_pushinteger(L, used);
	call_peer(L, s, 2, 0);
	s->z.avail_in = 0;
}

static void
set_dictionary(lua_State *L, struct zstream *s)
{
	size_t len;
	const char *dict;

	lua_getiuservalue(L, 1, UV_DICT);
	dict = lua_tolstring(L, -1, &len);
	if (dict == NULL)
		luaL_error(L, "no inflate dictionary provided");
	if (len > UINT_MAX ||
	    inflateSetDictionary(&s->z, (const Bytef *)dict, (uInt)len) != Z_OK)
		luaL_error(L, "call to inflateSetDictionnary failed");
	lua_pop(L, 1);
}

/*
 * Refill the empty window; false at the end of the data. A source that ends too early is an end, not an error: the
 * part that came is what scripts want.
 */
static bool
refill(lua_State *L, struct zstream *s)
{
	s->at = 0;
	s->end = 0;
	while (!s->ended && s->end == 0) {
		uInt before;
		int rc;

		if (s->z.avail_in == 0 && !s->full && !feed(L, s)) {
			s->ended = true;
			break;
		}
		before = s->z.avail_in;
		s->z.next_out = s->window;
		s->z.avail_out = WINDOW;
		rc = inflate(&s->z, Z_NO_FLUSH);
		s->end = WINDOW - s->z.avail_out;
		s->full = s->z.avail_out == 0;
		if (s->peeks && before > 0)
			consume(L, s, before - s->z.avail_in);
		if (rc == Z_NEED_DICT) {
			set_dictionary(L, s);
		} else if (rc == Z_STREAM_END) {
			s->ended = true;
		} else if (rc != Z_OK && rc != Z_BUF_ERROR) {
			release(s);
			luaL_error(L, "failed to decompress [%d]", rc);
		}
	}
	return s->end > 0;
}

/* The next octet without taking it, -1 at the end. */
static int
peek(lua_State *L, struct zstream *s)
{
	if (s->at == s->end && !refill(L, s))
		return -1;
	return s->window[s->at];
}

/* Lines end with CR, LF or CR LF. */
static bool
read_line(lua_State *L, struct zstream *s)
{
	luaL_Buffer b;
	int c = peek(L, s);

	if (c < 0) {
		lua_pushnil(L);
		return false;
	}
	luaL_buffinit(L, &b);
	for (; c >= 0 && c != '\n' && c != '\r'; c = peek(L, s)) {
		luaL_addchar(&b, (char)c);
		s->at++;
	}
	if (c >= 0)
		s->at++;
	if (c == '\r' && peek(L, s) == '\n')
		s->at++;
	luaL_pushresult(&b);
	return true;
}

/* Up to @p n octets; nil when there are none though some were asked for. */
static bool
read_octets(lua_State *L, struct zstream *s, size_t n)
{
	luaL_Buffer b;

	if (peek(L, s) < 0) {
		lua_pushnil(L);
		return false;
	}
	luaL_buffinit(L, &b);
	while (n > 0 && peek(L, s) >= 0) {
		size_t len = s->end - s->at;

		if (len > n)
			len = n;
		luaL_addlstring(&b, (const char *)s->window + s->at, len);
		s->at += len;
		n -= len;
	}
	luaL_pushresult(&b);
	return true;
}

static bool
read_format(lua_State *L, struct zstream *s, int arg)
{
	const char *format;

	if (lua_type(L, arg) == LUA_TNUMBER) {
		lua_Integer n = luaL_checkinteger(L, arg);

		return read_octets(L, s, n > 0 ? (size_t)n : 0);
	}
	format = luaL_checkstring(L, arg);
	if (strlen(format) >= 2 && format[0] != '*')
		luaL_argerror(L, arg, "invalid option");
	if (strlen(format) >= 2 && format[1] == 'l')
		return read_line(L, s);
	if (strlen(format) < 2 || format[1] != 'a')
		luaL_argerror(L, arg, "invalid format");
	if (!read_octets(L, s, SIZE_MAX)) {
		lua_pop(L, 1);
		lua_pushliteral(L, "");
	}
	return true;
}

static int
stream_read(lua_State *L)
{
	struct zstream *s = check_stream(L, ZSTREAM_INFLATE);
	int top = lua_gettop(L);
	int i;

	if (top == 1) {
		(void)read_line(L, s);
		return 1;
	}
	luaL_checkstack(L, top + LUA_MINSTACK, "too many arguments");
	for (i = 2; i <= top; i++)
		if (!read_format(L, s, i))
			break;
	return lua_gettop(L) - top;
}

static int
next_line(lua_State *L)
{
	lua_settop(L, 0);
	lua_pushvalue(L, lua_upvalueindex(1));
	(void)read_line(L, check_stream(L, ZSTREAM_INFLATE));
	return 1;
}

static int
stream_lines(lua_State *L)
{
	(void)check_stream(L, ZSTREAM_INFLATE);
	lua_settop(L, 1);
	lua_pushcclosure(L, next_line, 1);
	return 1;
}

/* Is argument 1 something data can come from? */
static bool
check_source(lua_State *L)
{
	bool peeks = false;

	switch (lua_type(L, 1)) {
	case LUA_TNUMBER:
	case LUA_TSTRING:
		(void)lua_tostring(L, 1);
		break;
	case LUA_TFUNCTION:
		break;
	case LUA_TTABLE:
	case LUA_TUSERDATA:
		lua_getfield(L, 1, "read");
		luaL_argcheck(L, lua_isfunction(L, -1), 1,
		    "input parameter does not provide :read function");
		lua_getfield(L, 1, "peek");
		peeks = lua_isfunction(L, -1);
		lua_pop(L, 2);
		break;
	default:
		luaL_argerror(L, 1,
		    "input parameter must be a string, function, table or "
		    "userdata value");
	}
	return peeks;
}

int
zstream_inflate(lua_State *L)
{
	bool peeks = check_source(L);
	int bits = opt_int(L, 2, MAX_WBITS);
	struct zstream *s;
	z_stream *z;

	luaL_optstring(L, 3, NULL);
	lua_settop(L, 3);
	/* A plain window size finds out by itself whether it is zlib or gzip. */
	if (bits > 0 && bits <= MAX_WBITS)
		bits += 32;
	if (zstream_new_inflate(L, bits, &z) != Z_OK)
		return luaL_error(L, "call to inflateInit2 failed");
	s = lua_touserdata(L, 4);
	s->peeks = peeks;
	lua_pushvalue(L, 1);
	lua_setiuservalue(L, 4, UV_PEER);
	lua_pushvalue(L, 3);
	lua_setiuservalue(L, 4, UV_DICT);
	return 1;
}

/* ---- both ---- */

static int
stream_close(lua_State *L)
{
	struct zstream *s = luaL_checkudata(L, 1, ZSTREAM_TYPE);

	luaL_argcheck(L, !s->busy, 1, "attempt to use invalid zlib stream");
	if (s->kind == ZSTREAM_DEFLATE) {
		int rc;

		s->z.avail_in = 0;
		rc = pump(L, s, Z_FINISH);
		release(s);
		return push_pumped(L, rc);
	}
	release(s);
	lua_pushboolean(L, 1);
	return 1;
}

static int
stream_adler(lua_State *L)
{
	struct zstream *s = luaL_checkudata(L, 1, ZSTREAM_TYPE);

	luaL_argcheck(L, s->kind != ZSTREAM_CLOSED, 1,
	    "attempt to use invalid zlib stream");
	lua_pushnumber(L, (lua_Number)s->z.adler);
	return 1;
}

static int
stream_tostring(lua_State *L)
{
	struct zstream *s = luaL_checkudata(L, 1, ZSTREAM_TYPE);

	switch (s->kind) {
	case ZSTREAM_CLOSED:
		lua_pushliteral(L, "zlib stream (closed)");
		break;
	case ZSTREAM_DEFLATE:
		lua_pushfstring(L, "zlib deflate stream (%p)", (void *)s);
		break;
	case ZSTREAM_INFLATE:
		lua_pushfstring(L, "zlib inflate stream (%p)", (void *)s);
		break;
	}
	return 1;
}

static int
stream_collect(lua_State *L)
{
	release(luaL_checkudata(L, 1, ZSTREAM_TYPE));
	return 0;
}

static const luaL_Reg methods[] = {
	{ "write", stream_write },
	{ "flush", stream_flush },
	{ "read", stream_read },
	{ "lines", stream_lines },
	{ "close", stream_close },
	{ "adler", stream_adler },
	{ "__tostring", stream_tostring },
	{ "__gc", stream_collect },
	{ NULL, NULL },
};

void
zstream_init(lua_State *L)
{
	luaL_newmetatable(L, ZSTREAM_TYPE);
	luaL_setfuncs(L, methods, 0);
	lua_pushvalue(L, -1);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
}

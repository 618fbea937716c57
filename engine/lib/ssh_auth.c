/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh_auth: authentication of the libssh2 module. Each function gives true or false; a socket that fails raises.
 */
#include <lauxlib.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/lib/lib_socket.h"
#include "engine/lib/ssh.h"
#include "sensor/base/cursor.h"

#define PUBLIC_KEY_FILE_MAX 65536

/* The user of every call here. */
enum {
	ARG_SESSION = 1,
	ARG_USER = 2
};

static const char *
user_of(lua_State *L, unsigned *len)
{
	size_t n;
	const char *user = luaL_checklstring(L, ARG_USER, &n);

	*len = (unsigned)n;
	return user;
}

/* ---- methods ---- */

static int
list_try(lua_State *L, struct ssh *s)
{
	unsigned len;
	const char *user = user_of(L, &len);

	s->found = libssh2_userauth_list(s->session, user, len);
	return s->found != NULL ? 0 : libssh2_session_last_errno(s->session);
}

static int
list_done(lua_State *L, struct ssh *s, int rc)
{
	const char *at = s->found;
	lua_Integer n = 0;

	(void)rc;
	if (at == NULL && libssh2_userauth_authenticated(s->session)) {
		lua_pushliteral(L, "none_auth");
		return 1;
	}
	if (at == NULL) {
		char *why = NULL;

		(void)libssh2_session_last_error(s->session, &why, NULL, 0);
		lua_pushboolean(L, 0);
		lua_pushfstring(L, "userauth_list: %s", why);
		return 2;
	}
	lua_newtable(L);
	while (*at != '\0') {
		size_t len = strcspn(at, ",");

		lua_pushlstring(L, at, len);
		lua_rawseti(L, -2, ++n);
		at += len;
		at += strspn(at, ",");
	}
	return 1;
}

static int
userauth_list(lua_State *L)
{
	static const struct ssh_op op = { list_try, list_done };

	luaL_checkstring(L, ARG_USER);
	return ssh_run(L, &op);
}

/* libssh2 1.11 keeps the banner; before, it is lost and there is nothing to tell. */
static int
userauth_banner(lua_State *L)
{
	struct ssh *s = ssh_check(L);
#if LIBSSH2_VERSION_NUM >= 0x010b00
	char *banner = NULL;

	if (libssh2_userauth_banner(s->session, &banner) == 0 &&
	    banner != NULL) {
		lua_pushstring(L, banner);
		return 1;
	}
#endif
	(void)s;
	return 0;
}

/* ---- password ---- */

static int
password_try(lua_State *L, struct ssh *s)
{
	unsigned len;
	const char *user = user_of(L, &len);
	size_t password_len;
	const char *password = luaL_checklstring(L, 3, &password_len);

	return libssh2_userauth_password_ex(
	    s->session, user, len, password, (unsigned)password_len, NULL);
}

static int
userauth_password(lua_State *L)
{
	static const struct ssh_op op = { password_try, ssh_done_boolean };

	luaL_checkstring(L, ARG_USER);
	luaL_checkstring(L, 3);
	return ssh_run(L, &op);
}

/* ---- keys ---- */

static int
key_file_try(lua_State *L, struct ssh *s)
{
	unsigned len;
	const char *user = user_of(L, &len);

	return libssh2_userauth_publickey_fromfile_ex(s->session, user, len,
	    luaL_optstring(L, 5, NULL), luaL_checkstring(L, 3),
	    luaL_optstring(L, 4, NULL));
}

/* (session, user, private file [, passphrase [, public file]]) */
static int
userauth_publickey(lua_State *L)
{
	static const struct ssh_op op = { key_file_try, ssh_done_boolean };

	luaL_checkstring(L, ARG_USER);
	luaL_checkstring(L, 3);
	luaL_optstring(L, 4, NULL);
	luaL_optstring(L, 5, NULL);
	return ssh_run(L, &op);
}

static int
key_memory_try(lua_State *L, struct ssh *s)
{
	unsigned len;
	const char *user = user_of(L, &len);
	size_t private_len;
	size_t public_len = 0;
	const char *private = luaL_checklstring(L, 3, &private_len);
	const char *public = ssh_opt_string(L, 5, &public_len);

	return libssh2_userauth_publickey_frommemory(s->session, user, len,
	    public, public_len, private, private_len,
	    luaL_optstring(L, 4, NULL));
}

/* (session, user, private key [, passphrase [, public key]]) */
static int
userauth_publickey_frommemory(lua_State *L)
{
	static const struct ssh_op op = { key_memory_try, ssh_done_boolean };

	luaL_checkstring(L, ARG_USER);
	luaL_checkstring(L, 3);
	luaL_optstring(L, 4, NULL);
	luaL_optstring(L, 5, NULL);
	return ssh_run(L, &op);
}

/* A signature that always fails: being asked for one means that the server would take the key. */
static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(refuse_to_sign)
{
	(void)session;
	(void)sig;
	(void)sig_len;
	(void)data;
	(void)data_len;
	(void)abstract;
	return -1;
}

static int
canauth_try(lua_State *L, struct ssh *s)
{
	size_t len;
	const char *blob = luaL_checklstring(L, 3, &len);

	return libssh2_userauth_publickey(s->session,
	    luaL_checkstring(L, ARG_USER), (const unsigned char *)blob, len,
	    refuse_to_sign, NULL);
}

static int
canauth_done(lua_State *L, struct ssh *s, int rc)
{
	char *why = NULL;

	(void)libssh2_session_last_error(s->session, &why, NULL, 0);
	if (rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED && why != NULL &&
	    strncmp(why, "Callback", 8) == 0)
		lua_pushboolean(L, 1);
	else if (rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED ||
		 rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED)
		lua_pushboolean(L, 0);
	else
		return luaL_error(L, "Invalid public key: %s", why);
	return 1;
}

static int
publickey_canauth(lua_State *L)
{
	static const struct ssh_op op = { canauth_try, canauth_done };
	size_t len;
	const char *blob;
	struct cursor cur;

	luaL_checkstring(L, ARG_USER);
	blob = luaL_checklstring(L, 3, &len);
	/* RFC 4253 §6.6: it starts with the length and the name of its format. */
	cur = cur_new(blob, len);
	cur_skip(&cur, cur_be32(&cur));
	if (cur_bad(&cur))
		return luaL_error(L, "Invalid public key: no format");
	return ssh_run(L, &op);
}

/* Decode base64 in place of the second word of a line; the number of octets, or -1. */
static int
decode_word(char *line, unsigned char *out)
{
	char *word = line + strcspn(line, " \t");
	size_t len;
	size_t pad = 0;
	int octets;

	word += strspn(word, " \t");
	len = strcspn(word, " \t\r\n");
	while (pad < len && word[len - 1 - pad] == '=')
		pad++;
	octets = EVP_DecodeBlock(out, (const unsigned char *)word, (int)len);
	return octets < 0 ? -1 : octets - (int)pad;
}

/* (file): the key of an OpenSSH public key file, decoded. */
static int
read_publickey(lua_State *L)
{
	const char *path = luaL_checkstring(L, 1);
	char *line = lua_newuserdatauv(L, PUBLIC_KEY_FILE_MAX, 0);
	unsigned char *out = lua_newuserdatauv(L, PUBLIC_KEY_FILE_MAX, 0);
	FILE *f = fopen(path, "re");
	int len = -1;

	if (f != NULL) {
		if (fgets(line, PUBLIC_KEY_FILE_MAX, f) != NULL)
			len = decode_word(line, out);
		(void)fclose(f);
	}
	if (len < 0)
		return luaL_error(L, "Error reading file");
	lua_pushlstring(L, (const char *)out, (size_t)len);
	return 1;
}

/* ---- keyboard-interactive ---- */

/* One round of the server's questions. */
struct round {
	const char *name;
	size_t name_len;
	const char *instruction;
	size_t instruction_len;
	int count;
	const LIBSSH2_USERAUTH_KBDINT_PROMPT *prompts;
	LIBSSH2_USERAUTH_KBDINT_RESPONSE *responses;
};

/* Protected: (callback, user, round). libssh2 frees the answers with free(). */
static int
answer_round(lua_State *L)
{
	struct round *r = lua_touserdata(L, 3);
	int i;

	lua_pushvalue(L, 1);
	lua_pushvalue(L, 2);
	lua_pushlstring(L, r->name, r->name_len);
	lua_pushlstring(L, r->instruction, r->instruction_len);
	lua_createtable(L, r->count, 0);
	for (i = 0; i < r->count; i++) {
		lua_pushlstring(L, r->prompts[i].text, r->prompts[i].length);
		lua_rawseti(L, -2, i + 1);
	}
	lua_call(L, 4, 1);
	luaL_checktype(L, -1, LUA_TTABLE);
	for (i = 0; i < r->count; i++) {
		size_t len;
		const char *text;

		lua_geti(L, -1, i + 1);
		text = luaL_checklstring(L, -1, &len);
		r->responses[i].text = malloc(len + 1);
		if (r->responses[i].text == NULL)
			return luaL_error(L, "not enough memory");
		memcpy(r->responses[i].text, text, len + 1);
		r->responses[i].length = (unsigned)len;
		lua_pop(L, 1);
	}
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libssh2's. */
static LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(on_prompts)
{
	const struct ssh *s = *abstract;
	lua_State *co = s->L;
	struct round r = { .name = name,
		.name_len = (size_t)name_len,
		.instruction = instruction,
		.instruction_len = (size_t)instruction_len,
		.count = num_prompts,
		.prompts = prompts,
		.responses = responses };

	if (!lua_checkstack(co, LUA_MINSTACK))
		return;
	lua_pushcfunction(co, answer_round);
	lua_pushvalue(co, 3);
	lua_pushvalue(co, ARG_USER);
	lua_pushlightuserdata(co, &r);
	/* An error in the callback is no answer. */
	if (lua_pcall(co, 3, 0, 0) != LUA_OK)
		lua_pop(co, 1);
}

static int
keyboard_try(lua_State *L, struct ssh *s)
{
	unsigned len;
	const char *user = user_of(L, &len);

	return libssh2_userauth_keyboard_interactive_ex(
	    s->session, user, len, on_prompts);
}

/* (session, user, callback) */
static int
userauth_keyboard_interactive(lua_State *L)
{
	static const struct ssh_op op = { keyboard_try, ssh_done_boolean };

	luaL_checkstring(L, ARG_USER);
	luaL_checktype(L, 3, LUA_TFUNCTION);
	return ssh_run(L, &op);
}

static const luaL_Reg functions[] = {
	{ "userauth_list", userauth_list },
	{ "userauth_banner", userauth_banner },
	{ "userauth_password", userauth_password },
	{ "userauth_publickey", userauth_publickey },
	{ "userauth_publickey_frommemory", userauth_publickey_frommemory },
	{ "userauth_keyboard_interactive", userauth_keyboard_interactive },
	{ "publickey_canauth", publickey_canauth },
	{ "read_publickey", read_publickey },
	{ NULL, NULL },
};

void
ssh_auth_functions(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

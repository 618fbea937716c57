/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openssl: digests, MACs, ciphers and random octets for scripts, plus the big
 * numbers of bignum.c.
 *
 * Scripts speak old protocols, so OpenSSL's legacy provider is loaded beside
 * the default one; where it is not installed its algorithms (MD4, single DES,
 * RC4 ...) raise and the rest works. Misuse and OpenSSL failures raise Lua
 * errors. No OpenSSL object is alive while something that can raise is called.
 */
#include <lauxlib.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/lib/bignum.h"
#include "engine/lib/lib.h"

/* The object-name table of OpenSSL 3.0 has 56 digests and 170 ciphers. */
#define NAMES_MAX 512

/* ---- digests ---- */

static int
push_digest(lua_State *L, const EVP_MD *md, const char *data, size_t len)
{
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned outlen;

	ERR_clear_error();
	if (!EVP_Digest(data, len, out, &outlen, md, NULL))
		return bignum_openssl_error(L);
	lua_pushlstring(L, (const char *)out, outlen);
	return 1;
}

static const EVP_MD *
check_md(lua_State *L, int arg)
{
	const char *name = luaL_checkstring(L, arg);
	const EVP_MD *md = EVP_get_digestbyname(name);

	if (md == NULL)
		luaL_error(L, "Unknown digest algorithm: %s", name);
	return md;
}

static int
digest(lua_State *L)
{
	size_t len;
	const char *data;
	const EVP_MD *md;

	luaL_checkstring(L, 1);
	data = luaL_checklstring(L, 2, &len);
	md = check_md(L, 1);
	return push_digest(L, md, data, len);
}

static int
hmac(lua_State *L)
{
	size_t keylen;
	size_t len;
	const char *key;
	const char *data;
	const EVP_MD *md;
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned outlen;

	luaL_checkstring(L, 1);
	key = luaL_checklstring(L, 2, &keylen);
	data = luaL_checklstring(L, 3, &len);
	md = check_md(L, 1);
	luaL_argcheck(L, keylen <= INT_MAX, 2, "key too long");
	ERR_clear_error();
	if (HMAC(md, key, (int)keylen, (const unsigned char *)data, len, out,
		&outlen) == NULL)
		return bignum_openssl_error(L);
	lua_pushlstring(L, (const char *)out, outlen);
	return 1;
}

static int
digest_md(lua_State *L, const EVP_MD *md)
{
	size_t len;
	const char *data = luaL_checklstring(L, 1, &len);

	return push_digest(L, md, data, len);
}

static int
md4(lua_State *L)
{
	return digest_md(L, EVP_md4());
}

static int
md5(lua_State *L)
{
	return digest_md(L, EVP_md5());
}

static int
sha1(lua_State *L)
{
	return digest_md(L, EVP_sha1());
}

static int
ripemd160(lua_State *L)
{
	return digest_md(L, EVP_ripemd160());
}

/* ---- ciphers ---- */

struct cipher_job {
	const EVP_CIPHER *cipher;
	const unsigned char *key;
	const unsigned char *iv; /* NULL: all zero */
	const unsigned char *data;
	size_t keylen;
	size_t len;
	bool encrypt;
	bool padding;
};

/* Run @p job into @p out, which has room for the data and one block. False on
 * failure, with OpenSSL's queue filled. */
static bool
cipher_run(const struct cipher_job *job, unsigned char *out, size_t *outlen)
{
	static const unsigned char zero_iv[EVP_MAX_IV_LENGTH];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	const unsigned char *iv = job->iv != NULL ? job->iv : zero_iv;
	int first = 0;
	int last = 0;
	bool ok;

	ok = ctx != NULL &&
	     EVP_CipherInit_ex(
		 ctx, job->cipher, NULL, NULL, NULL, job->encrypt) &&
	     EVP_CIPHER_CTX_set_key_length(ctx, (int)job->keylen) &&
	     EVP_CipherInit_ex(ctx, NULL, NULL, job->key, iv, -1) &&
	     EVP_CIPHER_CTX_set_padding(ctx, job->padding) &&
	     EVP_CipherUpdate(ctx, out, &first, job->data, (int)job->len) &&
	     EVP_CipherFinal_ex(ctx, out + first, &last);
	EVP_CIPHER_CTX_free(ctx);
	*outlen = (size_t)first + (size_t)last;
	return ok;
}

/* (alg, key, iv, data [, padding]) */
static int
cipher(lua_State *L, bool encrypt)
{
	const char *name = luaL_checkstring(L, 1);
	struct cipher_job job = { .encrypt = encrypt,
		.padding = lua_toboolean(L, 5) };
	size_t ivlen;
	size_t want;
	luaL_Buffer b;
	unsigned char *out;
	size_t outlen;

	job.key = (const unsigned char *)luaL_checklstring(L, 2, &job.keylen);
	job.iv = (const unsigned char *)luaL_optlstring(L, 3, "", &ivlen);
	job.data = (const unsigned char *)luaL_checklstring(L, 4, &job.len);
	job.cipher = EVP_get_cipherbyname(name);
	if (job.cipher == NULL)
		return luaL_error(L, "Unknown cipher algorithm: %s", name);
	want = (size_t)EVP_CIPHER_get_iv_length(job.cipher);
	if (ivlen == 0)
		job.iv = NULL;
	else if (ivlen != want)
		return luaL_error(L, "Length of iv is %d; should be %d",
		    (int)ivlen, (int)want);
	luaL_argcheck(L, job.keylen <= INT_MAX, 2, "key too long");
	luaL_argcheck(
	    L, job.len <= INT_MAX - EVP_MAX_BLOCK_LENGTH, 4, "data too long");
	out = (unsigned char *)luaL_buffinitsize(
	    L, &b, job.len + EVP_MAX_BLOCK_LENGTH);
	ERR_clear_error();
	if (!cipher_run(&job, out, &outlen))
		return bignum_openssl_error(L);
	luaL_pushresultsize(&b, outlen);
	return 1;
}

static int
encrypt(lua_State *L)
{
	return cipher(L, true);
}

static int
decrypt(lua_State *L)
{
	return cipher(L, false);
}

/* FIPS 46-3: 56 key bits spread over 8 octets, the low bit of each left for
 * parity, which DES ignores. */
static int
des_string_to_key(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	unsigned char key[8];
	uint64_t bits = 0;
	size_t i;

	if (len != 7)
		return luaL_error(L, "String must have length of 7 bytes.");
	for (i = 0; i < 7; i++)
		bits = bits << 8 | (unsigned char)s[i];
	for (i = 0; i < 8; i++)
		key[i] = (unsigned char)((bits >> (49 - 7 * i) & 0x7f) << 1);
	lua_pushlstring(L, (const char *)key, sizeof(key));
	return 1;
}

/* ---- names and random octets ---- */

struct names {
	const char *at[NAMES_MAX];
	size_t count;
};

static void
add_name(struct names *names, const char *name)
{
	if (name != NULL && names->count < NAMES_MAX)
		names->at[names->count++] = name;
}

static void
on_digest(const EVP_MD *md, const char *from, const char *to, void *arg)
{
	(void)md;
	(void)to;
	add_name(arg, from);
}

static void
on_cipher(const EVP_CIPHER *c, const char *from, const char *to, void *arg)
{
	(void)c;
	(void)to;
	add_name(arg, from);
}

static int
push_names(lua_State *L, const struct names *names)
{
	size_t i;

	lua_createtable(L, (int)names->count, 0);
	for (i = 0; i < names->count; i++) {
		lua_pushstring(L, names->at[i]);
		lua_rawseti(L, -2, (lua_Integer)i + 1);
	}
	return 1;
}

static int
supported_digests(lua_State *L)
{
	struct names names = { .count = 0 };

	EVP_MD_do_all_sorted(on_digest, &names);
	return push_names(L, &names);
}

static int
supported_ciphers(lua_State *L)
{
	struct names names = { .count = 0 };

	EVP_CIPHER_do_all_sorted(on_cipher, &names);
	return push_names(L, &names);
}

static int
rand_bytes(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);
	luaL_Buffer b;
	char *out;

	if (n < 0 || n > INT_MAX)
		return luaL_error(L, "Couldn't allocate memory.");
	out = luaL_buffinitsize(L, &b, (size_t)n);
	if (RAND_bytes((unsigned char *)out, (int)n) != 1)
		return luaL_error(L, "Failure in RAND_bytes.");
	luaL_pushresultsize(&b, (size_t)n);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "md4", md4 },
	{ "md5", md5 },
	{ "sha1", sha1 },
	{ "ripemd160", ripemd160 },
	{ "digest", digest },
	{ "hmac", hmac },
	{ "encrypt", encrypt },
	{ "decrypt", decrypt },
	{ "DES_string_to_key", des_string_to_key },
	{ "supported_digests", supported_digests },
	{ "supported_ciphers", supported_ciphers },
	{ "rand_bytes", rand_bytes },
	{ "rand_pseudo_bytes", rand_bytes },
	{ NULL, NULL },
};

/* ---- providers ---- */

#define PROVIDERS_TYPE "openssl providers"

/* Kept by the Lua state, so that they are let go with it. */
struct providers {
	OSSL_PROVIDER *legacy;
	OSSL_PROVIDER *standard;
};

static int
providers_collect(lua_State *L)
{
	struct providers *p = luaL_checkudata(L, 1, PROVIDERS_TYPE);

	if (p->legacy != NULL)
		OSSL_PROVIDER_unload(p->legacy);
	if (p->standard != NULL)
		OSSL_PROVIDER_unload(p->standard);
	*p = (struct providers){ 0 };
	return 0;
}

static void
providers_load(lua_State *L)
{
	struct providers *p = lua_newuserdatauv(L, sizeof(*p), 0);

	*p = (struct providers){ 0 };
	luaL_newmetatable(L, PROVIDERS_TYPE);
	lua_pushcfunction(L, providers_collect);
	lua_setfield(L, -2, "__gc");
	lua_setmetatable(L, -2);
	p->legacy = OSSL_PROVIDER_load(NULL, "legacy");
	/* Once one is named, OpenSSL no longer loads this one by itself. */
	p->standard = OSSL_PROVIDER_load(NULL, "default");
	ERR_clear_error();
	(void)luaL_ref(L, LUA_REGISTRYINDEX);
}

static int
openssl_open(lua_State *L)
{
	providers_load(L);
	bignum_init(L);
	luaL_newlib(L, functions);
	bignum_functions(L);
	return 1;
}

const struct nse_lib lib_openssl = { .name = "openssl", .open = openssl_open };

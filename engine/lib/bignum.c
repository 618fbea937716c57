/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bignum: the bignum_* functions of the openssl module and the methods of its
 * objects.
 *
 * Arithmetic never changes its operands; bignum_set_bit and bignum_clear_bit
 * do, as scripts expect. Division by zero and a zero modulus give zero instead
 * of raising: libraries of the field rely on it. There is no equality method:
 * two equal numbers are two objects.
 */
#include "engine/lib/bignum.h"

#include <lauxlib.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#define BIGNUM_TYPE "BIGNUM"

/* A script may ask for random numbers up to this size: far above any key, far
 * below what would stop the engine. */
#define BIGNUM_BITS_MAX (1 << 20)

struct holder {
	BIGNUM *number;
};

int
bignum_openssl_error(lua_State *L)
{
	unsigned long code = ERR_get_error();
	char text[256];

	ERR_error_string_n(code, text, sizeof(text));
	ERR_clear_error();
	return luaL_error(L, "OpenSSL error: %s", text);
}

BIGNUM **
bignum_new(lua_State *L)
{
	struct holder *h = lua_newuserdatauv(L, sizeof(*h), 0);

	h->number = NULL;
	luaL_setmetatable(L, BIGNUM_TYPE);
	return &h->number;
}

static BIGNUM *
check_bignum(lua_State *L, int arg)
{
	const struct holder *h = luaL_checkudata(L, arg, BIGNUM_TYPE);

	return h->number;
}

/* A new object holding zero; raises without memory. */
static BIGNUM *
push_zero(lua_State *L)
{
	BIGNUM **slot = bignum_new(L);

	ERR_clear_error();
	*slot = BN_new();
	if (*slot == NULL)
		bignum_openssl_error(L);
	return *slot;
}

static int
bin2bn(lua_State *L)
{
	size_t len;
	const char *s = luaL_checklstring(L, 1, &len);
	BIGNUM *n = push_zero(L);

	luaL_argcheck(L, len <= INT_MAX, 1, "string too long");
	if (BN_bin2bn((const unsigned char *)s, (int)len, n) == NULL)
		return bignum_openssl_error(L);
	return 1;
}

static int
dec2bn(lua_State *L)
{
	const char *s = luaL_checkstring(L, 1);
	BIGNUM *n = push_zero(L);

	/* What has no digits is zero, not an error. */
	(void)BN_dec2bn(&n, s);
	return 1;
}

static int
hex2bn(lua_State *L)
{
	const char *s = luaL_checkstring(L, 1);
	BIGNUM *n = push_zero(L);

	(void)BN_hex2bn(&n, s);
	return 1;
}

static int
random_below(lua_State *L)
{
	lua_Integer bits = luaL_checkinteger(L, 1);
	BIGNUM *n;

	luaL_argcheck(
	    L, bits >= 0 && bits <= BIGNUM_BITS_MAX, 1, "bits out of range");
	n = push_zero(L);
	if (!BN_rand(n, (int)bits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY))
		return bignum_openssl_error(L);
	return 1;
}

static int
to_bin(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	luaL_Buffer b;
	unsigned char *out = (unsigned char *)luaL_buffinitsize(
	    L, &b, (size_t)BN_num_bytes(n) + 1);

	luaL_pushresultsize(&b, (size_t)BN_bn2bin(n, out));
	return 1;
}

static int
to_mpi(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	int len = BN_bn2mpi(n, NULL);
	luaL_Buffer b;
	unsigned char *out =
	    (unsigned char *)luaL_buffinitsize(L, &b, (size_t)len);

	luaL_pushresultsize(&b, (size_t)BN_bn2mpi(n, out));
	return 1;
}

static int
to_dec(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	luaL_Buffer b;
	/* log10(2) < 1/3, and a sign, a digit and rounding. */
	size_t cap = (size_t)BN_num_bits(n) / 3 + 4;
	char *out = luaL_buffinitsize(L, &b, cap);
	char *text;
	size_t len;

	ERR_clear_error();
	text = BN_bn2dec(n);
	if (text == NULL)
		return bignum_openssl_error(L);
	len = strnlen(text, cap);
	memcpy(out, text, len);
	OPENSSL_free(text);
	luaL_pushresultsize(&b, len);
	return 1;
}

/* Upper case, an even number of digits, "0" for zero. */
static int
to_hex(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	luaL_Buffer b;
	size_t cap = (size_t)BN_num_bytes(n) * 2 + 3;
	char *out = luaL_buffinitsize(L, &b, cap);
	char *text;
	size_t len;

	ERR_clear_error();
	text = BN_bn2hex(n);
	if (text == NULL)
		return bignum_openssl_error(L);
	len = strnlen(text, cap);
	memcpy(out, text, len);
	OPENSSL_free(text);
	luaL_pushresultsize(&b, len);
	return 1;
}

static int
num_bits(lua_State *L)
{
	lua_pushinteger(L, BN_num_bits(check_bignum(L, 1)));
	return 1;
}

static int
num_bytes(lua_State *L)
{
	lua_pushinteger(L, BN_num_bytes(check_bignum(L, 1)));
	return 1;
}

/* A bit number that OpenSSL can take, or -1, which every caller treats as "no
 * such bit". */
static int
check_bit(lua_State *L, int arg)
{
	lua_Integer bit = luaL_checkinteger(L, arg);

	return bit >= 0 && bit < BIGNUM_BITS_MAX ? (int)bit : -1;
}

static int
is_bit_set(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	int bit = check_bit(L, 2);

	lua_pushboolean(L, bit >= 0 && BN_is_bit_set(n, bit));
	return 1;
}

static int
set_bit(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	int bit = check_bit(L, 2);

	ERR_clear_error();
	if (bit >= 0 && !BN_set_bit(n, bit))
		return bignum_openssl_error(L);
	return 0;
}

static int
clear_bit(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	int bit = check_bit(L, 2);

	/* Fails for a bit beyond the number, which is clear anyway. */
	if (bit >= 0)
		(void)BN_clear_bit(n, bit);
	return 0;
}

/* Primality of *n as 0 or 1; raises when OpenSSL fails. The caller keeps @p n
 * alive. */
static int
prime(lua_State *L, const BIGNUM *n)
{
	int is;

	ERR_clear_error();
	is = BN_check_prime(n, NULL, NULL);
	if (is < 0)
		bignum_openssl_error(L);
	return is;
}

static int
is_prime(lua_State *L)
{
	lua_pushboolean(L, prime(L, check_bignum(L, 1)));
	return 1;
}

/* p is a safe prime when (p - 1) / 2 is prime too. */
static int
is_safe_prime(lua_State *L)
{
	BIGNUM *n = check_bignum(L, 1);
	int is = prime(L, n);
	int safe = 0;

	if (is) {
		BIGNUM *half = push_zero(L);

		if (!BN_rshift1(half, n))
			return bignum_openssl_error(L);
		safe = prime(L, half);
	}
	lua_pushboolean(L, safe);
	lua_pushboolean(L, is);
	return 2;
}

static int
add(lua_State *L)
{
	BIGNUM *a = check_bignum(L, 1);
	BIGNUM *b = check_bignum(L, 2);
	BIGNUM *sum = push_zero(L);

	if (!BN_add(sum, a, b))
		return bignum_openssl_error(L);
	return 1;
}

static int
mod_exp(lua_State *L)
{
	BIGNUM *a = check_bignum(L, 1);
	BIGNUM *p = check_bignum(L, 2);
	BIGNUM *m = check_bignum(L, 3);
	BIGNUM *result = push_zero(L);
	BN_CTX *ctx;
	int ok;

	if (BN_is_zero(m))
		return 1;
	ctx = BN_CTX_new();
	ok = ctx != NULL && BN_mod_exp(result, a, p, m, ctx);
	BN_CTX_free(ctx);
	return ok ? 1 : bignum_openssl_error(L);
}

static int
divide(lua_State *L)
{
	BIGNUM *a = check_bignum(L, 1);
	BIGNUM *b = check_bignum(L, 2);
	BIGNUM *quotient = push_zero(L);
	BIGNUM *remainder = push_zero(L);
	BN_CTX *ctx;
	int ok;

	if (BN_is_zero(b))
		return 2;
	ctx = BN_CTX_new();
	ok = ctx != NULL && BN_div(quotient, remainder, a, b, ctx);
	BN_CTX_free(ctx);
	return ok ? 2 : bignum_openssl_error(L);
}

static int
collect(lua_State *L)
{
	struct holder *h = luaL_checkudata(L, 1, BIGNUM_TYPE);

	BN_clear_free(h->number);
	h->number = NULL;
	return 0;
}

static const luaL_Reg methods[] = {
	{ "tobin", to_bin },
	{ "todec", to_dec },
	{ "tohex", to_hex },
	{ "tompi", to_mpi },
	{ "num_bits", num_bits },
	{ "num_bytes", num_bytes },
	{ "is_bit_set", is_bit_set },
	{ "set_bit", set_bit },
	{ "clear_bit", clear_bit },
	{ "is_prime", is_prime },
	{ "is_safe_prime", is_safe_prime },
	{ "__tostring", to_hex },
	{ "__gc", collect },
	{ NULL, NULL },
};

static const luaL_Reg functions[] = {
	{ "bignum_bin2bn", bin2bn },
	{ "bignum_dec2bn", dec2bn },
	{ "bignum_hex2bn", hex2bn },
	{ "bignum_rand", random_below },
	{ "bignum_pseudo_rand", random_below },
	{ "bignum_bn2bin", to_bin },
	{ "bignum_bn2dec", to_dec },
	{ "bignum_bn2hex", to_hex },
	{ "bignum_bn2mpi", to_mpi },
	{ "bignum_num_bits", num_bits },
	{ "bignum_num_bytes", num_bytes },
	{ "bignum_is_bit_set", is_bit_set },
	{ "bignum_set_bit", set_bit },
	{ "bignum_clear_bit", clear_bit },
	{ "bignum_is_prime", is_prime },
	{ "bignum_is_safe_prime", is_safe_prime },
	{ "bignum_add", add },
	{ "bignum_mod_exp", mod_exp },
	{ "bignum_div", divide },
	{ NULL, NULL },
};

void
bignum_init(lua_State *L)
{
	if (luaL_newmetatable(L, BIGNUM_TYPE)) {
		luaL_setfuncs(L, methods, 0);
		lua_pushvalue(L, -1);
		lua_setfield(L, -2, "__index");
	}
	lua_pop(L, 1);
}

void
bignum_functions(lua_State *L)
{
	luaL_setfuncs(L, functions, 0);
}

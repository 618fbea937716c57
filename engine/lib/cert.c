/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert: certificates for scripts. The fields are read once, when the object is
 * made, into an ordinary table that scripts may keep or change; the userdata
 * keeps the X509 for digests. Names of attributes, algorithms and extensions
 * are OpenSSL's own, because scripts look them up by those names.
 *
 * A certificate comes from a hostile peer: whatever it holds, the worst result
 * is a missing field.
 *
 * Spec: RFC 5280.
 */
#include "engine/lib/cert.h"

#include <lauxlib.h>
#include <limits.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "engine/lib/bignum.h"

#define CERT_TYPE "SSL_CERT"

/* Everything OpenSSL allocates while the fields are read hangs here, so that a
 * memory error of Lua leaks nothing. */
struct cert {
	X509 *x509;
	EVP_PKEY *key;
	BIO *scratch;
};

/* ---- names ---- */

/* Push the table { "1", "3", "6", ... } of an object that OpenSSL has no name
 * for. */
static void
push_oid_parts(lua_State *L, const ASN1_OBJECT *obj)
{
	char text[256];
	char *part;
	char *save = NULL;
	int len = OBJ_obj2txt(text, sizeof(text), obj, 1);
	lua_Integer n = 0;

	lua_newtable(L);
	if (len <= 0)
		return;
	for (part = strtok_r(text, ".", &save); part != NULL;
	     part = strtok_r(NULL, ".", &save)) {
		lua_pushstring(L, part);
		lua_rawseti(L, -2, ++n);
	}
}

static void
push_name(lua_State *L, const X509_NAME *name)
{
	int count = X509_NAME_entry_count(name);
	int i;

	lua_newtable(L);
	for (i = 0; i < count; i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		const ASN1_OBJECT *obj = X509_NAME_ENTRY_get_object(entry);
		const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
		int nid = OBJ_obj2nid(obj);

		if (nid == NID_undef)
			push_oid_parts(L, obj);
		else
			lua_pushstring(L, OBJ_nid2ln(nid));
		lua_pushlstring(L, (const char *)ASN1_STRING_get0_data(value),
		    (size_t)ASN1_STRING_length(value));
		lua_rawset(L, -3);
	}
}

/* ---- validity ---- */

static void
set_int(lua_State *L, const char *key, int value)
{
	lua_pushinteger(L, value);
	lua_setfield(L, -2, key);
}

/* A table of UTC fields, or the raw text of a time that says nothing. */
static void
push_time(lua_State *L, const ASN1_TIME *t)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(t, &tm)) {
		lua_pushlstring(L, (const char *)ASN1_STRING_get0_data(t),
		    (size_t)ASN1_STRING_length(t));
		return;
	}
	lua_createtable(L, 0, 6);
	set_int(L, "year", tm.tm_year + 1900);
	set_int(L, "month", tm.tm_mon + 1);
	set_int(L, "day", tm.tm_mday);
	set_int(L, "hour", tm.tm_hour);
	set_int(L, "min", tm.tm_min);
	set_int(L, "sec", tm.tm_sec);
}

static void
push_validity(lua_State *L, const X509 *x509)
{
	const ASN1_TIME *before = X509_get0_notBefore(x509);
	const ASN1_TIME *after = X509_get0_notAfter(x509);

	lua_createtable(L, 0, 2);
	if (before != NULL) {
		push_time(L, before);
		lua_setfield(L, -2, "notBefore");
	}
	if (after != NULL) {
		push_time(L, after);
		lua_setfield(L, -2, "notAfter");
	}
}

/* ---- public key ---- */

static const char *
key_type(const EVP_PKEY *key)
{
	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_RSA:
		return "rsa";
	case EVP_PKEY_DSA:
		return "dsa";
	case EVP_PKEY_DH:
	case EVP_PKEY_DHX:
		return "dh";
	case EVP_PKEY_EC:
		return "ec";
	default:
		return "unknown";
	}
}

/* Set field @p field to the key's number @p param, if it has one. */
static void
set_bignum(
    lua_State *L, const char *field, const EVP_PKEY *key, const char *param)
{
	BIGNUM **slot = bignum_new(L);

	if (EVP_PKEY_get_bn_param(key, param, slot))
		lua_setfield(L, -2, field);
	else
		lua_pop(L, 1);
}

/* RFC 8422 §5.4's words, as scripts about TLS use them: a named curve, or
 * parameters spelt out. */
static void
push_ecdhparams(lua_State *L, const EVP_PKEY *key)
{
	char text[80];
	size_t len;

	lua_createtable(L, 0, 1);
	lua_createtable(L, 0, 2);
	if (EVP_PKEY_get_utf8_string_param(
		key, OSSL_PKEY_PARAM_GROUP_NAME, text, sizeof(text), &len) &&
	    len > 0) {
		lua_pushliteral(L, "namedcurve");
		lua_setfield(L, -2, "ec_curve_type");
		lua_pushstring(L, text);
		lua_setfield(L, -2, "curve");
	} else if (EVP_PKEY_get_utf8_string_param(key,
		       OSSL_PKEY_PARAM_EC_FIELD_TYPE, text, sizeof(text),
		       &len)) {
		bool prime = strcmp(text, SN_X9_62_prime_field) == 0;

		lua_pushstring(L, prime ? "explicit_prime" : "explicit_char2");
		lua_setfield(L, -2, "ec_curve_type");
	}
	lua_setfield(L, -2, "curve_params");
}

static void
push_pubkey(lua_State *L, const EVP_PKEY *key)
{
	const char *type = key_type(key);

	lua_createtable(L, 0, 4);
	lua_pushstring(L, type);
	lua_setfield(L, -2, "type");
	set_int(L, "bits", EVP_PKEY_get_bits(key));
	if (strcmp(type, "rsa") == 0) {
		set_bignum(L, "exponent", key, OSSL_PKEY_PARAM_RSA_E);
		set_bignum(L, "modulus", key, OSSL_PKEY_PARAM_RSA_N);
	} else if (strcmp(type, "ec") == 0) {
		push_ecdhparams(L, key);
		lua_setfield(L, -2, "ecdhparams");
	}
}

/* ---- extensions and PEM ---- */

/* Push what was written to the scratch BIO, and empty it. */
static void
push_scratch(lua_State *L, struct cert *cert)
{
	char *data;
	long len = BIO_get_mem_data(cert->scratch, &data);

	lua_pushlstring(L, data, len > 0 ? (size_t)len : 0);
	(void)BIO_reset(cert->scratch);
}

static void
push_extension(lua_State *L, struct cert *cert, X509_EXTENSION *ext)
{
	char name[256] = "";

	(void)OBJ_obj2txt(
	    name, sizeof(name), X509_EXTENSION_get_object(ext), 0);
	lua_createtable(L, 0, 3);
	lua_pushstring(L, name);
	lua_setfield(L, -2, "name");
	if (X509_EXTENSION_get_critical(ext)) {
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, "critical");
	}
	if (X509V3_EXT_print(cert->scratch, ext, 0, 0) > 0) {
		push_scratch(L, cert);
		lua_setfield(L, -2, "value");
	} else {
		(void)BIO_reset(cert->scratch);
		lua_pushboolean(L, 1);
		lua_setfield(L, -2, "error");
	}
}

/* The array of extensions, nil when there are none. */
static void
push_extensions(lua_State *L, struct cert *cert)
{
	int count = X509_get_ext_count(cert->x509);
	int i;

	if (count <= 0) {
		lua_pushnil(L);
		return;
	}
	lua_createtable(L, count, 0);
	for (i = 0; i < count; i++) {
		push_extension(L, cert, X509_get_ext(cert->x509, i));
		lua_rawseti(L, -2, i + 1);
	}
}

/* ---- the object ---- */

static void
push_fields(lua_State *L, struct cert *cert)
{
	lua_createtable(L, 0, 7);
	push_name(L, X509_get_subject_name(cert->x509));
	lua_setfield(L, -2, "subject");
	push_name(L, X509_get_issuer_name(cert->x509));
	lua_setfield(L, -2, "issuer");
	push_validity(L, cert->x509);
	lua_setfield(L, -2, "validity");
	push_pubkey(L, cert->key);
	lua_setfield(L, -2, "pubkey");
	lua_pushstring(L, OBJ_nid2ln(X509_get_signature_nid(cert->x509)));
	lua_setfield(L, -2, "sig_algorithm");
	push_extensions(L, cert);
	lua_setfield(L, -2, "extensions");
	(void)PEM_write_bio_X509(cert->scratch, cert->x509);
	push_scratch(L, cert);
	lua_setfield(L, -2, "pem");
}

static int
digest(lua_State *L)
{
	struct cert *cert = luaL_checkudata(L, 1, CERT_TYPE);
	const EVP_MD *md = EVP_get_digestbyname(luaL_checkstring(L, 2));
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned len;

	if (md == NULL || !X509_digest(cert->x509, md, out, &len))
		return 0;
	lua_pushlstring(L, (const char *)out, len);
	return 1;
}

static int
index_field(lua_State *L)
{
	luaL_checkudata(L, 1, CERT_TYPE);
	lua_settop(L, 2);
	if (lua_type(L, 2) == LUA_TSTRING &&
	    strcmp(lua_tostring(L, 2), "digest") == 0) {
		lua_pushcfunction(L, digest);
		return 1;
	}
	lua_getiuservalue(L, 1, 1);
	lua_pushvalue(L, 2);
	lua_rawget(L, -2);
	return 1;
}

static int
collect(lua_State *L)
{
	struct cert *cert = luaL_checkudata(L, 1, CERT_TYPE);

	BIO_free(cert->scratch);
	EVP_PKEY_free(cert->key);
	X509_free(cert->x509);
	*cert = (struct cert){ 0 };
	return 0;
}

static const luaL_Reg metamethods[] = {
	{ "__index", index_field },
	{ "__gc", collect },
	{ NULL, NULL },
};

static struct cert *
new_cert(lua_State *L)
{
	struct cert *cert = lua_newuserdatauv(L, sizeof(*cert), 1);

	*cert = (struct cert){ 0 };
	if (luaL_newmetatable(L, CERT_TYPE)) {
		luaL_setfuncs(L, metamethods, 0);
		bignum_init(L);
	}
	lua_setmetatable(L, -2);
	return cert;
}

/* Read the fields of the object on top of the stack, which has its X509
 * already. */
static int
fill_cert(lua_State *L, struct cert *cert)
{
	ERR_clear_error();
	cert->scratch = BIO_new(BIO_s_mem());
	cert->key = X509_get_pubkey(cert->x509);
	if (cert->scratch == NULL || cert->key == NULL) {
		char text[256];

		ERR_error_string_n(ERR_get_error(), text, sizeof(text));
		ERR_clear_error();
		lua_pushnil(L);
		lua_pushfstring(L, "Error parsing cert: %s", text);
		return 2;
	}
	push_fields(L, cert);
	lua_setiuservalue(L, -2, 1);
	ERR_clear_error();
	BIO_free(cert->scratch);
	cert->scratch = NULL;
	EVP_PKEY_free(cert->key);
	cert->key = NULL;
	return 1;
}

int
cert_push(lua_State *L, X509 *x509)
{
	struct cert *cert = new_cert(L);

	if (!X509_up_ref(x509))
		return luaL_error(L, "certificate has too many references");
	cert->x509 = x509;
	return fill_cert(L, cert);
}

int
cert_parse(lua_State *L)
{
	size_t len;
	const char *der = luaL_checklstring(L, 1, &len);
	const unsigned char *at = (const unsigned char *)der;
	struct cert *cert = new_cert(L);

	if (len <= LONG_MAX)
		cert->x509 = d2i_X509(NULL, &at, (long)len);
	if (cert->x509 == NULL) {
		ERR_clear_error();
		lua_pushnil(L);
		return 1;
	}
	return fill_cert(L, cert);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert: an X.509 certificate as scripts see it (userdata of type SSL_CERT):
 * subject, issuer, validity, pubkey, sig_algorithm, extensions, pem, and the
 * method digest.
 */
#pragma once

#include <lua.h>

struct x509_st;

/**
 * Push the object for @p x509 (its own reference is taken) and return the
 * number of results: 1, or 2 with nil and a message when the public key cannot
 * be read.
 */
int cert_push(lua_State *L, struct x509_st *x509);

/** Lua function: parse DER; the object, or nil when the string is not a
 * certificate. */
int cert_parse(lua_State *L);

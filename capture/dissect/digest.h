/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: the hashes that prints are made of, as hex text. MD5 because JA3 and
 * HASSH are defined with it; nothing here protects anything.
 */
#pragma once

#include <stddef.h>

#define DIGEST_MD5_HEX 33
#define DIGEST_SHA256_HEX 65

/** @p out: DIGEST_MD5_HEX octets. Returns @p out, "" when the library refuses
 * (FIPS mode has no MD5). */
char *digest_md5(const void *data, size_t len, char *out);
/** @p out: DIGEST_SHA256_HEX octets. */
char *digest_sha256(const void *data, size_t len, char *out);

/** Let libcrypto load what it loads lazily: call once before privileges are
 * dropped. */
void digest_warm(void);

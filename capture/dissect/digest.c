/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex digests by libcrypto; see digest.h.
 *
 * The low-level functions, although OpenSSL 3 deprecates them: EVP allocates a context and takes locks for every
 * digest, and there is one for every TLS handshake.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "capture/dissect/digest.h"

#include <openssl/md5.h>
#include <openssl/sha.h>

static char *
digest_hex(const unsigned char *sum, size_t n, char *out)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 0xf];
	}
	out[2 * n] = '\0';
	return out;
}

char *
digest_md5(const void *data, size_t len, char *out)
{
	unsigned char sum[MD5_DIGEST_LENGTH];

	(void)MD5(data, len, sum);
	return digest_hex(sum, sizeof(sum), out);
}

char *
digest_sha256(const void *data, size_t len, char *out)
{
	unsigned char sum[SHA256_DIGEST_LENGTH];
	SHA256_CTX ctx;

	(void)SHA256_Init(&ctx);
	(void)SHA256_Update(&ctx, data, len);
	(void)SHA256_Final(sum, &ctx);
	return digest_hex(sum, sizeof(sum), out);
}

void
digest_warm(void)
{
	char hex[DIGEST_SHA256_HEX];

	digest_md5("", 0, hex);
	digest_sha256("", 0, hex);
}

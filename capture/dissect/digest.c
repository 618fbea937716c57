/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex digests by libcrypto; see digest.h.
 */
#include "capture/dissect/digest.h"

#include <openssl/evp.h>

static char *
digest_hex(const EVP_MD *md, const void *data, size_t len, char *out)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(data, len, sum, &n, md, NULL) != 1)
		n = 0;
	for (unsigned i = 0; i < n; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 0xf];
	}
	out[2 * (size_t)n] = '\0';
	return out;
}

char *
digest_md5(const void *data, size_t len, char *out)
{
	return digest_hex(EVP_md5(), data, len, out);
}

char *
digest_sha256(const void *data, size_t len, char *out)
{
	return digest_hex(EVP_sha256(), data, len, out);
}

void
digest_warm(void)
{
	char hex[DIGEST_SHA256_HEX];

	digest_md5("", 0, hex);
	digest_sha256("", 0, hex);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC Initial protection; see quiccrypt.h. RFC 9001 §5.2 (secrets), §5.3 (AEAD), §5.4 (header); RFC 9369 §3.3 for
 * version 2; the older salts are those of the drafts that were deployed.
 */
#include "capture/dissect/quiccrypt.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

#define SECRET_LEN 32
#define SAMPLE_LEN 16
#define LABEL_MAX 32

struct quic_version {
	uint32_t first;
	uint32_t last;
	uint8_t salt[20];
};

static const struct quic_version versions[] = {
	{ QUIC_V1, QUIC_V1,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
	{ QUIC_V2, QUIC_V2,
	    { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81,
		0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 } },
	{ 0xff00001d, 0xff000020, /* draft-29 to draft-32 */
	    { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86,
		0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 } },
	{ 0xff000021, 0xff000022, /* draft-33, draft-34: as version 1 */
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a } },
	{ 0xff000017, 0xff00001c, /* draft-23 to draft-28 */
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2,
		0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 } },
};

static const struct quic_version *
version_find(uint32_t version)
{
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (version >= versions[i].first && version <= versions[i].last)
			return &versions[i];
	}
	return NULL;
}

bool
quiccrypt_known(uint32_t version)
{
	return version_find(version) != NULL;
}

bool
quiccrypt_init(struct quic_crypt *crypt)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	crypt->hmac = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac); /* the context holds it */
	crypt->ecb = EVP_CIPHER_fetch(NULL, "AES-128-ECB", NULL);
	crypt->gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
	crypt->ctx = EVP_CIPHER_CTX_new();
	return crypt->hmac != NULL && crypt->ecb != NULL &&
	       crypt->gcm != NULL && crypt->ctx != NULL;
}

void
quiccrypt_fini(struct quic_crypt *crypt)
{
	EVP_MAC_CTX_free(crypt->hmac);
	EVP_CIPHER_free(crypt->ecb);
	EVP_CIPHER_free(crypt->gcm);
	EVP_CIPHER_CTX_free(crypt->ctx);
}

static bool
hmac_sha256(const struct quic_crypt *crypt, const uint8_t *key, size_t key_len,
    struct cursor data, uint8_t out[SECRET_LEN])
{
	static char name[] = "SHA256";
	const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(
					  OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end() };
	size_t n = 0;

	return EVP_MAC_init(crypt->hmac, key, key_len, params) == 1 &&
	       EVP_MAC_update(crypt->hmac, data.at, cur_left(&data)) == 1 &&
	       EVP_MAC_final(crypt->hmac, out, &n, SECRET_LEN) == 1 &&
	       n == SECRET_LEN;
}

/* HKDF-Expand-Label (RFC 8446 §7.1) for at most one block, with an empty context. */
static bool
expand(const struct quic_crypt *crypt, const uint8_t secret[SECRET_LEN],
    const char *label, uint8_t *out, size_t len)
{
	uint8_t info[4 + LABEL_MAX + 2], block[SECRET_LEN];
	char full[LABEL_MAX];
	size_t n = 0;
	int text = snprintf(full, sizeof(full), "tls13 %s", label);

	info[n++] = 0;
	info[n++] = (uint8_t)len;
	info[n++] = (uint8_t)text;
	memcpy(info + n, full, (size_t)text);
	n += (size_t)text;
	info[n++] = 0; /* context */
	info[n++] = 1; /* first block */
	if (!hmac_sha256(crypt, secret, SECRET_LEN, cur_new(info, n), block))
		return false;
	memcpy(out, block, len);
	return true;
}

bool
quiccrypt_keys(const struct quic_crypt *crypt, uint32_t version,
    struct cursor cid, bool server, struct quic_keys *keys)
{
	const struct quic_version *v = version_find(version);
	uint8_t initial[SECRET_LEN], secret[SECRET_LEN];
	bool v2 = version == QUIC_V2;

	return v != NULL &&
	       hmac_sha256(crypt, v->salt, sizeof(v->salt), cid, initial) &&
	       expand(crypt, initial, server ? "server in" : "client in",
		   secret, sizeof(secret)) &&
	       expand(crypt, secret, v2 ? "quicv2 key" : "quic key", keys->key,
		   sizeof(keys->key)) &&
	       expand(crypt, secret, v2 ? "quicv2 iv" : "quic iv", keys->iv,
		   sizeof(keys->iv)) &&
	       expand(crypt, secret, v2 ? "quicv2 hp" : "quic hp", keys->hp,
		   sizeof(keys->hp));
}

/* RFC 9001 §5.4.1: the mask covers the low bits of the first octet and the packet number. */
static bool
unmask(const struct quic_crypt *crypt, const struct quic_keys *keys,
    uint8_t *packet, size_t pn_at, size_t *pn_len)
{
	EVP_CIPHER_CTX *ctx = crypt->ctx;
	uint8_t mask[32];
	int n = 0;

	if (EVP_EncryptInit_ex(ctx, crypt->ecb, NULL, keys->hp, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, mask, &n, packet + pn_at + 4, SAMPLE_LEN) !=
		1)
		return false;
	packet[0] ^= mask[0] & 0x0f;
	*pn_len = (packet[0] & 3U) + 1;
	for (size_t i = 0; i < *pn_len; i++)
		packet[pn_at + i] ^= mask[1 + i];
	return true;
}

static int
decrypt(const struct quic_crypt *crypt, const struct quic_keys *keys,
    uint8_t *packet, size_t head, size_t pn_len, size_t len)
{
	EVP_CIPHER_CTX *ctx = crypt->ctx;
	uint8_t nonce[sizeof(keys->iv)];
	size_t body = len - head - QUIC_TAG_LEN;
	int n = 0, end = 0;

	memcpy(nonce, keys->iv, sizeof(nonce));
	for (size_t i = 0; i < pn_len; i++)
		nonce[sizeof(nonce) - 1 - i] ^= packet[head - 1 - i];
	if (EVP_DecryptInit_ex(ctx, crypt->gcm, NULL, keys->key, nonce) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, packet, (int)head) != 1 ||
	    EVP_DecryptUpdate(
		ctx, packet + head, &n, packet + head, (int)body) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, QUIC_TAG_LEN,
		packet + len - QUIC_TAG_LEN) != 1 ||
	    EVP_DecryptFinal_ex(ctx, packet + head + n, &end) != 1)
		return -1;
	return n + end;
}

int
quiccrypt_open(const struct quic_crypt *crypt, const struct quic_keys *keys,
    uint8_t *packet, size_t pn_at, size_t len, uint8_t **plain)
{
	size_t pn_len = 0;

	if (len < pn_at + 4 + SAMPLE_LEN ||
	    !unmask(crypt, keys, packet, pn_at, &pn_len) ||
	    len < pn_at + pn_len + QUIC_TAG_LEN)
		return -1;
	*plain = packet + pn_at + pn_len;
	return decrypt(crypt, keys, packet, pn_at + pn_len, pn_len, len);
}

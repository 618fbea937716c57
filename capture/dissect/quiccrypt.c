/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC Initial protection; see quiccrypt.h. RFC 9001 §5.2 (secrets), §5.3 (AEAD), §5.4 (header); RFC 9369 §3.3 for
 * version 2; the older salts are those of the drafts that were deployed.
 */
#include "capture/dissect/quiccrypt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

#define SECRET_LEN 32
#define SAMPLE_LEN 16
#define LABEL_MAX 32

struct quic_version {
	uint32_t first;
	uint32_t last;
	uint8_t salt[20];
	const char *prefix; /* of the labels of key, iv and hp */
};

static const struct quic_version versions[] = {
	{ QUIC_V1, QUIC_V1,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	    "quic" },
	{ QUIC_V2, QUIC_V2,
	    { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81,
		0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	    "quicv2" },
	{ 0xff00001d, 0xff000020, /* draft-29 to draft-32 */
	    { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86,
		0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
	    "quic" },
	{ 0xff000021, 0xff000022, /* draft-33, draft-34: as version 1 */
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	    "quic" },
	{ 0xff000017, 0xff00001c, /* draft-23 to draft-28 */
	    { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2,
		0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	    "quic" },
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

/* HKDF-Expand-Label (RFC 8446 §7.1) for at most one block, with an empty context. */
static bool
expand(const uint8_t secret[SECRET_LEN], const char *prefix, const char *label,
    uint8_t *out, size_t len)
{
	uint8_t info[4 + LABEL_MAX + 2], block[SECRET_LEN];
	char full[LABEL_MAX];
	size_t n = 0;
	unsigned got = 0;
	int text = snprintf(full, sizeof(full), "tls13 %s%s", prefix, label);

	info[n++] = 0;
	info[n++] = (uint8_t)len;
	info[n++] = (uint8_t)text;
	memcpy(info + n, full, (size_t)text);
	n += (size_t)text;
	info[n++] = 0; /* context */
	info[n++] = 1; /* first block */
	if (HMAC(EVP_sha256(), secret, SECRET_LEN, info, n, block, &got) ==
		NULL ||
	    got < len)
		return false;
	memcpy(out, block, len);
	return true;
}

bool
quiccrypt_keys(uint32_t version, const uint8_t *cid, size_t cid_len,
    bool server, struct quic_keys *keys)
{
	const struct quic_version *v = version_find(version);
	uint8_t initial[SECRET_LEN], secret[SECRET_LEN];
	unsigned n = 0;

	return v != NULL &&
	       HMAC(EVP_sha256(), v->salt, sizeof(v->salt), cid, cid_len,
		   initial, &n) != NULL &&
	       expand(initial, server ? "server" : "client", " in", secret,
		   sizeof(secret)) &&
	       expand(
		   secret, v->prefix, " key", keys->key, sizeof(keys->key)) &&
	       expand(secret, v->prefix, " iv", keys->iv, sizeof(keys->iv)) &&
	       expand(secret, v->prefix, " hp", keys->hp, sizeof(keys->hp));
}

/* RFC 9001 §5.4.1: the mask covers the low bits of the first octet and the packet number. */
static bool
unmask(EVP_CIPHER_CTX *ctx, const struct quic_keys *keys, uint8_t *packet,
    size_t pn_at, size_t *pn_len)
{
	uint8_t mask[32];
	int n = 0;

	if (EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, keys->hp, NULL) !=
		1 ||
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
decrypt(EVP_CIPHER_CTX *ctx, const struct quic_keys *keys, uint8_t *packet,
    size_t head, size_t pn_len, size_t len)
{
	uint8_t nonce[sizeof(keys->iv)];
	size_t body = len - head - QUIC_TAG_LEN;
	int n = 0, end = 0;

	memcpy(nonce, keys->iv, sizeof(nonce));
	for (size_t i = 0; i < pn_len; i++)
		nonce[sizeof(nonce) - 1 - i] ^= packet[head - 1 - i];
	if (EVP_DecryptInit_ex(
		ctx, EVP_aes_128_gcm(), NULL, keys->key, nonce) != 1 ||
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
quiccrypt_open(const struct quic_keys *keys, uint8_t *packet, size_t pn_at,
    size_t len, uint8_t **plain)
{
	EVP_CIPHER_CTX *ctx;
	size_t pn_len = 0;
	int n = -1;

	if (len < pn_at + 4 + SAMPLE_LEN)
		return -1;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL && unmask(ctx, keys, packet, pn_at, &pn_len) &&
	    len >= pn_at + pn_len + QUIC_TAG_LEN) {
		*plain = packet + pn_at + pn_len;
		n = decrypt(ctx, keys, packet, pn_at + pn_len, pn_len, len);
	}
	EVP_CIPHER_CTX_free(ctx);
	return n;
}

void
quiccrypt_warm(void)
{
	uint8_t packet[64] = { 0 }, *plain;
	struct quic_keys keys;

	if (quiccrypt_keys(QUIC_V1, packet, 8, false, &keys))
		(void)quiccrypt_open(&keys, packet, 8, sizeof(packet), &plain);
}

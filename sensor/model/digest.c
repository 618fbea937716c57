/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stable ids; see digest.h. The hash functions are OpenSSL's.
 */
#include "sensor/model/digest.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "sensor/base/err.h"

/* Drawn once for earshot: the root of the name spaces of all sites. */
static const uint8_t root_space[16] = { 0x5e, 0xa2, 0x5b, 0x07, 0xc1, 0x34,
	0x4f, 0x6b, 0x9d, 0x20, 0x3a, 0x71, 0xe8, 0x0c, 0x66, 0xd5 };

void
digest_field(struct buf *list, const void *data, size_t len)
{
	buf_be32(list, (uint32_t)len);
	buf_put(list, data, len);
}

void
digest_field_text(struct buf *list, const char *text)
{
	digest_field(list, text, strlen(text));
}

void
digest_field_u64(struct buf *list, uint64_t value)
{
	buf_be32(list, 8);
	buf_be64(list, value);
}

char *
digest_128(const struct buf *list, char out[static DIGEST_TEXT])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t i;

	es_require(EVP_Digest(list->data, list->len, hash, NULL, EVP_sha256(),
		       NULL) == 1);
	for (i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return out;
}

/* UUIDv5 as octets: the first 128 bits of SHA-1(space + name), with version and variant set. */
static void
uuid5(const uint8_t space[16], const void *name, size_t len, uint8_t out[16])
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	struct buf all;

	buf_init(&all, len + 16);
	buf_put(&all, space, 16);
	buf_put(&all, name, len);
	es_require(!all.bad);
	es_require(
	    EVP_Digest(all.data, all.len, hash, NULL, EVP_sha1(), NULL) == 1);
	buf_fini(&all);
	memcpy(out, hash, 16);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x50);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

char *
digest_uuid(
    const char *space, const struct buf *name, char out[static UUID_TEXT])
{
	uint8_t parent[16], id[16];
	size_t i, at = 0;

	uuid5(root_space, space, strlen(space), parent);
	uuid5(parent, name->data, name->len, id);
	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		snprintf(out + at, 3, "%02x", id[i]);
		at += 2;
	}
	return out;
}

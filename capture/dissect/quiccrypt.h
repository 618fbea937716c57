/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quiccrypt: take the protection off QUIC Initial packets. Their keys come from a connection id in clear, so anybody on
 * the path can; that is by design (RFC 9001 §5.2).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/cursor.h"

#define QUIC_CID_MAX 20
#define QUIC_TAG_LEN 16

#define QUIC_V1 0x00000001U
#define QUIC_V2 0x6b3343cfU

/* What libcrypto is asked for again and again, looked up once. */
struct quic_crypt {
	struct evp_mac_ctx_st *hmac;
	struct evp_cipher_st *ecb;
	struct evp_cipher_st *gcm;
	struct evp_cipher_ctx_st *ctx;
};

struct quic_keys {
	uint8_t key[16];
	uint8_t iv[12];
	uint8_t hp[16];
};

/** False without memory or algorithms; quiccrypt_fini may follow anyway. */
bool quiccrypt_init(struct quic_crypt *crypt);
void quiccrypt_fini(struct quic_crypt *crypt);

/** True for a version whose Initial keys are known. */
bool quiccrypt_known(uint32_t version);

/** Keys of the client's or the server's Initial packets for the client's first destination id. */
bool quiccrypt_keys(const struct quic_crypt *crypt, uint32_t version,
    struct cursor cid, bool server, struct quic_keys *keys);

/**
 * Open one packet in place: @p packet starts at the first octet, @p pn_at is where the packet number is, @p len ends
 * behind the tag. Returns the length of the plain text, which starts at *@p plain inside @p packet; -1 when it does not
 * authenticate.
 */
int quiccrypt_open(const struct quic_crypt *crypt, const struct quic_keys *keys,
    uint8_t *packet, size_t pn_at, size_t len, uint8_t **plain);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certnames: whom an X.509 certificate names. Parsed by libcrypto, from at most
 * CERT_DER_MAX octets.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CERT_DER_MAX 16384
#define CERT_CN_MAX 256
#define CERT_SANS_MAX 2048

struct cert_names {
	char cn[CERT_CN_MAX]; /* subject CN (the last one), UTF-8, not ended */
	size_t cn_len;
	char sans[CERT_SANS_MAX]; /* DNS names, a NUL behind each */
	size_t sans_len;
};

/** False when @p der is no certificate. Names that do not fit are left out. */
bool certnames_read(const uint8_t *der, size_t len, struct cert_names *out);

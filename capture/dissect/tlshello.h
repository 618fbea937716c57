/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlshello: ClientHello and ServerHello, read once for TLS, DTLS and QUIC: the
 * name asked for, the version, and the JA3 / JA3S string.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/base/cursor.h"
#include "sensor/model/observation.h"

/* A JA3 string longer than this gives no print: no real client comes near. */
#define JA3_MAX 4096

struct tls_hello {
	uint16_t version;    /* legacy_version */
	uint16_t negotiated; /* ServerHello: supported_versions, or version */
	struct text name;    /* SNI host_name; empty = none */
	char *ja3;	     /* caller's, JA3_MAX octets */
	size_t ja3_len;	     /* 0: did not fit */
};

/**
 * Read the body of a handshake message (behind type and length; DTLS: its
 * cookie is taken when @p dtls). The caller sets hello->ja3. False when the
 * message breaks.
 */
bool tlshello_client(struct cursor body, bool dtls, struct tls_hello *hello);
bool tlshello_server(struct cursor body, struct tls_hello *hello);

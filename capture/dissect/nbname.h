/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbname: NetBIOS names (RFC 1001 §14): 15 octets padded with spaces and a
 * suffix that says what the name is for, spelt on the wire with two letters an
 * octet.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"

#define NB_NAME_LEN 15

enum nb_suffix {
	NB_WORKSTATION = 0x00,
	NB_MESSENGER = 0x03,
	NB_SERVER = 0x20
};

struct nb_name {
	char text[NB_NAME_LEN + 1]; /* without padding; octets as sent */
	uint8_t len;
	uint8_t suffix;
};

/** Decode 32 letters A to P. False when they are not. */
bool nbname_decode(const void *label, size_t len, struct nb_name *name);

/** The 16 octets as they are in a node status table. */
void nbname_raw(const uint8_t raw[16], struct nb_name *name);

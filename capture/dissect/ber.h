/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ber: elements of ASN.1 BER as SNMP, LDAP and Kerberos put them on the wire (X.690 §8.1): one octet of tag, definite
 * length of up to four octets.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/base/cursor.h"

#define BER_INTEGER 0x02
#define BER_OCTETS 0x04
#define BER_OID 0x06
#define BER_ENUM 0x0a
#define BER_SEQUENCE 0x30

/** Take one element: its tag and content. False when it is not all there, or has a form not used here. */
bool ber_take(struct cursor *cur, uint8_t *tag, struct cursor *body);

/** Take an element that must have @p tag. */
bool ber_expect(struct cursor *cur, uint8_t tag, struct cursor *body);

/** Take a small unsigned INTEGER (0 to 2^31-1). */
bool ber_uint(struct cursor *cur, uint32_t *value);

/**
 * Length of the whole element at @p cur, header included; 0 when the header is not all there, -1 when it is none.
 * Does not ask for the content: tells how much of a stream to wait for.
 */
long ber_span(struct cursor cur);

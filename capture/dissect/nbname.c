/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NetBIOS names; see nbname.h.
 */
#include "capture/dissect/nbname.h"

#include <string.h>

#define ENCODED_LEN 32

void
nbname_raw(const uint8_t raw[16], struct nb_name *name)
{
	name->len = NB_NAME_LEN;
	while (name->len > 0 &&
	       (raw[name->len - 1] == ' ' || raw[name->len - 1] == '\0'))
		name->len--;
	memcpy(name->text, raw, name->len);
	name->text[name->len] = '\0';
	name->suffix = raw[NB_NAME_LEN];
}

bool
nbname_decode(const void *label, size_t len, struct nb_name *name)
{
	const uint8_t *in = label;
	uint8_t raw[16];

	if (len < ENCODED_LEN)
		return false;
	for (size_t i = 0; i < sizeof(raw); i++) {
		uint8_t hi = (uint8_t)(in[2 * i] - 'A');
		uint8_t lo = (uint8_t)(in[2 * i + 1] - 'A');

		if (hi > 15 || lo > 15)
			return false;
		raw[i] = (uint8_t)(hi << 4 | lo);
	}
	nbname_raw(raw, name);
	return true;
}

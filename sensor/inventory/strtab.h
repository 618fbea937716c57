/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strtab: each distinct text once. Names, banners and products repeat over many hosts; an interned text is compared
 * by its pointer and given back with strtab_drop. "" is always there and counts nothing.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/inventory/pool.h"

struct strtab {
	struct pool pool; /* of struct strtab_entry */
	struct index index;
	size_t octets;
	size_t max_octets;
};

void strtab_init(struct strtab *t, size_t max_octets);
void strtab_fini(struct strtab *t);

/** The text with one more owner; "" when the table is full or memory is out. Octets of value 0 end it. */
const char *strtab_take(struct strtab *t, const void *text, size_t len);
void strtab_drop(struct strtab *t, const char *text);

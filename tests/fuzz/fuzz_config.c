/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a configuration: refused with a text, or read, and then what is printed reads back the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/base/buf.h"
#include "sensor/daemon/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config c, again;
	struct buf first, second;
	struct errbuf eb = { "" };

	if (config_parse("fuzz", data, size, &c, &eb) < 0) {
		if (eb.text[0] == '\0')
			abort();
		return 0;
	}
	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	config_print(&c, true, &first);
	if (config_parse("again", first.data, first.len, &again, &eb) < 0)
		abort();
	config_print(&again, true, &second);
	if (first.len != second.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		abort();
	config_fini(&again);
	config_fini(&c);
	buf_fini(&first);
	buf_fini(&second);
	return 0;
}

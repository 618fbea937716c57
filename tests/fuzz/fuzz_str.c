/* SPDX-License-Identifier: Apache-2.0 */
/*
 * str_vis on any octets: the result is valid UTF-8 without controls, and stands
 * for every octet of the input.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sensor/base/buf.h"
#include "sensor/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
hex(int c)
{
	return c >= '0' && c <= '9' ? c - '0' : c - 'A' + 10;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out;
	size_t i, at = 0, len;

	buf_init(&out, 1 << 22);
	str_vis(&out, data, size);
	for (i = 0; !out.bad && i < out.len; i += len) {
		unsigned code;

		len = str_utf8(out.data + i, out.len - i, &code);
		if (len == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
			abort();
		if (code == '\\') {
			if (data[at++] !=
			    (hex(out.data[i + 2]) << 4 | hex(out.data[i + 3])))
				abort();
			len = 4;
		} else {
			at += len;
		}
	}
	if (!out.bad && at != size)
		abort();
	buf_fini(&out);
	return 0;
}

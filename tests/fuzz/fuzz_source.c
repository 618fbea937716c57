/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_source: any octets as a capture file. Records lie in the reader's window and are bounded; reading ends.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/limits.h"
#include "capture/source/source.h"

static void
read_all(struct source *s, size_t size)
{
	struct record rec;
	struct errbuf eb;
	size_t records = 0;
	unsigned sum = 0;

	while (source_next(s, &rec, &eb) == 1) {
		es_require(rec.caplen <= LIMIT_RECORD && rec.caplen <= size);
		es_require(++records <= size);
		for (uint32_t i = 0; i < rec.caplen; i++)
			sum += rec.data[i];
	}
	es_require(sum <= size * 255);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source_options o = { .snaplen = LIMIT_SNAPLEN };
	struct source *s;
	struct errbuf eb;
	char path[64];
	int fd = memfd_create("capture", 0);

	es_require(fd >= 0);
	es_require(write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o.file = path;
	if (source_open(&o, &s, &eb) == 0) {
		read_all(s, size);
		source_free(s);
	}
	(void)close(fd);
	return 0;
}

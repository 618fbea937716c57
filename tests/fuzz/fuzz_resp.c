/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redis server may answer: any octets, cut anywhere. The first octet
 * chooses the size of the cuts. Whole replies are classified and searched for
 * an event, as the stream publisher does.
 */
#include <stdint.h>

#include "sensor/base/err.h"
#include "sensor/publish/publisher.h"
#include "sensor/publish/redis_fault.h"
#include "sensor/publish/redis_resp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
visit(const struct resp *v)
{
	struct resume resume;
	const char *remedy;
	size_t i;

	switch (v->type) {
	case RESP_ERROR:
		(void)redis_fault_of(v->text, v->len, &remedy);
		es_require(remedy != NULL);
		break;
	case RESP_STRING:
	case RESP_STATUS:
		es_require(v->text[v->len] == '\0');
		(void)publisher_peek(v->text, v->len, &resume);
		break;
	case RESP_ARRAY:
		for (i = 0; i < v->count; i++)
			visit(v->items[i]);
		break;
	case RESP_INTEGER:
	case RESP_NIL:
		break;
	}
}

static int
drain(struct resp_reader *r)
{
	struct resp *v;
	int rc;

	while ((rc = resp_reader_next(r, &v)) == 0 && v != NULL) {
		visit(v);
		resp_free(v);
	}
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resp_reader *r = resp_reader_new();
	size_t step = size > 0 ? 1 + data[0] : 1, at = 1, n;

	for (; at < size; at += n) {
		n = size - at < step ? size - at : step;
		if (resp_reader_feed(r, (const char *)data + at, n) != 0 ||
		    drain(r) != 0)
			break;
	}
	resp_reader_free(r);
	return 0;
}

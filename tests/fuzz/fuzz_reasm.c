/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_reasm: segments of one stream in any order, with repeats, holes, acknowledgements and a reader that keeps
 * octets, against the stream itself.
 *
 *	isn:32  then operations: kind  at:16  length:16
 *	kind: 0-3 a segment, 4 the other side acknowledges up to at, 5 the reader keeps up to length % 512 octets,
 *	6 flush, 7 a segment of wild octets far outside the window
 *
 * Every octet given must be the one that was sent at its place, places only go up, and without a gap no place is
 * left out.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/flow/reasm.h"
#include "sensor/base/err.h"

#define STREAM 65536U
#define OPERATIONS_MAX 400

struct fuzz {
	struct reasm *reasm;
	struct flow flow;
	uint32_t isn;
	uint32_t want; /* place of the next octet to come */
	uint32_t kept; /* of the last ones given */
	uint32_t keep;
};

static uint8_t sent[2 * STREAM];

static void
on_lost(void *arg, struct flow *f)
{
	(void)arg;
	(void)f;
	err_bug(__FILE__, __LINE__, __func__,
	    "one flow needs no more than its blocks");
}

static void
fuzz_take(struct fuzz *z, enum reasm_result r, const struct cursor *out)
{
	const struct flow_side *s = &z->flow.side[SIDE_ORIG];
	uint32_t n = (uint32_t)cur_left(out);
	uint32_t at = s->next - z->isn - n;
	uint32_t rest = n < z->keep ? n : z->keep;

	es_require(n > 0 && at + n <= 2 * STREAM);
	es_require(memcmp(out->at, sent + at, n) == 0);
	if (r == REASM_GAP)
		es_require(at >= z->want - z->kept);
	else
		es_require(at == z->want - z->kept);
	z->want = at + n;
	reasm_consume(z->reasm, &z->flow, SIDE_ORIG, out, n - rest);
	z->kept = rest;
}

static void
fuzz_segment(struct fuzz *z, uint32_t at, uint32_t len)
{
	struct packet p = { .tcp_seq = z->isn + at, .tcp_flags = TCP_ACK };
	uint8_t *exact = malloc(len + 1);
	struct cursor out;
	enum reasm_result r;

	es_require(exact != NULL);
	memcpy(exact, sent + at, len);
	p.payload = cur_new(exact, len);
	while ((r = reasm_put(z->reasm, &z->flow, SIDE_ORIG, &p, &out)) !=
	       REASM_NOTHING)
		fuzz_take(z, r, &out);
	free(exact);
}

static void
fuzz_operation(struct fuzz *z, unsigned kind, uint32_t at, uint32_t len)
{
	struct flow_side *peer = &z->flow.side[SIDE_RESP];
	struct cursor out;
	enum reasm_result r;

	switch (kind & 7) {
	case 4:
		peer->flags |= SIDE_PROVED;
		peer->ack = z->isn + at;
		break;
	case 5:
		z->keep = len % 512;
		break;
	case 6:
		while ((r = reasm_flush(z->reasm, &z->flow, SIDE_ORIG, &out)) !=
		       REASM_NOTHING)
			fuzz_take(z, r, &out);
		break;
	case 7: {
		struct packet p = { .tcp_seq = z->isn + 0x40000000 + at };

		p.payload = cur_new(sent, len);
		es_require(reasm_put(z->reasm, &z->flow, SIDE_ORIG, &p, &out) ==
			   REASM_NOTHING);
		break;
	}
	default:
		fuzz_segment(z, at, len);
		break;
	}
}

/* The stream is the same for all inputs. */
static void
fuzz_stream(void)
{
	static bool made;

	for (uint32_t i = 0; !made && i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 167 + (i >> 8) * 13);
	made = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cur_new(data, size);
	struct fuzz *z = calloc(1, sizeof(*z));

	es_require(z != NULL);
	z->reasm = reasm_new(2 * REASM_WINDOW, on_lost, z);
	es_require(z->reasm != NULL);
	fuzz_stream();
	z->isn = cur_be32(&c);
	z->flow.side[SIDE_ORIG].next = z->isn;
	for (unsigned i = 0; i < OPERATIONS_MAX && cur_left(&c) >= 5; i++) {
		unsigned kind = cur_u8(&c);
		uint32_t at = cur_be16(&c);

		fuzz_operation(z, kind, at, cur_be16(&c));
	}
	reasm_drop(z->reasm, &z->flow);
	reasm_free(z->reasm);
	free(z);
	return 0;
}

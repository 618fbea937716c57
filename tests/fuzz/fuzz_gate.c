/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script may put on the wire raw: first octet even = Ethernet, odd = IP, the rest is the packet. Whatever it
 * looks like, the gate lets it pass only when the address that the packet carries is inside the scope.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "engine/net/gate.h"
#include "engine/net/trace.h"
#include "sensor/base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ignore(void *arg, const struct audit *a)
{
	(void)arg;
	(void)a;
}

static struct gate *
make_gate(struct cidr *allowed)
{
	struct gate *g = NULL;
	struct scope s;

	scope_init(&s);
	s.raw = true;
	es_require(cidr_parse("10.0.0.0/8", allowed) == 0);
	es_require(cidrset_add(&s.allow, allowed) == 0);
	es_require(gate_new(ignore, NULL, &g) == 0);
	es_require(gate_scope_set(g, &s) == 0);
	scope_fini(&s);
	return g;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct contact c = { .script = "fuzz" };
	struct cidr allowed;
	int64_t wait_ms = 0;
	struct gate *g;
	struct buf out;

	if (size == 0)
		return 0;
	g = make_gate(&allowed);
	if (gate_ask_packet(g, &c, data + 1, size - 1, data[0] % 2 == 0,
		&wait_ms) == GATE_GO)
		es_require(cidr_has(&allowed, &c.dst));
	gate_free(g);
	buf_init(&out, 1 << 20);
	trace_format(&out, data, size);
	es_require(out.bad || out.len > 0);
	buf_fini(&out);
	return 0;
}

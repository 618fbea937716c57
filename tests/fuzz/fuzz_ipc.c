/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A datagram from a role that was taken over: header and every body codec. What a codec accepts, it must write and
 * read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "sensor/base/err.h"
#include "sensor/ipc/body.h"
#include "sensor/ipc/msg.h"
#include "sensor/model/audit.h"
#include "sensor/model/finding.h"
#include "sensor/model/observation.h"
#include "sensor/model/scope.h"
#include "sensor/model/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(int ok)
{
	if (!ok)
		abort();
}

static void
observations(struct cursor in, struct buf *again)
{
	struct observation obs, copy;
	struct cursor second;

	while (observation_unpack(&in, &obs) == 1) {
		buf_reset(again);
		observation_pack(again, &obs);
		second = cur_new(again->data, again->len);
		require(observation_unpack(&second, &copy) == 1);
		require(text_eq(obs.text, copy.text));
		require(text_eq(obs.data, copy.data));
		require(addr_eq(&obs.addr, &copy.addr));
	}
}

static void
target(struct cursor in, struct buf *again)
{
	struct target t, copy;

	if (target_unpack(&in, &t) < 0)
		return;
	target_pack(again, &t);
	in = cur_new(again->data, again->len);
	require(target_unpack(&in, &copy) == 0);
	require(t.nports == copy.nports && t.id == copy.id);
	target_fini(&copy);
	target_fini(&t);
}

static void
finding(struct cursor in, struct buf *again)
{
	struct finding f, copy;

	if (finding_unpack(&in, &f) < 0)
		return;
	finding_pack(again, &f);
	in = cur_new(again->data, again->len);
	require(finding_unpack(&in, &copy) == 0);
	require((f.data == NULL) == (copy.data == NULL));
	finding_fini(&copy);
	finding_fini(&f);
}

static void
scope(struct cursor in, struct buf *again)
{
	struct scope s, copy;
	struct addr a = { .b = { 10, 0, 0, 1 }, .family = 4 };

	if (scope_unpack(&in, &s) == 0) {
		scope_pack(again, &s);
		in = cur_new(again->data, again->len);
		require(scope_unpack(&in, &copy) == 0);
		require(scope_check(&s, &a, 6, 80) ==
			scope_check(&copy, &a, 6, 80));
		scope_fini(&copy);
	}
	scope_fini(&s);
}

static void
small(const struct msg *m)
{
	struct cursor in = m->body;
	struct capture_end end;
	struct target_done done;
	struct hello hello;
	struct audit audit;
	uint64_t counters[8];
	int ok = 0;

	ok += audit_unpack(&in, &audit);
	in = m->body;
	ok += hello_unpack(&in, &hello);
	in = m->body;
	ok += capture_end_unpack(&in, &end);
	in = m->body;
	ok += target_done_unpack(&in, &done);
	in = m->body;
	ok += counters_unpack(&in, counters, ES_ARRAY_LEN(counters));
	require(ok <= 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf again;
	struct msg m;

	if (msg_parse(data, size, &m) < 0)
		return 0;
	buf_init(&again, 2 * MSG_MAX);
	if (m.type == MSG_OBSERVATIONS || m.type == MSG_DISCOVERED)
		observations(m.body, &again);
	else if (m.type == MSG_TARGET)
		target(m.body, &again);
	else if (m.type == MSG_FINDING)
		finding(m.body, &again);
	else if (m.type == MSG_SCOPE)
		scope(m.body, &again);
	else
		small(&m);
	buf_fini(&again);
	return 0;
}
